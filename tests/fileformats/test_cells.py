"""Amounts, days and texts as they stand in cells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearbill.fileformats import escape_formula
from clearbill.fileformats.cells import CellError, DayReader, pounds, shown

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", "12.50"),
        ("-12.50", "-12.50"),
        ("+12.50", "12.50"),
        ("−12.50", "-12.50"),
        ("(12.50)", "-12.50"),
        ("(£12.50)", "-12.50"),
        ("£(12.50)", "-12.50"),
        ("12.50-", "-12.50"),
        ("12.50 DR", "-12.50"),
        ("12.50dr", "-12.50"),
        ("12.50 CR", "12.50"),
        ("12.50 OD", "-12.50"),
        ("£1,200.50", "1200.50"),
        ("1 200.50", "1200.50"),
        ("1\u00a0200.50", "1200.50"),
        ("-£5", "-5.00"),
        ("£-5", "-5.00"),
        ("GBP 5.5", "5.50"),
        ("5 GBP", "5.00"),
        (".5", "0.50"),
        ("-0.00", "0.00"),
        ("99,999,999.99", "99999999.99"),
        ("0012.500", "12.50"),
    ],
)
def test_pounds_are_read_in_every_usual_writing(text: str, amount: str) -> None:
    assert str(pounds(text)) == amount


WORDS = ["", "x", "1e3", "0x10", "NaN", "Infinity", "--1", "٣", "１２", "=12.50", "@1", "\t1", "1\n2", "12.50 each"]
TWO_WAYS = ["12,50", "1.234,50", "1,23.00", "12 50", "-12.50-", "(-12.50)", "-12.50 DR", "+12.50 CR", "20261125"]
OTHERS = ["12.505", "100000000.00", "(12.50", "12.50)", "$5", "5 EUR", "9" * 39, "1" * 1000]


@pytest.mark.parametrize("text", [*WORDS, *TWO_WAYS, *OTHERS])
def test_what_is_no_amount_or_could_be_two_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        pounds(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25/11/2026", date(2026, 11, 25)),
        ("2026-11-25", date(2026, 11, 25)),
        ("20261125", date(2026, 11, 25)),
        ("25.11.26", date(2026, 11, 25)),
        ("25 Nov 2026", date(2026, 11, 25)),
        ("25-Nov-26", date(2026, 11, 25)),
        ("Nov 25, 2026", date(2026, 11, 25)),
        ("25/11/2026 14:02:11", date(2026, 11, 25)),
        ("2026-06-10T23:30:00Z", date(2026, 6, 11)),
        ("29/02/2024", date(2024, 2, 29)),
        ("01/01/00", date(2000, 1, 1)),
    ],
)
def test_days_are_read_in_every_usual_writing(text: str, day: date) -> None:
    assert DayReader(TODAY, "dmy").read(text) == day


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("25/11/2126", "year ahead"),
        ("25/11/99", "year ahead"),
        ("01/01/1900", "before the year 2000"),
        ("1900-01-00", "not a date"),
        ("29/02/2026", "no such day"),
        ("11/25/2026", "no such day"),
        ("31/06/2026", "no such day"),
        ("46349", "number, not a date"),
        ("soon", "not a date"),
        ("00/00/0000", "no such day"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_its_reason(text: str, sentence: str) -> None:
    with pytest.raises(CellError, match=sentence):
        DayReader(TODAY, "dmy").read(text)


def test_a_short_year_may_stand_first_between_hyphens() -> None:
    assert DayReader(TODAY, "ymd").read("26-11-25") == date(2026, 11, 25)
    assert set(DayReader(TODAY).readings("25-11-26").values()) == {date(2026, 11, 25), date(2025, 11, 26)}
    assert set(DayReader(TODAY).readings("25/11/26").values()) == {date(2026, 11, 25)}


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-x", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "-2+3", "+12.50"])
def test_a_cell_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Testa", "-12.50", "12.50", "a=b", "'=1"])
def test_any_other_cell_is_left_alone(text: str) -> None:
    assert escape_formula(text) == text


@given(st.text(max_size=30))
def test_no_defused_cell_begins_like_a_formula(text: str) -> None:
    safe = escape_formula(text)
    assert safe[:1] not in tuple("=+@\t\r\n") or not safe
    assert not safe.startswith("-") or Decimal(safe) < 1


@given(st.text(max_size=200))
def test_what_is_shown_is_short_and_holds_no_whole_word_without_figures(text: str) -> None:
    assert len(shown(text)) <= 40
    assert "Sample" not in shown(f"Sample {text} 1")
