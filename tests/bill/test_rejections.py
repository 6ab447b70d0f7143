from __future__ import annotations

import pytest

from clearbill.bill import explain
from clearbill.bill.rejections import known_messages

SAID = [
    ("Problem with Setting: Must be I, D or O", "HC-01", "episode.episode_setting"),
    ("Problem with Setting: Must be I, D, or O", "HC-01", "episode.episode_setting"),
    ("Setting / Must be Daycase / Amend Setting", "HC-02", "episode.episode_setting"),
    ("Setting / Must be Inpatient / Amend Setting", "HC-03", "episode.episode_setting"),
    ("Problem with RegistrationNo: No matching membership details can be found", "HC-04", "cover.registration_number"),
    ("Membership No: No matching membership details can be found", "HC-04", "cover.registration_number"),
    (
        "Membership No: Patient demographics do not match registration number",
        "HC-05",
        "cover.registration_number",
    ),
    ("Problem with ProcCode: Invalid Code", "HC-06", "lines"),
    ("Procedure Code: Invalid Code", "HC-06", "lines"),
    ("Problem with Diagnosis: Code not Mapped", "HC-07", "diagnoses"),
    ("Problem with Diagnosis: Not Valid for Insurer", "HC-08", "diagnoses"),
    ("Diagnosis Code / Must be specified / Enter a diagnosis code", "HC-09", "diagnoses"),
    ("Problem with AuthCode: Invalid Format", "HC-10", "cover.authorisation_code"),
    ("Problem with ProviderNo: Invalid Code", "HC-11", "lines"),
    ("Problem with Payee No: Invalid Code", "HC-12", "providers.payee_provider_number"),
    ("Problem with PayeeNo: Invalid Code", "HC-12", "providers.payee_provider_number"),
    ("Payee Provider - Must be M", "HC-13", "providers.payee_provider_number"),
    ("Specialist / Invalid Code / Amend Value", "HC-14", "providers.controlling_specialist_number"),
    ("Hospital not mapped", "HC-15", "providers.treating_site_number"),
    ("Provider not mapped", "HC-16", ""),
    ("Problem with ServiceCode: Code not valid for insurer", "HC-17", "lines"),
    ("Problem with ServiceCode: Insurer requires agreed fee for service", "HC-18", "lines"),
    ("Problem with ValidToDate: May not be before the latest date of service", "HC-19", "cover.cover_valid_to"),
    ("Problem with FDOS: May not be after Today", "HC-20", "lines"),
    ("Problem with Insurer: Invalid Insurer", "HC-21", "insurer_id"),
    ("Problem with InvoiceNo: Duplicate Invoice", "HC-22", "invoice_number"),
    ("Problem with NetTotal: Net total exceeds insurer tariff", "HC-23", "totals.net_total"),
    ("Invoice date not accepted", "HC-24", "invoice_date"),
    ("Missing service items", "HC-25", "lines"),
    ("Invalid Username/Password", "HC-26", ""),
    ("Invalid User Name/Password", "HC-26", ""),
    ("Access denied", "HC-27", ""),
    ("Site ID not recognised", "HC-28", "sender.site_id"),
    ("The user name is not valid for the site", "HC-29", "sender.ws_user_id"),
    ("User name not valid for the site", "HC-29", "sender.ws_user_id"),
    ("Insurer code not configured in Healthcode yet", "HC-30", "insurer_id"),
    ("Invalid Request Format/Processing Error", "HC-31", ""),
    ("getaddrinfo ENOTFOUND services.example.org", "HC-32", ""),
    ("Request failed with status code 502", "HC-32", ""),
]


@pytest.mark.parametrize(("text", "code", "path"), SAID, ids=[text[:40] for text, _, _ in SAID])
@pytest.mark.parametrize("spelling", [str, str.upper, lambda text: f"Healthcode API:  {text.replace(' ', '  ')}"])
def test_a_message_is_put_into_plain_words_however_it_is_spelled(
    text: str, code: str, path: str, spelling: object
) -> None:
    problem = explain(text=spelling(text))  # type: ignore[operator]
    assert (problem.code, problem.path) == (code, path)


def test_every_known_message_is_among_those_tried() -> None:
    assert {saying.code for saying in known_messages()} == {code for _, code, _ in SAID}


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("ServiceCode", "lines[1].service_code"),
        ("ProviderNo", "lines[1].service_provider_number"),
        ("FDOS", "lines[1].first_date_of_service"),
        ("Setting", "lines[1].setting"),
        ("NetTotal", "lines[1].net_amount"),
        ("RegistrationNo", "cover.registration_number"),
        ("Unheard", "lines[1]"),
    ],
)
def test_a_message_about_a_line_points_at_the_field_of_that_line(field: str, path: str) -> None:
    problem = explain(text="", field=field, error="Something new", level="line", line_no=2)
    assert problem.path == path


def test_the_parts_are_enough_where_the_house_gives_them_apart() -> None:
    problem = explain(text="", field="InvoiceNo", error="duplicate invoice")
    assert (problem.code, problem.who, problem.severity) == ("HC-22", "practice", "blocks")


def test_a_message_that_is_not_known_is_quoted_as_it_stands() -> None:
    problem = explain(text="Problem with Moon: Must be full")
    assert problem.code == "HC-00"
    assert "Problem with Moon: Must be full" in problem.message
    assert problem.blocks
    assert "Healthcode" in explain(text="").message


def test_the_insurer_is_named_and_whoever_moves_next() -> None:
    problem = explain(
        text="Problem with RegistrationNo: No matching membership details can be found", insurer_name="BUPA"
    )
    assert problem.message.startswith("BUPA does not know")
    assert problem.fix.endswith("Next: the insurer, then Healthcode.")
    assert explain(text="Problem with ProcCode: Invalid Code").message.startswith("The insurer ")


def test_the_same_error_means_another_thing_in_another_field() -> None:
    fields = ("ProcCode", "ProviderNo", "PayeeNo", "Specialist")
    assert len({explain(text=f"Problem with {field}: Invalid Code").code for field in fields}) == 4


def test_an_outage_is_nobodys_fault_and_clearbills_move() -> None:
    problem = explain(text="Service unavailable", level="request")
    assert (problem.who, problem.severity) == ("software", "warns")
