"""Every message arises from the data, and nothing else is wrong with the bill that raises it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller, bill, line

DAY_CASE = {"AdmissionDate": "20261102", "DischargeDate": "20261102", "DischargeReason": "5"}
NO_MATCH = "Problem with RegistrationNo: No matching membership details can be found"
DEMOGRAPHICS = "Membership No: Patient demographics do not match registration number"


def one(**changes: str) -> dict[str, Any]:
    item = line(**changes)
    return {"lines": [item], "NetTotal": item["NetTotal"]}


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"Insurer": "xyz"}, "Problem with Insurer: Invalid Insurer"),
    ({"Setting": "X"}, "Problem with Setting: Must be I, D or O"),
    ({"Setting": ""}, "Problem with Setting: Must be I, D or O"),
    ({"RegistrationNo": "AB12345678"}, NO_MATCH),
    ({"RegistrationNo": "short"}, NO_MATCH),
    ({"RegistrationNo": ""}, NO_MATCH),
    ({"Insurer": "slh", "RegistrationNo": "1200000001"}, NO_MATCH),
    ({"Insurer": "wpa", "RegistrationNo": "12"}, NO_MATCH),
    ({"FamilyName": "Somebody"}, DEMOGRAPHICS),
    ({"DateOfBirth": "19850413"}, DEMOGRAPHICS),
    ({"Insurer": "wpa", "RegistrationNo": "ABC123456", "DateOfBirth": ""}, DEMOGRAPHICS),
    ({"ValidToDate": "20261108"}, "Problem with ValidToDate: May not be before the latest date of service"),
    (
        {"Insurer": "nuh", "RegistrationNo": "ZZ0001", "AuthCode": "99"},
        "Problem with AuthCode: Invalid Format",
    ),
    ({"Diagnosis": []}, "Problem with Diagnosis Code: Must be specified"),
    ({"Diagnosis": ["U07.1"]}, "Problem with Diagnosis: Code not Mapped"),
    ({"Diagnosis": ["frozen"]}, "Problem with Diagnosis: Code not Mapped"),
    ({"Diagnosis": ["O54.5"]}, "Problem with Diagnosis: Code not Mapped"),
    ({"Diagnosis": ["M54.5XXA"]}, "Problem with Diagnosis: Code not Mapped"),
    ({"Diagnosis": ["M54.5", "Z50.1"]}, "Problem with Diagnosis: Not Valid for Insurer"),
    ({"PayeeNo": "TP999999"}, "Problem with Payee No: Invalid Code"),
    ({"PayeeNo": "TP000009"}, "Problem with Payee No: Invalid Code"),
    ({"PayeeNo": "TP000010"}, "Problem with Payee No: Invalid Code"),
    ({"PayeeNo": "TP000012"}, "Payee Provider - Must be M"),
    ({"PayeeNo": "TP000050"}, "Payee Provider - Must be M"),
    ({"Specialist": "TP999999"}, "Problem with Specialist: Invalid Code"),
    ({"Specialist": "TP000001"}, "Problem with Specialist: Invalid Code"),
    ({"Specialist": "TP000009"}, "Problem with Specialist: Invalid Code"),
    ({"Specialist": "TP000010"}, "Problem with Specialist: Invalid Code"),
    ({"TreatingHospital": "TP000002"}, "Hospital not mapped"),
    ({"TreatingHospital": ""}, "Hospital not mapped"),
    ({"lines": [], "NetTotal": "0.00"}, "Missing service items"),
    (one(ProviderNo="TP000010"), "Problem with ProviderNo: Invalid Code"),
    (one(ProviderNo="TP000051"), "Provider not mapped"),
    (one(FDOS="20261124", LDOS="20261124"), "Problem with FDOS: May not be after Today"),
    (one(FDOS="20261131"), "Problem with FDOS: Invalid Date"),
    (one(LDOS="20261124"), "Problem with LDOS: May not be after Today"),
    (one(LDOS="20261101"), "Problem with LDOS: May not be before the first date of service"),
    (one(ServiceCode="NOPE"), "Problem with ServiceCode: Code not valid for insurer"),
    (one(ProviderNo="TP000008", ServiceCode="ZPSY01"), "Problem with ServiceCode: Code not valid for insurer"),
    (one(ServiceCode="ZFEE01"), "Problem with ServiceCode: Insurer requires agreed fee for service"),
    (one(ProcCode="A1234"), "Problem with ProcCode: Invalid Code"),
    (
        one(ServiceCode="ZDAY01", NetTotal="600.00") | {"Setting": "D", "Stay": DAY_CASE},
        "Problem with ProcCode: Invalid Code",
    ),
    (one(ServiceCode="ZDAY01", ProcCode="Z9901"), "Problem with Setting: Must be Daycase"),
    (one(NetTotal="86.00"), "Problem with NetTotal: Net total exceeds insurer tariff"),
    ({"NetTotal": "124.00"}, "Problem with NetTotal: Does not equal the sum of the service items"),
    (one(Units="0") | {"NetTotal": "0.00", "PatientPaidAmount": "70.00"}, "Problem with Units: Invalid Value"),
    ({"InvoiceDate": "20261124"}, "Invoice date not accepted"),
    ({"InvoiceNo": ""}, "Problem with InvoiceNo: Must be specified"),
    (
        {"Insurer": "ppp", "RegistrationNo": "ZZ0000001A", "InvoiceNo": "CB123456789"},
        "Problem with InvoiceNo: Invalid Format",
    ),
    ({"Setting": "I", "Stay": {**DAY_CASE, "AdmissionDate": ""}}, "Problem with AdmissionDate: Must be specified"),
    ({"Setting": "I", "Stay": {**DAY_CASE, "DischargeReason": "9"}}, "Problem with DischargeReason: Invalid Code"),
]


@pytest.mark.parametrize(("changes", "text"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_fault_is_refused_in_its_own_words_and_no_other(
    caller: Caller, changes: dict[str, Any], text: str
) -> None:
    answer = caller.submit(bill(**changes))
    assert (answer.outcome, answer.status, answer.texts) == ("Refused", "AwaitingCorrection", [text])


def test_a_right_bill_is_accepted(caller: Caller) -> None:
    answer = caller.submit(bill())
    assert (answer.outcome, answer.status, answer.texts) == ("Accepted", "Unprocessed", [])
    assert answer.ch_claim_no.isdigit()


def test_another_postcode_and_a_full_stop_in_the_number_are_no_fault(caller: Caller) -> None:
    assert caller.submit(bill(PostCode="ZZ9 9ZZ")).texts == []
    axa = bill(Insurer="ppp", RegistrationNo="ZZ0000001A", InvoiceNo="CB.10043")
    assert caller.submit(axa).texts == []


def test_who_has_one_name_is_taken_where_no_file_says_more(caller: Caller) -> None:
    assert caller.submit(bill(Insurer="wpa", RegistrationNo="ABC123456", GivenName="")).texts == []
    assert caller.submit(bill(GivenName="", InvoiceNo="CB10043")).texts == [DEMOGRAPHICS]


def test_a_clearing_number_is_year_day_of_the_year_and_a_serial(caller: Caller) -> None:
    numbers = [caller.submit(bill(InvoiceNo=f"CB{place}")).ch_claim_no for place in range(2)]
    assert numbers == ["20263270000001", "20263270000002"]


def test_escaped_text_is_read_as_well_as_cdata(caller: Caller) -> None:
    assert caller.submit(bill(), escaped=True).outcome == "Accepted"


def test_a_day_case_and_an_own_code_beside_its_isc_are_accepted(caller: Caller) -> None:
    item = line(ServiceCode="MINE1", IndustryStandardCode="ZDAY01", ProcCode="Z9901", NetTotal="600.00")
    given = bill(lines=[item], NetTotal="600.00", Setting="D", Stay=DAY_CASE)
    assert caller.submit(given).texts == []


def test_all_errors_come_at_once_with_level_line_field_message_and_suggestion(caller: Caller) -> None:
    wrong = [line(), line(FDOS="20261201", LDOS="20261201")]
    answer = caller.submit(bill(RegistrationNo="bad", Setting="Q", lines=wrong, NetTotal="140.00"))
    errors = answer.document.findall(".//Error")
    assert [error.get("Level") for error in errors] == ["Bill", "Bill", "Line"]
    assert errors[2].get("LineNo") == "2"
    assert [part.tag for part in errors[2]] == ["Field", "Message", "Suggestion", "Text"]
    assert errors[2].findtext("Field") == "FDOS"


@pytest.mark.parametrize("role", ["PayeeNo", "Specialist"])
def test_recognition_counts_per_insurer(caller: Caller, role: str) -> None:
    assert caller.submit(bill(**{role: "TP000003"})).texts == []
    axa = bill(**{role: "TP000003"}, Insurer="ppp", RegistrationNo="ZZ0000001A", InvoiceNo="CB2")
    field = {"PayeeNo": "Payee No", "Specialist": "Specialist"}[role]
    assert caller.submit(axa).texts == [f"Problem with {field}: Invalid Code"]


def test_a_practitioner_the_insurer_knows_but_the_house_does_not_is_refused(caller: Caller) -> None:
    known = {
        provider["number"]: provider for provider in caller.http.get("/sandbox/providers.json").json()["providers"]
    }
    assert known["TP000010"]["recognition"]["bup"] == "recognised"
    assert caller.submit(bill(Specialist="TP000010")).texts == ["Problem with Specialist: Invalid Code"]


def test_recognition_can_be_changed(caller: Caller) -> None:
    caller.press("recognition", provider="TP000009", insurer="bup", state="recognised")
    assert caller.submit(bill(Specialist="TP000009")).outcome == "Accepted"


def test_a_generic_specialist_is_taken(caller: Caller) -> None:
    assert caller.submit(bill(Specialist="TG000001")).outcome == "Accepted"


def test_a_site_may_not_use_the_providers_of_another(clinic: Caller) -> None:
    assert clinic.submit(bill(PayeeNo="TP000051", Specialist="TP000011", TreatingHospital="TL000003")).texts == [
        "Provider not mapped",
        "Provider not mapped",
    ]


def test_an_insurer_that_is_not_mapped_for_the_site_is_invalid(clinic: Caller) -> None:
    texts = clinic.submit(bill(Insurer="bui", RegistrationNo="BI-1234-1234-1234")).texts
    assert "Problem with Insurer: Invalid Insurer" in texts


def test_a_member_whose_cover_has_lapsed_is_refused_and_one_with_another_birth_date_too(caller: Caller) -> None:
    members = caller.http.get("/sandbox/members.json").json()["members"]
    live = [member for member in members if member["Insurer"] in ("bup", "ppp", "nuh", "slh")]
    lapsed = next(member for member in live if member["Lapsed"])
    told = next(member for member in live if member["PatientSays"])
    assert caller.submit(_bill_of(lapsed)).texts == [
        "Problem with ValidToDate: May not be before the latest date of service"
    ]
    assert caller.submit(_bill_of(told | told["PatientSays"])).texts == [DEMOGRAPHICS]


def test_every_seeded_member_in_force_can_be_billed(caller: Caller) -> None:
    members = caller.http.get("/sandbox/members.json").json()["members"]
    in_force = [member for member in members if not member["Lapsed"]][::40]
    answers = [caller.submit(_bill_of(member) | {"InvoiceNo": f"M{place}"}) for place, member in enumerate(in_force)]
    assert [answer.texts for answer in answers] == [[]] * len(in_force)


def _bill_of(member: dict[str, Any]) -> dict[str, Any]:
    return bill(
        Insurer=member["Insurer"],
        RegistrationNo=member["MembershipID"],
        FamilyName=member["FamilyName"],
        GivenName=member["GivenName"],
        DateOfBirth=member["DateofBirth"].replace("-", ""),
        PostCode=member["Postcode"],
        ValidToDate="",
    )
