"""Every rule, broken and kept. BREAKS says how to break each one, KEEPS what comes near and is still right."""

from __future__ import annotations

import pkgutil
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest

from clearbill.bill import Diagnosis, Episode, Sender, checks
from clearbill.bill.checks import RULES
from clearbill.bill.checks.rule import Context, Rule
from clearbill.bill.insurers import all_insurers, find
from tests.bill.bills import ON, changed, codes, good, problems

LINE = good().lines[0]
STAY = Episode(
    episode_setting="I", admission_date=date(2026, 11, 13), discharge_date=date(2026, 11, 22), discharge_reason="5"
)
DAY = timedelta(days=1)
ADDRESS = [f"patient.patient_address_{place}" for place in range(1, 5)]
PHYSIOLOGY = {"lines[0].description": "Nerve conduction", "lines[0].service_provider_profession": "Neurophysiology"}

BREAKS: list[tuple[str, str, dict[str, Any]]] = [
    ("INSURER-01", "bup", {"insurer_id": " "}),
    ("INSURER-02", "bup", {"insurer_id": "BUP"}),
    ("INSURER-03", "bup", {"insurer_id": "xyz"}),
    ("INSURER-05", "pru", {}),
    ("INSURER-06", "ppp", {"invoice_number": "CB123456789"}),
    ("INSURER-07", "ppp", {"invoice_number": "CB.1"}),
    ("INSURER-08", "ppp", {"lines[0].description": ""}),
    ("INSURER-09", "bup", {"lines[0].first_date_of_service": date(2026, 5, 22)}),
    ("INSURER-09", "xyz", {"insurer_id": "xyz", "lines[0].first_date_of_service": date(2026, 5, 22)}),
    ("INSURER-10", "nuh", {"lines[1].first_date_of_service": LINE.first_date_of_service}),
    ("INSURER-10", "nuh", {"lines[0].units": 2}),
    ("INSURER-10", "nuh", {"lines[0].units": 2, "lines[0].description": "Physio"}),
    ("INSURER-11", "ppp", {"lines[1].procedure_code": ""}),
    ("INSURER-11", "bup", {"lines[0].procedure_code": "", "lines[1].procedure_code": ""}),
    ("INSURER-11", "cin", {"lines[0].procedure_code": ""}),
    ("INSURER-12", "slh", {"lines[0].procedure_code": "AC100"}),
    ("INSURER-12", "slh", {"lines[0].service_code": "ac100"}),
    ("INSURER-12", "slh", {"lines[1].extra_procedure_codes": ("AC 100",)}),
    ("INSURER-08", "cin", {"lines[0].description": ""}),
    ("SENDER-01", "bup", {"sender.site_id": ""}),
    ("SENDER-02", "bup", {"sender.ws_user_id": ""}),
    ("SENDER-03", "bup", {"sender.requestor_trans_id": ""}),
    ("SENDER-04", "bup", {"sender.message_status": ""}),
    ("SENDER-05", "bup", {"sender.site_id": "HC0TEST1"}),
    ("SENDER-06", "bup", {"sender.site_id": "XX0TEST"}),
    ("SENDER-07", "bup", {"sender.requestor_trans_id": "a" * 26}),
    ("SENDER-08", "bup", {"sender.message_status": "Draft"}),
    ("HEAD-01", "bup", {"invoice_number": ""}),
    ("HEAD-02", "bup", {"invoice_date": None}),
    ("HEAD-03", "bup", {"invoice_number": "CB✓1"}),
    ("HEAD-04", "bup", {"claim_source": "Nurse"}),
    ("HEAD-05", "bup", {"invoice_date": ON + DAY}),
    ("HEAD-06", "bup", {"invoice_date": date(2026, 11, 20)}),
    ("PATIENT-01", "bup", {"patient.patient_last_name": ""}),
    ("PATIENT-02", "bup", {"patient.patient_first_name": "  "}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "O54.5"}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "m54.5xxa"}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "I84.9"}),
    ("PATIENT-03", "bup", {"patient.patient_birth_date": None}),
    ("PATIENT-04", "bup", {"patient.patient_sex": ""}),
    ("PATIENT-05", "bup", {"patient.patient_address_1": ""}),
    ("PATIENT-06", "bup", {"patient.patient_postcode": ""}),
    ("PATIENT-07", "bup", {"patient.patient_sex": "X"}),
    ("PATIENT-08", "bup", {"patient.patient_birth_date": ON + DAY}),
    ("PATIENT-09", "bup", {"patient.patient_birth_date": date(1899, 12, 31)}),
    ("PATIENT-10", "bup", {"patient.patient_birth_date": date(2026, 11, 15)}),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "75008"}),
    ("PATIENT-12", "bup", {"patient.patient_identifier": "1"}),
    ("PATIENT-13", "bup", {"patient.patient_country": "UK"}),
    ("PATIENT-14", "bup", {**dict.fromkeys(ADDRESS, "x" * 29), "patient.patient_country": "AE"}),
    ("PATIENT-06", "bup", {"patient.patient_postcode": "", "patient.patient_country": "FR"}),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "75008", "patient.patient_country": "JE"}),
    ("COVER-01", "bup", {"cover.registration_number": ""}),
    ("COVER-02", "slh", {"cover.registration_number": "1234567"}),
    ("COVER-03", "slh", {"cover.registration_number": "1200000001"}),
    ("COVER-04", "bup", {"cover.authorisation_code": ""}),
    ("COVER-05", "nuh", {"cover.authorisation_code": "12345"}),
    ("COVER-06", "bup", {"cover.cover_valid_to": date(2026, 11, 20)}),
    ("COVER-07", "bup", {"cover.authorisation_from": date(2026, 11, 15)}),
    ("COVER-08", "bup", {"cover.authorisation_to": date(2026, 11, 20)}),
    ("COVER-09", "bup", {"cover.authorisation_from": date(2026, 11, 2), "cover.authorisation_to": date(2026, 11, 1)}),
    ("FORM-01", "bup", {"claim_form.third_party_involved": True}),
    ("FORM-02", "bup", {"claim_form.first_gp_visit_date": ON + DAY}),
    ("FORM-03", "bup", {"claim_form.symptoms_first_noticed_date": date(2026, 11, 20)}),
    ("ROLES-01", "bup", {"providers.payee_provider_number": ""}),
    ("ROLES-02", "bup", {"providers.controlling_specialist_number": ""}),
    ("ROLES-03", "bup", {"providers.treating_site_number": ""}),
    ("ROLES-04", "bup", {"lines[1].service_provider_number": ""}),
    ("ROLES-05", "bup", {"providers.payee_provider_number": "TP000001 TP000002"}),
    ("ROLES-05", "bup", {"lines[0].service_provider_number": "TP 1"}),
    ("ROLES-06", "bup", {"providers.payee_provider_number": "1" * 21}),
    ("EPISODE-01", "bup", {"episode.episode_setting": ""}),
    ("EPISODE-02", "bup", {"episode": STAY, "episode.admission_date": None}),
    ("EPISODE-03", "bup", {"episode": STAY, "episode.discharge_date": None}),
    ("EPISODE-04", "bup", {"episode": STAY, "episode.discharge_reason": ""}),
    ("EPISODE-05", "bup", {"episode.episode_setting": "o"}),
    ("EPISODE-05", "bup", {"lines[1].setting": "X"}),
    ("EPISODE-06", "bup", {"episode.episode_type": "9"}),
    ("EPISODE-07", "bup", {"episode.episode_type": "3"}),
    ("EPISODE-08", "bup", {"episode": STAY, "episode.discharge_reason": "9"}),
    ("EPISODE-09", "bup", {"episode": STAY, "episode.discharge_date": date(2026, 11, 12)}),
    ("EPISODE-10", "bup", {"episode": STAY, "episode.episode_setting": "D"}),
    ("EPISODE-11", "bup", {"episode": STAY, "episode.discharge_date": date(2026, 11, 20)}),
    ("EPISODE-12", "bup", {"episode": STAY, "episode.discharge_date": ON + DAY}),
    ("DIAGNOSIS-01", "bup", {"diagnoses": ()}),
    ("DIAGNOSIS-02", "cin", {"diagnoses": ()}),
    ("DIAGNOSIS-03", "bup", {"diagnoses[0].code": ""}),
    ("DIAGNOSIS-04", "bup", {"diagnoses[0].scheme": "SNOMED"}),
    ("DIAGNOSIS-05", "bup", {"diagnoses[0].code": "BACK PAIN"}),
    ("DIAGNOSIS-05", "bup", {"diagnoses[0]": Diagnosis(code="M54.5", scheme="ICD9", is_primary=True)}),
    ("DIAGNOSIS-06", "bup", {"diagnoses[0].is_primary": False}),
    ("DIAGNOSIS-07", "bup", {"diagnoses": (*good().diagnoses, Diagnosis(code="M75.0", is_primary=True))}),
    ("DIAGNOSIS-08", "bup", {"diagnoses": (*good().diagnoses, Diagnosis(code="m545"))}),
    ("DIAGNOSIS-09", "ppp", {"diagnoses[0]": Diagnosis(code="724.2", scheme="ICD9", is_primary=True)}),
    ("LINES-01", "bup", {"lines": ()}),
    ("LINES-02", "bup", {"lines[0].line_no": None}),
    ("LINES-03", "bup", {"lines[1].line_no": 1}),
    ("LINES-04", "bup", {"lines": (LINE,) * 100}),
    ("LINES-05", "bup", {"lines[0].service_code": ""}),
    ("LINES-06", "bup", {"lines[0].service_code": "PHYSIO-FIRST"}),
    ("LINES-07", "bup", {"lines[0].first_date_of_service": None}),
    ("LINES-08", "bup", {"lines[0].last_date_of_service": None}),
    ("LINES-09", "bup", {"lines[1].first_date_of_service": ON + DAY}),
    ("LINES-10", "bup", {"lines[1].last_date_of_service": ON + DAY}),
    ("LINES-11", "bup", {"lines[1].last_date_of_service": date(2026, 11, 20)}),
    ("LINES-12", "bup", {"lines[0].units": None}),
    ("LINES-13", "bup", {"lines[0].units": 0}),
    ("LINES-14", "bup", {"lines[0].procedure_code": "W99"}),
    ("LINES-14", "bup", {"lines[0].extra_procedure_codes": ("W99",)}),
    ("LINES-15", "bup", {"lines[0].units": 100}),
    ("LINES-15", "bup", {"lines[0].units": 999}),
    ("LINES-16", "bup", {"lines[0].units": 25}),
    ("AMOUNT-01", "bup", {"lines[0].gross_amount": None}),
    ("AMOUNT-02", "bup", {"lines[0].net_amount": None}),
    ("AMOUNT-03", "bup", {"totals.gross_total": None}),
    ("AMOUNT-04", "bup", {"totals.net_total": None}),
    ("AMOUNT-05", "bup", {"totals.net_total": Decimal("NaN")}),
    ("AMOUNT-06", "bup", {"lines[0].net_amount": Decimal("-70.00")}),
    ("AMOUNT-07", "bup", {"totals.net_total": Decimal("100000000.00")}),
    ("AMOUNT-08", "bup", {"lines[0].gross_amount": Decimal("70.005")}),
    ("AMOUNT-09", "bup", {"lines[0].vat_rate": Decimal("120")}),
    ("TOTALS-01", "bup", {"lines[0].net_amount": Decimal("69.00")}),
    ("TOTALS-02", "bup", {"lines[0].vat_rate": Decimal("20")}),
    ("TOTALS-03", "bup", {"totals.gross_total": Decimal("124.99")}),
    ("TOTALS-04", "bup", {"totals.discount_total": Decimal("5.00")}),
    ("TOTALS-05", "bup", {"totals.vat_total": Decimal("5.00")}),
    ("TOTALS-06", "bup", {"totals.net_total": Decimal("124.00")}),
    ("TOTALS-07", "bup", {"totals.patient_paid_amount": Decimal("25.00")}),
    ("TOTALS-08", "bup", {"totals.net_total": Decimal("0.00")}),
    ("TOTALS-09", "bup", {"totals.patient_paid_amount": Decimal("1000.00"), "totals.net_total": Decimal("0.00")}),
    ("TOTALS-10", "bup", {"totals.gross_total": Decimal("100000.01")}),
    ("DUPLICATE-01", "bup", {"lines[1]": LINE}),
    ("TEXT-01", "bup", {"patient.patient_title": "Ms\x07"}),
    ("TEXT-01", "bup", {"lines[1].description": "\ud800"}),
    ("TEXT-01", "bup", {"lines[1].extra_procedure_codes": ("\x00",)}),
    ("TEXT-01", "bup", {"diagnoses[0].description": "\x1b"}),
    ("TEXT-02", "bup", {"patient.patient_last_name": "a" * 51}),
    ("TEXT-02", "bup", {"lines[0].service_provider_number": "1" * 33}),
]

KEEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("INSURER-09", "bup", {"lines[0].first_date_of_service": date(2026, 5, 23)}),
    ("INSURER-10", "bup", {"lines[0].units": 2}),
    ("INSURER-10", "nuh", {"lines[0].units": 2, **PHYSIOLOGY}),
    ("INSURER-11", "slh", {"lines[0].procedure_code": ""}),
    ("INSURER-11", "ppp", {"lines[0].procedure_code": "", "lines[0].service_code": "W9999"}),
    ("INSURER-12", "bup", {"lines[0].procedure_code": "AC100"}),
    ("PATIENT-06", "bui", {"patient.patient_postcode": "", "patient.patient_address_3": "Dubai, U.A.E."}),
    ("PATIENT-06", "bui", {"patient.patient_postcode": "", "patient.patient_country": "AE"}),
    ("PATIENT-06", "bui", {"patient.patient_postcode": " ", "patient.patient_country": "HK"}),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "75008", "patient.patient_country": "FR"}),
    ("PATIENT-14", "bup", {**dict.fromkeys(ADDRESS, "x" * 24), "patient.patient_country": "AE"}),
    ("PATIENT-14", "bup", dict.fromkeys(ADDRESS, "x" * 50)),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "je2 3ab", "patient.patient_country": "JE"}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "g55.1*"}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "724.2", "diagnoses[0].scheme": "ICD9"}),
    ("DIAGNOSIS-10", "bup", {"diagnoses[0].code": "frozen"}),
    ("SENDER-01", "bup", {"sender": Sender()}),
    ("HEAD-05", "bup", {"invoice_date": ON}),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "sw1a1aa"}),
    ("PATIENT-11", "bup", {"patient.patient_postcode": "bfpo 801"}),
    ("INSURER-09", "pzo", {"lines[0].first_date_of_service": date(2025, 5, 23)}),
    ("EPISODE-12", "bup", {"episode": STAY, "episode.discharge_date": ON}),
    ("COVER-02", "slh", {"cover.registration_number": " 1234 5678 "}),
    ("COVER-02", "bui", {"cover.registration_number": "bi–0000–0000–0001"}),
    ("COVER-01", "pzo", {"cover.registration_number": ""}),
    ("COVER-05", "nuh", {"cover.authorisation_code": r"123456\01\2026\001"}),
    ("COVER-06", "bup", {"cover.cover_valid_to": date(2026, 11, 21)}),
    ("FORM-01", "bup", {"claim_form.third_party_involved": True, "claim_form.third_party_details_2": "A driver"}),
    ("FORM-01", "bup", {"claim_form.third_party_involved": False}),
    ("ROLES-02", "bup", {"providers.payee_provider_number": "TP000002"}),
    ("EPISODE-04", "bup", {"episode": STAY}),
    ("EPISODE-11", "bup", {"episode": STAY}),
    ("DIAGNOSIS-01", "wpa", {"diagnoses": ()}),
    ("DIAGNOSIS-05", "bup", {"diagnoses[0].code": "m545"}),
    ("DIAGNOSIS-05", "bup", {"diagnoses[0].code": "M54 .5"}),
    ("COVER-02", "slh", {"cover.registration_number": "\u200b１２３４５６７８"}),
    ("COVER-02", "pru", {"cover.registration_number": "12345678"}),
    ("TOTALS-04", "bup", {"totals.discount_total": None}),
    ("LINES-09", "bup", {"lines[1].first_date_of_service": ON, "lines[1].last_date_of_service": ON}),
    ("LINES-14", "bup", {"lines[0].procedure_code": "ZZ999"}),
    ("AMOUNT-08", "bup", {"totals.vat_total": Decimal("0")}),
    (
        "TOTALS-07",
        "bup",
        {"totals.patient_paid_amount": Decimal("25.00"), "totals.net_total": Decimal("100.00")},
    ),
    ("TEXT-01", "bup", {"patient.patient_last_name": "Ó Súilleabháin-Ní 🙂 עברית"}),
]


