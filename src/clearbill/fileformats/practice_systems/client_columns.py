"""The names of columns by which practice systems call what is known of a client.

Public sources, read on 1 Dec 2026: the columns of Nookal’s own import
(nookal.com/help/moving-to-nookal-do-it-yourself), the fields of a patient at Cliniko (docs.api.cliniko.com) and at
Semble (docs.semble.io), and the key of Halaxy’s import template (support.halaxy.com, 7948809121423). The others publish
none: their names are those that such lists usually have, and what is not known is asked.
"""

from __future__ import annotations

from clearbill.fileformats.columns import Column, plain_name


def column(called: str, sure: str, perhaps: str = "", *, matters: bool = True) -> Column:
    def names(listed: str) -> frozenset[str]:
        return frozenset(plain_name(name) for name in listed.split(",") if name.strip())

    return Column(called, names(sure), names(perhaps), matters)


CLIENT_COLUMNS = {
    "source_key": column(
        "the other system’s number of the client",
        "patient id, client id, patient number, client number, patient no, client no, patient reference,"
        "client reference, patient ref, client ref, source key, external id, patient key, file number, chart number",
        "id, number, no, reference, ref, key, uid, guid",
    ),
    "title": column("the title", "title, salutation, prefix", matters=False),
    "first_name": column(
        "the first name",
        "first name, forename, forenames, given name, given names, christian name, legal first name,"
        "patient first name, client first name",
        "preferred name, preferred first name, known as",
    ),
    "other_names": column(
        "the other names", "other names, middle name, middle names, middle initial, second name", matters=False
    ),
    "last_name": column(
        "the last name",
        "last name, surname, family name, legal last name, patient surname, client surname, patient last name,"
        "client last name",
    ),
    "full_name": column("the whole name", "full name, patient name, client name", "name, patient, client"),
    "birth_date": column(
        "the date of birth",
        "date of birth, dob, birth date, birthday, patient dob, client dob, patient date of birth,client date of birth",
    ),
    "sex": column("the sex", "sex, sex at birth, legal sex", "gender", matters=False),
    "email": column(
        "the e-mail address",
        "email, email address, primary email, patient email, client email",
        "personal email, home email, email 1",
    ),
    "mobile": column(
        "the mobile telephone",
        "mobile, mobile phone, mobile number, mobile no, mobile telephone, phone mobile, cell, cell phone",
        matters=False,
    ),
    "phone": column(
        "the telephone",
        "phone, phone number, telephone, telephone number, home phone, home telephone, phone home, home number, tel,"
        "landline, contact number, primary phone",
        matters=False,
    ),
    "work_phone": column(
        "the telephone at work", "work phone, work telephone, phone work, work number, office phone", matters=False
    ),
    "address": column(
        "the whole address", "full address, home address, postal address, residential address", "address", matters=False
    ),
    "address_1": column(
        "the first line of the address", "address 1, address line 1, street, street address, street 1, address street"
    ),
    "address_2": column("the second line of the address", "address 2, address line 2, street 2"),
    "address_3": column("the third line of the address", "address 3, address line 3, street 3"),
    "town": column(
        "the town", "town, city, suburb, city suburb, town city, post town, locality, address city", matters=False
    ),
    "county": column("the county", "county, state, region, province, state province, address state", matters=False),
    "postcode": column("the postcode", "postcode, postal code, zip, zip code, zip postcode, address postcode"),
    "country": column("the country", "country, country code, address country", matters=False),
    "gp_name": column(
        "the GP", "gp, gp name, general practitioner, usual gp, registered gp, family doctor", "doctor", matters=False
    ),
    "notes": column(
        "the notes", "notes, note, patient notes, client notes, comments, comment, additional notes", matters=False
    ),
    "insurer": column(
        "the insurer",
        "insurer, insurer name, insurance company, insurance provider, health insurer, private health insurer,"
        "health fund, funder, payer, payor",
        "insurance",
    ),
    "membership_number": column(
        "the membership number",
        "membership number, membership no, member number, member no, membership id, member id, policy number,"
        "policy no, insurance number, insurance policy number, insurance membership number, health fund number",
    ),
    "group_number": column(
        "the group number", "group number, group no, group id, scheme number", "group", matters=False
    ),
    "scheme": column("the scheme", "scheme, scheme name, plan, plan name, policy name", matters=False),
    "policy_from": column(
        "the first day of the policy",
        "policy from, policy start, policy start date, cover from, cover start, cover start date, cover valid from,"
        "policy valid from",
        "valid from, start date",
    ),
    "policy_to": column(
        "the last day of the policy",
        "policy to, policy end, policy end date, policy expiry, policy expiry date, cover to, cover end,"
        "cover end date, cover valid to, policy valid to",
        "valid to, expiry date, end date",
    ),
    "excess": column(
        "the excess", "excess, policy excess, excess amount, annual excess, excess per policy year, yearly excess"
    ),
    "authorisation_code": column(
        "the authorisation code",
        "authorisation code, authorisation number, authorisation no, authorisation, authorization code,"
        "authorization number, auth code, auth number, pre authorisation, pre authorisation code,"
        "pre authorisation number",
    ),
}

TEMPLATE = {
    "Client ID": ("1001", "The number of the client in the system or list that you come from. It should never change."),
    "Title": ("Ms", ""),
    "First name": ("Testa", ""),
    "Middle names": ("", ""),
    "Last name": ("Sample", "The one thing that every row needs."),
    "Date of birth": ("12 Apr 1985", "Such as 12 Apr 1985, 12/04/1985 or 1985-04-12."),
    "Sex": ("F", "F, M, O (other) or U (not known)."),
    "E-mail": ("testa@example.org", ""),
    "Mobile": ("07700 900001", ""),
    "Phone": ("020 7946 0001", "Kept in the notes where there is a mobile too."),
    "Address line 1": ("1 Invented Street", ""),
    "Address line 2": ("", ""),
    "Town": ("London", ""),
    "County": ("", ""),
    "Postcode": ("SW1A 1AA", ""),
    "Country": ("United Kingdom", "Its name or its code of two letters. Nothing means the United Kingdom."),
    "GP": ("", ""),
    "Notes": ("", ""),
    "Insurer": ("BUPA", "As under Workspace Settings, Insurers. Nothing means that the client pays."),
    "Membership number": ("ZZ00000001", "As on the insurance card. Every policy needs one."),
    "Group number": ("", ""),
    "Policy from": ("", "The first day of the cover, where it is known."),
    "Policy to": ("", "The last day of the cover, where it has one."),
    "Excess": ("150.00", "Pounds in each policy year."),
    "Authorisation code": ("", ""),
}
"""The columns of the template to fill in: an invented example of each, and what is to be known about it."""
