from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearbill.bill import Bill, Diagnosis, check, check_json, dates, from_json, to_json
from clearbill.bill.bill import ClaimForm, Cover, Episode, Line, Patient, Providers, Sender, Totals
from clearbill.bill.fields import GROUP_ITEMS, HEAD
from clearbill.bill.insurers import all_insurers
from clearbill.bill.json_codec import CODES
from clearbill.bill.json_document import Unreadable, loads
from tests.bill.bills import ON, changed, good


def read(changes: dict[str, Any], *, without: tuple[str, ...] = ()) -> tuple[Bill, list[tuple[str, str, str]]]:
    data = to_json(good())
    for name in without:
        del data[name]
    bill, found = from_json({**data, **changes})
    return bill, [(problem.code, problem.path, problem.severity) for problem in found]


@pytest.mark.parametrize("insurer", all_insurers(), ids=lambda insurer: insurer.slug)
def test_a_bill_comes_back_from_json_as_it_was(insurer: Any) -> None:
    bill = good(insurer.slug)
    assert from_json(json.loads(json.dumps(to_json(bill)))) == (bill, [])


def test_no_name_is_in_two_groups() -> None:
    names = [*HEAD, *(name for items in GROUP_ITEMS.values() for name in items)]
    assert len(set(names)) == len(names)


def test_what_is_not_given_is_left_out() -> None:
    assert to_json(Bill()) == {}
    assert to_json(Bill(insurer_id="bup", totals=Totals(net_total=Decimal("70")))) == {
        "insurer_id": "bup",
        "totals": {"net_total": "70"},
    }


def test_items_may_stand_at_the_top_or_in_another_group() -> None:
    data = to_json(good())
    flat = {name: value for name, value in data.items() if name not in GROUP_ITEMS}
    for group in GROUP_ITEMS:
        flat.update(data.get(group, {}))
    assert from_json(flat) == (good(), [])
    moved = {**data, "patient": {**data["patient"], **data["cover"]}}
    del moved["cover"]
    assert from_json(moved) == (good(), [])


@pytest.mark.parametrize("amount", ["£1,200.50", "1200.5", "1200.50 GBP", Decimal("1200.5"), 1200.5])
def test_an_amount_is_read_in_every_usual_spelling(amount: Any) -> None:
    bill, found = read({"net_total": amount}, without=("totals",))
    assert (bill.totals.net_total, found) == (Decimal("1200.50"), [])


def test_usual_spellings_of_other_items_are_read() -> None:
    bill, found = read(
        {
            "invoice_date": "23/11/2026",
            "third_party_involved": "N",
            "claim_form_signed": "Yes",
            "invoice_number": 10042,
            "diagnoses": ["M54.5", {"code": " J30.1 ", "scheme": "icd-10", "is_primary": "y"}],
            "lines": [{"units": "2", "line_no": Decimal("1.0"), "extra_procedure_codes": "Z9901"}],
        }
    )
    assert found == []
    assert bill.invoice_date == date(2026, 11, 23)
    assert (bill.claim_form.third_party_involved, bill.claim_form.claim_form_signed) == (False, True)
    assert bill.invoice_number == "10042"
    assert bill.diagnoses == (Diagnosis(code="M54.5"), Diagnosis(code="J30.1", is_primary=True))
    assert bill.lines == (Line(units=2, line_no=1, extra_procedure_codes=("Z9901",)),)