def _start(insurer: str) -> Any:
    return good("bup" if insurer == "xyz" else insurer)


@pytest.mark.parametrize(("code", "insurer", "changes"), BREAKS, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(BREAKS)])
def test_a_bill_that_breaks_a_rule_is_told_so(code: str, insurer: str, changes: dict[str, Any]) -> None:
    found = problems(changed(_start(insurer), changes))
    assert code in [problem.code for problem in found]
    problem = next(problem for problem in found if problem.code == code)
    rule = next(rule for rule in RULES if rule.code == code)
    assert rule.severity in ("by source", problem.severity)
    assert problem.message.endswith(".")
    assert problem.fix.endswith(".")


@pytest.mark.parametrize(("code", "insurer", "changes"), KEEPS, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(KEEPS)])
def test_a_bill_that_comes_near_a_rule_and_keeps_it_is_not_told_so(
    code: str, insurer: str, changes: dict[str, Any]
) -> None:
    assert code not in codes(changed(_start(insurer), changes))


@pytest.mark.parametrize("insurer", [known.slug for known in all_insurers() if known.healthcode_id])
def test_the_example_of_every_insurer_has_no_problem_at_all(insurer: str) -> None:
    assert problems(good(insurer)) == []


@pytest.mark.parametrize("insurer", [known.slug for known in all_insurers() if not known.healthcode_id])
def test_an_insurer_without_a_known_identifier_is_checked_with_the_practices_own(insurer: str) -> None:
    bill = changed(good(insurer), {"insurer_id": "zzz"})
    assert [problem.code for problem in problems(bill, insurer=find(insurer)) if problem.blocks] == []


