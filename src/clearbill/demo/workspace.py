"""The demo practice itself: people, sites, payees, services, insurers, the connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from clearbill.people.encryption import encrypt
from clearbill.people.models import Membership, Practice, Role, SecondFactorFor, User
from clearbill.workspace.models import (
    CodeEntry,
    HealthcodeConnection,
    InsurerSetting,
    Payee,
    PayeeException,
    PayeeNumber,
    Practitioner,
    ProviderNumber,
    Service,
    ServiceRate,
    Site,
)

PASSWORD = "riverside-demo-2026"

SIGN_IN = "rosa@riverside.example"

# Name, mail, role, profession, register and number, number at Healthcode.
TEAM = (
    ("Rosa Thornbury", "rosa", Role.OWNER, "Physiotherapist", "HCPC", "PH000001", "TP000002"),
    ("Idris Fenwick-Bale", "idris", Role.PRACTITIONER, "Physiotherapist", "HCPC", "PH000002", "TP000003"),
    ("Maren Quillfeather", "maren", Role.PRACTITIONER, "Psychologist", "HCPC", "PYL000001", "TP000004"),
    ("Tobias Okonjo-Lind", "tobias", Role.PRACTITIONER, "Psychologist", "HCPC", "PYL000002", "TP000005"),
    ("Helena Marchbanks", "helena", Role.PRACTITIONER, "Consultant orthopaedic surgeon", "GMC", "0000001", "TP000006"),
    ("Anil Wetherspool", "anil", Role.PRACTITIONER, "Consultant in sports medicine", "GMC", "0000002", "TP000007"),
    ("Brónagh Tarleton", "bronagh", Role.PRACTITIONER, "Physiotherapist", "HCPC", "PH000003", "TP000008"),
    ("Sam Underhill", "sam", Role.RECEPTIONIST, "", "", "", ""),
    ("Priya Castellan", "priya", Role.ADMINISTRATOR, "", "", "", ""),
    ("Owen Ledgerwood", "owen", Role.ACCOUNTANT, "", "", "", ""),
)

SITES = (
    ("Riverside Clinic, main rooms", "TL000001", "4 Millrace Walk"),
    ("Riverside Clinic, station rooms", "TL000002", "The Old Ticket Hall"),
    ("Hillside rooms", "TL000003", "27 Beacon Rise"),
)

SERVICES = (
    ("Physiotherapy, first visit", "ZPHY01", "Z9911", "70.00", 45),
    ("Physiotherapy, follow-up", "ZPHY02", "Z9912", "55.00", 30),
    ("Psychology, first session", "ZPSY01", "Z9921", "100.00", 60),
    ("Psychology, further session", "ZPSY02", "Z9922", "90.00", 50),
    ("Consultation, first", "ZCON01", "Z9931", "150.00", 40),
    ("Consultation, follow-up", "ZCON02", "Z9932", "110.00", 20),
    ("Diagnostic ultrasound", "ZDIA01", "Z9941", "95.00", 30),
)

# No care of a patient, so VAT is due on it and no insurer is billed for it.
REPORT = "Report for a solicitor"

ACCOUNT_NUMBER = "90000001"

"""The site's account at the stand-in's bank."""

# Insurers whose identifier at Healthcode is not public: the stand-in has invented ones.
INVENTED_IDS = {"alliance-health-corporate": "zah", "allianz-worldwide-care": "zaw", "willis-towers-watson": "zwt"}


@dataclass(slots=True)
class Cast:
    """Everybody and everything that the story needs."""

    practice: Practice
    owner: User
    desk: User
    practitioners: dict[str, Practitioner] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)


def make(now: datetime) -> Cast:
    """Make the practice as it was on its first day, connected to the stand-in."""
    practice = Practice.objects.create(
        name="Riverside Clinic",
        second_factor_for=SecondFactorFor.NOBODY,
        phone="020 7946 0142",
        email="desk@riverside.example",
        address_1="4 Millrace Walk",
        address_2="Ferrybridge Quay",
        postcode="ZZ4 7RC",
        vat_number="GB000000000",
        account_name="Riverside Clinic",
        sort_code="00-00-00",
        account_number=ACCOUNT_NUMBER,
        footer="Riverside Clinic is an invented practice.\nPlease pay within 14 days and give the invoice’s number.",
    )
    sites = [
        Site.objects.create(
            practice=practice, name=name, site_number=number, address_1=street, postcode="ZZ4 7RC", is_default=not index
        )
        for index, (name, number, street) in enumerate(SITES)
    ]
    clinic = Payee.objects.create(
        practice=practice, name="Riverside Clinic", kind=Payee.ORGANISATION, number="TP000001", is_default=True
    )
    users = _team(practice, sites)
    cast = Cast(practice=practice, owner=users["rosa"], desk=users["sam"])
    rows = Practitioner.objects.filter(practice=practice).select_related("membership__user", "site")
    cast.practitioners = {row.membership.user.email.split("@")[0]: row for row in rows if row.membership}
    _payees(practice, clinic, cast.practitioners)
    for name, isc, procedure, price, minutes in SERVICES:
        cast.services[isc] = Service.objects.create(practice=practice, name=name, duration_minutes=minutes)
        ServiceRate.objects.create(
            practice=practice,
            service=cast.services[isc],
            isc=isc,
            procedure_code=procedure,
            price=Decimal(price),
        )
        CodeEntry.objects.create(practice=practice, kind=CodeEntry.ISC, code=isc, title=name, is_sample=True)
    report = Service.objects.create(practice=practice, name=REPORT, duration_minutes=60)
    ServiceRate.objects.create(practice=practice, service=report, price=Decimal("180.00"), vat_rate=Decimal("20.00"))
    for slug, identifier in INVENTED_IDS.items():
        InsurerSetting.objects.create(practice=practice, insurer_slug=slug, healthcode_id=identifier)
    _connection(practice, cast.owner, now)
    return cast


def _team(practice: Practice, sites: list[Site]) -> dict[str, User]:
    users, hashed = {}, make_password(PASSWORD)
    for index, (name, mail, role, profession, body, register, number) in enumerate(TEAM):
        user = User.objects.create(email=f"{mail}@riverside.example", password=hashed, full_name=name)
        membership = Membership.objects.create(practice=practice, user=user, role=role)
        users[mail] = user
        if not profession:
            continue
        practitioner = Practitioner.objects.create(
            practice=practice,
            membership=membership,
            name=name,
            profession=profession,
            registration_body=body,
            registration_number=register,
            site=sites[index % len(sites)],
        )
        ProviderNumber.objects.create(practitioner=practitioner, number=number)
    return users


def _payees(practice: Practice, clinic: Payee, people: dict[str, Practitioner]) -> None:
    """Case 1 for the two consultants and one psychologist, Case 2 for the others; one exception for an insurer."""
    for key in ("helena", "anil", "maren"):
        person = people[key]
        number = person.numbers.get().number
        person.payee = Payee.objects.create(practice=practice, name=person.name, kind=Payee.PERSON, number=number)
        person.save()
    PayeeException.objects.create(practice=practice, insurer_slug="wpa", practitioner=people["maren"], payee=clinic)
    PayeeNumber.objects.create(payee=clinic, insurer_slug="aviva", number="TP000001")


def _connection(practice: Practice, owner: User, now: datetime) -> None:
    HealthcodeConnection.objects.create(
        practice=practice,
        environment="test",
        site_id="HC0TEST",
        user_id="stand-in-user",
        api_key_encrypted=encrypt("stand-in-secret"),
        api_key_id="stand-in-key",
        rest_api_key_encrypted=encrypt("stand-in-secret"),
        connected_at=now,
        connected_by=owner,
        tried_at=now,
    )