UNREADABLE: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"invoice_number": ["CB1"]}, ("JSON-01", "invoice_number", "blocks")),
    ({"invoice_date": "31/02/2026"}, ("JSON-02", "invoice_date", "blocks")),
    ({"cover_valid_to": 20261123}, ("JSON-02", "cover.cover_valid_to", "blocks")),
    ({"totals": {"net_total": "about 70"}}, ("JSON-03", "totals.net_total", "blocks")),
    ({"totals": {"net_total": True}}, ("JSON-03", "totals.net_total", "blocks")),
    ({"totals": {"net_total": Decimal("1E+999999")}}, ("JSON-03", "totals.net_total", "blocks")),
    ({"lines": [{"units": 1.5}]}, ("JSON-04", "lines[0].units", "blocks")),
    ({"lines": [{"units": "two"}]}, ("JSON-04", "lines[0].units", "blocks")),
    ({"third_party_involved": "maybe"}, ("JSON-05", "claim_form.third_party_involved", "blocks")),
    ({"registraton_number": "1"}, ("JSON-06", "registraton_number", "warns")),
    ({"registration_number": "ZZ9"}, ("JSON-07", "cover.registration_number", "warns")),
    ({"lines": {}}, ("JSON-08", "lines", "blocks")),
    ({"lines": [1]}, ("JSON-08", "lines[0]", "blocks")),
    ({"patient": "Sample"}, ("JSON-08", "patient", "blocks")),
    ({"lines": [{}] * 1001}, ("JSON-08", "lines", "blocks")),
    ({"last_service_date": "2026-11-22"}, ("JSON-09", "last_service_date", "warns")),
    ({"inpatient_nights": 1}, ("JSON-09", "episode.inpatient_nights", "warns")),
    ({"ws_secret": "sample"}, ("JSON-10", "ws_secret", "warns")),
]


@pytest.mark.parametrize(("changes", "expected"), UNREADABLE, ids=[expected[1] for _, expected in UNREADABLE])
def test_what_cannot_be_read_is_a_problem_at_its_place(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert read(changes)[1] == [expected]


def test_every_code_of_reading_has_a_bill_that_raises_it() -> None:
    assert {expected[0] for _, expected in UNREADABLE} == set(CODES)


def test_an_unknown_name_is_answered_with_the_nearest_known_one() -> None:
    _, found = from_json({"registraton_number": "1"})
    assert "registration_number" in found[0].fix


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("membership_number", "registration_number"),
        ("registrationNumber", "registration_number"),
        ("DOB", "patient_birth_date"),
    ],
)
def test_a_usual_other_name_is_answered_with_the_data_dictionarys(written: str, meant: str) -> None:
    _, found = from_json({written: "1"})
    assert [problem.fix for problem in found] == [f"Did you mean “{meant}”?"]


def test_a_name_that_is_like_no_other_is_not_guessed_at() -> None:
    _, found = from_json({"patient_religion": "None"})
    assert [problem.fix for problem in found] == ["Take it out: a bill has no item for it."]


def test_a_name_that_stands_twice_in_an_object_is_told_with_its_place() -> None:
    content = b'{"units": 1, "lines": [{"units": 1, "units": 2}], "cover": {"group_number": "1", "group_number": "2"}}'
    _, found = from_json(loads(content.replace(b'"units": 1, "lines"', b'"note": "a", "note": "a", "lines"')))
    assert [(problem.code, problem.path) for problem in found] == [
        ("JSON-07", "lines[0].units"),
        ("JSON-07", "cover.group_number"),
    ]


def test_a_year_of_two_digits_in_a_date_of_birth_is_not_in_the_future() -> None:
    bill, found = from_json({"patient_birth_date": f"12/04/{(dates.today().year + 4) % 100:02}"})
    assert found == []
    assert bill.patient.patient_birth_date == date(dates.today().year - 96, 4, 12)


def test_invisible_signs_at_the_ends_of_a_text_are_cut_off() -> None:
    bill, found = from_json({"patient_last_name": "\u200b", "patient_first_name": "\ufeff Zoë\u200b"})
    assert found == []
    assert (bill.patient.patient_last_name, bill.patient.patient_first_name) == ("", "Zoë")


def test_codes_may_be_written_as_their_words() -> None:
    bill, found = from_json({"discharge_reason": "Routine", "episode_type": "in-patient", "patient_sex": "f"})
    assert found == []
    assert (bill.episode.discharge_reason, bill.episode.episode_type, bill.patient.patient_sex) == ("5", "3", "F")