def test_every_rule_that_a_module_makes_is_among_the_rules() -> None:
    modules = [import_module(f"{checks.__name__}.{found.name}") for found in pkgutil.iter_modules(checks.__path__)]
    made = {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Rule)
    }
    assert {rule.code for rule in made.values()} >= {rule.code for rule in RULES}
    assert [name for name, rule in made.items() if not any(rule is one for one in RULES)] == []


def test_every_rule_has_a_bill_that_breaks_it() -> None:
    with_context = {"INSURER-04", "DUPLICATE-02", "DUPLICATE-03"}
    assert {code for code, _, _ in BREAKS} | with_context == {rule.code for rule in RULES}


def test_every_rule_has_its_own_code_a_statement_and_a_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.statement.endswith(".") and rule.source for rule in RULES)


def test_a_rule_can_be_asked_by_itself() -> None:
    bill = changed(good(), {"invoice_number": ""})
    rule = next(rule for rule in RULES if rule.code == "HEAD-01")
    assert [problem.path for problem in rule(bill, Context.of(bill, on=ON))] == ["invoice_number"]


def test_a_bill_addressed_to_another_insurer_than_the_one_chosen_is_told_so() -> None:
    assert "INSURER-04" in codes(good("bup"), insurer=find("axa"))
    assert "INSURER-04" in codes(good("bup"), insurer=find("wtw"))
    assert "INSURER-04" not in codes(good("bup"), insurer=find("bupa"))


