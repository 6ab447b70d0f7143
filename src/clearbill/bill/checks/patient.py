"""The person treated."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.address import countries, postcode
from clearbill.bill.address.lines import with_country
from clearbill.bill.bill import SEXES, Bill
from clearbill.bill.checks.rule import (
    CARE,
    HC_MEMBERS,
    MANDATORY,
    MANDATORY_INFERRED,
    OURS,
    SEEN,
    Context,
    Fault,
    required,
    rule,
)
from clearbill.bill.fields import BY_PATH

_LINE_KEPT = BY_PATH["patient.patient_address_4"].kept

last_name_is_given = required(
    "PATIENT-01",
    "patient.patient_last_name",
    "The patient’s family name",
    fix="Enter it as it stands on the insurance card. A patient who has one name has it here.",
)

birth_date_is_given = required(
    "PATIENT-03", "patient.patient_birth_date", "The patient’s date of birth", fix="Ask the patient for it."
)

sex_is_given = required(
    "PATIENT-04",
    "patient.patient_sex",
    "The patient’s sex",
    fix="Choose F, M, O or U as the insurer has it.",
    source=MANDATORY_INFERRED,
)

address_is_given = required(
    "PATIENT-05",
    "patient.patient_address_1",
    "The first line of the patient’s address",
    fix="Enter the address.",
    source=MANDATORY_INFERRED,
)


@rule("PATIENT-02", "warns", source=MANDATORY)
def first_name_is_given(bill: Bill, context: Context) -> Iterator[Fault]:
    """The patient's first name is given, unless the patient has one name only, which is the family name."""
    if not bill.patient.patient_first_name.strip() and bill.patient.patient_last_name.strip():
        message = "There is no first name. That is right only for a patient who has one name."
        fix = "Enter the first name as it stands on the insurance card; leave it so where the card has one name."
        yield Fault(path="patient.patient_first_name", message=message, fix=fix)


@rule("PATIENT-06", "blocks", source=MANDATORY_INFERRED)
def postcode_is_given(bill: Bill, context: Context) -> Iterator[Fault]:
    """The patient's postcode is given, except in a country that has none."""
    patient = bill.patient
    lines = (patient.patient_address_1, patient.patient_address_2, patient.patient_address_3, patient.patient_address_4)
    has_none = countries.has_no_postcodes(patient.patient_country) or postcode.is_unknown_in(lines)
    if not patient.patient_postcode.strip() and not has_none:
        fix = "Enter the postcode. Where the address is in a country without postcodes, choose the country."
        yield Fault(path="patient.patient_postcode", message="The patient’s postcode is missing.", fix=fix)


@rule("PATIENT-07", "blocks", source=HC_MEMBERS)
def sex_is_a_known_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """The patient's sex is F, M, O or U."""
    sex = bill.patient.patient_sex
    if sex and not sex.isspace() and sex not in SEXES:
        message = "The patient’s sex must be F (female), M (male), O (other) or U (not known)."
        yield Fault(path="patient.patient_sex", message=message, fix="Choose the one the insurer has.")


@rule("PATIENT-08", "blocks", source=MANDATORY)
def birth_date_is_not_in_the_future(bill: Bill, context: Context) -> Iterator[Fault]:
    """The date of birth is not after today."""
    born = bill.patient.patient_birth_date
    if born and born > context.on:
        message = "The date of birth is in the future."
        yield Fault(path="patient.patient_birth_date", message=message, fix="Correct the year of birth.")


@rule("PATIENT-09", "warns", source=CARE)
def birth_date_is_believable(bill: Bill, context: Context) -> Iterator[Fault]:
    """The date of birth is not before 1900."""
    born = bill.patient.patient_birth_date
    if born and born.year < 1900:
        message = f"The year of birth is {born.year}, which is more than a lifetime ago."
        yield Fault(path="patient.patient_birth_date", message=message, fix="Check the year of birth.")


@rule("PATIENT-10", "blocks", source=OURS)
def treatment_is_not_before_birth(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service is dated before the patient was born."""
    born, first = bill.patient.patient_birth_date, context.first_service
    if born and first and first < born <= context.on:
        message = f"The treatment of {dates.show(first)} is before the patient’s date of birth."
        yield Fault(
            path="patient.patient_birth_date", message=message, fix="Correct the date of birth or the date of service."
        )


@rule("PATIENT-11", "warns", source=CARE)
def postcode_looks_british(bill: Bill, context: Context) -> Iterator[Fault]:
    """In the UK the postcode has the shape of a UK postcode; addresses abroad may differ."""
    given, country = bill.patient.patient_postcode, bill.patient.patient_country
    if not given or given.isspace() or len(given) > 10 or not countries.has_british_postcodes(country):
        return
    if not postcode.is_british(given):
        message = "The postcode does not look like a UK postcode. That is right only for an address abroad."
        fix = "Write it like SW1A 1AA, or choose the country."
        yield Fault(path="patient.patient_postcode", message=message, fix=fix)


@rule("PATIENT-12", "warns", source=CARE)
def identifier_has_a_type(bill: Bill, context: Context) -> Iterator[Fault]:
    """A patient identifier says what kind of identifier it is."""
    if bill.patient.patient_identifier and not bill.patient.patient_identifier_type:
        message = "The patient identifier does not say what kind it is."
        yield Fault(path="patient.patient_identifier_type", message=message, fix="Name its kind, or leave both out.")


@rule("PATIENT-13", "blocks", source=OURS)
def country_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """The patient's country is a code of ISO 3166, of two letters."""
    code = bill.patient.patient_country
    if code and not countries.is_known(code):
        message = "The patient’s country is no code of a country."
        yield Fault(path="patient.patient_country", message=message, fix="Choose the country, such as GB or AE.")


@rule("PATIENT-14", "warns", source=f"{HC_MEMBERS}; {SEEN}")
def country_has_room(bill: Bill, context: Context) -> Iterator[Fault]:
    """The address has room for the name of a country abroad, which is sent as its last line."""
    patient = bill.patient
    lines = (patient.patient_address_1, patient.patient_address_2, patient.patient_address_3, patient.patient_address_4)
    if not countries.abroad(patient.patient_country) or any(len(line) > _LINE_KEPT for line in lines):
        return
    sent = with_country(lines, patient.patient_country, longest=_LINE_KEPT)
    if len(sent[-1]) > _LINE_KEPT:
        message = (
            f"With the country the last line of the address has {len(sent[-1])} characters; {_LINE_KEPT} are kept."
        )
        fix = "Shorten the address, so that one line is free for the country."
        yield Fault(path="patient.patient_address_4", message=message, fix=fix)


RULES = (
    last_name_is_given,
    first_name_is_given,
    birth_date_is_given,
    sex_is_given,
    address_is_given,
    postcode_is_given,
    sex_is_a_known_code,
    birth_date_is_not_in_the_future,
    birth_date_is_believable,
    treatment_is_not_before_birth,
    postcode_looks_british,
    identifier_has_a_type,
    country_is_known,
    country_has_room,
)
