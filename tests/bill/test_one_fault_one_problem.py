"""One fault gives one problem, at the field that is wrong: what only follows from it is not told as well."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.bill import Episode
from tests.bill.bills import ON, changed, codes, good, problems

LINE = good().lines[0]
TOMORROW = ON + timedelta(days=1)
FIRST = LINE.first_date_of_service
STAY = Episode(
    episode_setting="I", admission_date=date(2026, 11, 13), discharge_date=date(2026, 11, 22), discharge_reason="5"
)

SINGLE: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("bup", {"lines[0].gross_amount": None}, ("AMOUNT-01", "lines[0].gross_amount")),
    ("bup", {"lines[0].gross_amount": Decimal("-70.00")}, ("AMOUNT-06", "lines[0].gross_amount")),
    ("bup", {"lines[0].net_amount": Decimal("-70.00")}, ("AMOUNT-06", "lines[0].net_amount")),
    ("bup", {"lines[0].gross_amount": Decimal("70.01")}, ("TOTALS-01", "lines[0].gross_amount")),
    ("bup", {"lines[0].discount_amount": Decimal("5.00")}, ("TOTALS-01", "lines[0].discount_amount")),
    ("bup", {"lines[0].vat_amount": Decimal("5.00")}, ("TOTALS-01", "lines[0].vat_amount")),
    ("bup", {"lines[0].net_amount": Decimal("70.01")}, ("TOTALS-01", "lines[0].net_amount")),
    ("bup", {"lines": (LINE,)}, ("TOTALS-03", "totals.gross_total")),
    ("bup", {"totals.gross_total": Decimal("125.01")}, ("TOTALS-03", "totals.gross_total")),
    ("bup", {"totals.discount_total": Decimal("5.00")}, ("TOTALS-04", "totals.discount_total")),
    ("bup", {"totals.vat_total": Decimal("5.00")}, ("TOTALS-05", "totals.vat_total")),
    ("bup", {"totals.net_total": Decimal("125.01")}, ("TOTALS-06", "totals.net_total")),
    (
        "bup",
        {"lines": (), "totals.gross_total": Decimal("0.00"), "totals.net_total": Decimal("0.00")},
        ("LINES-01", "lines"),
    ),
    ("bup", {"lines[1].first_date_of_service": TOMORROW}, ("LINES-09", "lines[1].first_date_of_service")),
    (
        "bup",
        {
            "lines[1].first_date_of_service": date(2062, 11, 21),
            "lines[1].last_date_of_service": date(2062, 11, 21),
            "episode": STAY,
            "cover.cover_valid_to": date(2027, 1, 1),
            "cover.authorisation_to": date(2027, 1, 1),
        },
        ("LINES-09", "lines[1].first_date_of_service"),
    ),
    ("bup", {"lines[1].last_date_of_service": TOMORROW}, ("LINES-10", "lines[1].last_date_of_service")),
    (
        "bup",
        {"episode": STAY, "lines[1].last_date_of_service": date(2026, 11, 14)},
        ("LINES-11", "lines[1].last_date_of_service"),
    ),
    ("bup", {"lines[0].line_no": 2, "lines[1].line_no": 1}, ("LINES-03", "lines[0].line_no")),
    ("bup", {"lines[0].first_date_of_service": date(2026, 5, 1)}, ("INSURER-09", "lines[0].first_date_of_service")),
    ("bup", {"patient.patient_birth_date": TOMORROW}, ("PATIENT-08", "patient.patient_birth_date")),
    ("bup", {"patient.patient_postcode": "ABCDE FGHIJK"}, ("TEXT-02", "patient.patient_postcode")),
    ("bup", {"invoice_number": "CB\x071"}, ("TEXT-01", "invoice_number")),
    (
        "bup",
        {"cover.authorisation_from": date(2026, 11, 2), "cover.authorisation_to": date(2026, 11, 1)},
        ("COVER-09", "cover.authorisation_to"),
    ),
    ("slh", {"insurer_id": "pru"}, ("INSURER-05", "insurer_id")),
    ("bup", {"diagnoses": good().diagnoses * 2}, ("DIAGNOSIS-08", "diagnoses[1].code")),
    (
        "nuh",
        {"lines[1].service_code": LINE.service_code}
        | {f"lines[1].{name}_date_of_service": FIRST for name in ("first", "last")},
        ("INSURER-10", "lines[1].first_date_of_service"),
    ),
    ("nuh", {"lines[0].units": 2}, ("INSURER-10", "lines[0].units")),
    ("bup", {"lines[0].last_date_of_service": None}, ("LINES-08", "lines[0].last_date_of_service")),
]


@pytest.mark.parametrize(
    ("insurer", "changes", "expected"), SINGLE, ids=[f"{e[0]}-{n}" for n, (_, _, e) in enumerate(SINGLE)]
)
def test_one_fault_is_one_problem_where_it_is(insurer: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    found = problems(changed(good(insurer), changes))
    assert [(problem.code, problem.path) for problem in found] == [expected]


def test_faults_that_do_not_follow_from_each_other_are_all_told() -> None:
    bill = changed(
        good(),
        {
            "lines[0].net_amount": Decimal("1.00"),
            "totals.gross_total": Decimal("7.00"),
            "totals.net_total": Decimal("99.00"),
        },
    )
    assert [problem.path for problem in problems(bill)] == [
        "lines[0].net_amount",
        "totals.gross_total",
        "totals.net_total",
    ]


@pytest.mark.parametrize(
    ("setting", "fix"), [("o", "Write O."), ("Day case", "Write D."), ("X", "Choose one of the three.")]
)
def test_a_setting_in_words_is_answered_with_its_letter(setting: str, fix: str) -> None:
    assert [problem.fix for problem in problems(changed(good(), {"episode.episode_setting": setting}))] == [fix]


def test_messages_name_the_field_in_words_and_say_what_was_found() -> None:
    told: dict[str, dict[str, Any]] = {
        "The provider’s number of line 1 has 33 characters; at most 32 are kept.": {
            "lines[0].service_provider_number": "1" * 33
        },
        "The Payee’s number has a space in it.": {"providers.payee_provider_number": "600 1"},
        "The net amount of line 1 is −£70.00; a bill cannot carry a negative amount.": {
            "lines[0].net_amount": Decimal("-70.00")
        },
        "The number of units of line 2 is 0; it must be 1 or more.": {"lines[1].units": 0},
    }
    for message, changes in told.items():
        assert [problem.message for problem in problems(changed(good(), changes))] == [message]


def test_digits_of_another_script_are_not_called_digits() -> None:
    found = problems(changed(good("slh"), {"cover.registration_number": "١٢٣٤٥٦٧٨"}))
    assert [problem.message for problem in found] == [
        "The membership number has 8 other characters. VitalityHealth gives out: 8 digits."
    ]


def test_a_line_without_vat_may_have_a_discount() -> None:
    discounted = changed(
        good(),
        {
            "lines[0].discount_amount": Decimal("10.00"),
            "lines[0].net_amount": Decimal("60.00"),
            "totals.discount_total": Decimal("10.00"),
            "totals.net_total": Decimal("115.00"),
        },
    )
    assert problems(discounted) == []


def test_amounts_that_are_not_numbers_do_not_upset_the_sums() -> None:
    for amount in (Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+999999")):
        found = codes(changed(good(), {"lines[0].gross_amount": amount}))
        assert all(code.startswith("AMOUNT-") for code in found)
        assert found