def test_an_invoice_number_used_before_for_the_same_payee_blocks() -> None:
    earlier = changed(
        good(), {"patient.patient_last_name": "Another", "insurer_id": "ppp", "invoice_number": "cb10042"}
    )
    assert "DUPLICATE-02" in codes(good(), earlier=[earlier])
    assert "DUPLICATE-02" not in codes(
        good(), earlier=[changed(earlier, {"providers.payee_provider_number": "TP000009"})]
    )


def test_a_treatment_billed_under_another_number_warns() -> None:
    earlier = changed(good(), {"invoice_number": "CB1"})
    found = [problem for problem in problems(good(), earlier=[earlier]) if problem.code == "DUPLICATE-03"]
    assert [problem.path for problem in found] == ["lines[0].service_code", "lines[1].service_code"]
    assert "CB1" in found[0].message
    another = changed(earlier, {"cover.registration_number": "ZZ00000002"})
    assert "DUPLICATE-03" not in codes(good(), earlier=[another])


def test_the_member_number_of_vitality_is_recognised_and_explained() -> None:
    found = problems(changed(good("slh"), {"cover.registration_number": "12 0000 0001"}))
    assert [problem.message for problem in found] == [
        "The membership number needs 8 digits; this one has 10 and starts with 12, so it is probably the member number."
    ]
    assert found[0].blocks