@pytest.mark.parametrize(
    ("line", "message", "fix"),
    [
        (
            {"units": 1.5},
            "The number of units of line 1 must be a whole number; this is not one.",
            "Write a whole number such as 1.",
        ),
        ({"gross_amount": "seventy"}, "“seventy” is not an amount.", "Write pounds and pence like 70.00."),
        (
            {"first_date_of_service": "soon"},
            "“soon” is not a date.",
            "Write it like 23/11/2026 or 23 Nov 2026.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_once_in_words(line: dict[str, Any], message: str, fix: str) -> None:
    _, found = from_json({"lines": [line]})
    assert [(problem.message, problem.fix) for problem in found] == [(message, fix)]


def test_lines_that_were_not_read_are_not_added_up() -> None:
    data = to_json(good())
    data["lines"][1] = None
    assert [problem.code for problem in check_json(data, on=ON) if problem.code.startswith("TOTALS")] == []


def test_derived_and_returned_items_that_agree_are_welcome() -> None:
    assert read({"last_service_date": "2026-11-21", "clearing_bill_number": "9000000123"})[1] == []


def test_what_cannot_be_read_is_not_called_missing_too() -> None:
    data = to_json(good())
    data["totals"]["gross_total"] = "many"
    assert [problem.code for problem in check_json(data, on=ON)] == ["JSON-03"]
    assert [problem.code for problem in check_json({**to_json(good()), "lines": 1}, on=ON)] == ["JSON-08"]


def test_something_that_is_no_object_is_one_problem_of_reading() -> None:
    assert [problem.code for problem in from_json([])[1]] == ["JSON-08"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"", "empty"),
        (b"{", "line 1, column 2"),
        (b"[1]", "not an object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"a": 1E999999999999999999999}', "too long"),
        (b" " * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_file_that_holds_no_bill_is_refused_with_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        loads(content)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert loads(b'\xef\xbb\xbf{"net_total": 70.10}') == {"net_total": Decimal("70.10")}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [*HEAD, *GROUP_ITEMS, "lines", "diagnoses", "inpatient_nights", "last_service_date", "ws_secret"]
    + [name for items in GROUP_ITEMS.values() for name in items]
    + ["code", "units", "line_no", "gross_amount", "extra_procedure_codes", "first_date_of_service", "is_primary"]
)
bills_as_json = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)


@pytest.mark.parametrize("no_number", [Decimal("sNaN"), Decimal("NaN"), Decimal("-Infinity"), float("nan")])
@pytest.mark.parametrize("item", ["insurer_id", "net_total"])
def test_what_is_no_number_is_said_at_its_item(no_number: Any, item: str) -> None:
    _, problems = from_json({item: no_number})
    assert [problem.code for problem in problems if problem.path.endswith(item)] == ["JSON-03"]


@settings(max_examples=150, deadline=None)
@given(bills_as_json)
def test_any_json_at_all_is_read_and_checked_without_an_exception(data: Any) -> None:
    for problem in check_json(data, on=ON):
        assert problem.message
        assert problem.fix


def record(kind: type, **special: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, **special)


amounts = st.none() | st.decimals() | st.decimals(min_value=-10, max_value=1000, places=2)
lines = record(Line, gross_amount=amounts, net_amount=amounts, vat_rate=amounts, units=st.none() | st.integers())
whole_bills = st.builds(
    Bill,
    insurer_id=st.sampled_from(["bup", "ppp", "nuh", "slh", "pru", "bui", "xyz", ""]) | st.text(max_size=4),
    sender=record(Sender),
    patient=record(Patient),
    cover=record(Cover),
    claim_form=record(ClaimForm),
    providers=record(Providers),
    episode=record(
        Episode, episode_setting=st.sampled_from(["I", "D", "O", ""]), episode_type=st.sampled_from("1234567")
    ),
    diagnoses=st.lists(record(Diagnosis), max_size=3).map(tuple),
    lines=st.lists(lines, max_size=3).map(tuple),
    totals=record(Totals),
)


@settings(max_examples=150, deadline=None)
@given(whole_bills, st.dates(), whole_bills)
def test_any_bill_at_all_is_checked_without_an_exception(bill: Bill, on: date, earlier: Bill) -> None:
    for problem in check(bill, on=on, earlier=[earlier]):
        assert problem.message
        assert problem.severity in ("blocks", "warns")
    json.dumps(to_json(bill))


def test_a_bill_with_parts_of_a_penny_keeps_them_for_the_check() -> None:
    odd = changed(good(), {"totals.gross_total": Decimal("125.005")})
    assert from_json(loads(json.dumps(to_json(odd)).encode()))[1][0].code == "JSON-03"
    assert "AMOUNT-08" in [problem.code for problem in check_json(loads(b'{"gross_total": 125.005}'), on=ON)]