@pytest.mark.parametrize(
    ("insurer", "number", "severity"),
    [
        ("slh", "1234567", "blocks"),
        ("bui", "BI-0000-0000-001", "blocks"),
        ("bui", "BI-AB00-0000-0001", "warns"),
        ("ppp", "12345678", "warns"),
        ("bup", "123", "warns"),
        ("efs", "12345", "warns"),
    ],
)
def test_a_form_blocks_only_where_the_insurer_has_published_every_form(
    insurer: str, number: str, severity: str
) -> None:
    found = problems(changed(good(insurer), {"cover.registration_number": number}))
    assert [(problem.code, problem.severity) for problem in found] == [("COVER-02", severity)]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("ZZ000001", "The membership number has the form of Freedom, of which AXA Health administers plans."),
        ("0000001", "The membership number has the form of The Exeter, of which AXA Health administers plans."),
        ("BXC00000001", "The membership number has the form of AXA Global Healthcare, not of AXA Health."),
    ],
)
def test_a_number_that_has_the_form_of_another_insurer_is_said_to_be_that_insurers(number: str, told: str) -> None:
    found = problems(changed(good("ppp"), {"cover.registration_number": number}))
    assert [(problem.code, problem.severity, problem.message) for problem in found] == [("COVER-02", "warns", told)]


@pytest.mark.parametrize(
    ("code", "severity"),
    [("O54.5", "blocks"), ("U99", "blocks"), ("M54.99", "warns"), ("Z99.99", "warns"), ("M54.5XXA", "warns")],
)
def test_a_diagnosis_blocks_only_where_no_edition_has_its_category(code: str, severity: str) -> None:
    found = problems(changed(good("ppp"), {"diagnoses[0].code": code}))
    assert [(problem.code, problem.path, problem.severity) for problem in found] == [
        ("DIAGNOSIS-10", "diagnoses[0].code", severity)
    ]


def test_what_the_page_says_of_file_names_stops_no_invoice_number() -> None:
    found = problems(changed(good("ppp"), {"invoice_number": "CB.10042"}))
    assert [(problem.code, problem.severity) for problem in found] == [("INSURER-07", "warns")]


def test_who_has_one_name_can_be_billed() -> None:
    found = problems(changed(good(), {"patient.patient_first_name": ""}))
    assert [(problem.code, problem.severity) for problem in found] == [("PATIENT-02", "warns")]


@pytest.mark.parametrize(("without", "told"), [((0,), "line 1."), ((0, 1), "lines 1 and 2.")])
def test_lines_without_a_procedure_code_are_told_once(without: tuple[int, ...], told: str) -> None:
    found = problems(changed(good("ppp"), {f"lines[{index}].procedure_code": "" for index in without}))
    assert [(problem.code, problem.message.endswith(told)) for problem in found] == [("INSURER-11", True)]


@pytest.mark.parametrize(
    ("insurer", "first", "severity"),
    [("bup", date(2026, 5, 22), "blocks"), ("ppp", date(2026, 5, 22), "warns"), ("slh", date(2026, 8, 22), "warns")],
)
def test_a_late_bill_blocks_only_where_the_insurer_says_it_does_not_pay(
    insurer: str, first: date, severity: str
) -> None:
    late = changed(good(insurer), {"lines[0].first_date_of_service": first, "lines[0].last_date_of_service": first})
    assert [(problem.code, problem.severity) for problem in problems(late)] == [("INSURER-09", severity)]
