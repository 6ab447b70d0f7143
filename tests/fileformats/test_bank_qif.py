"""Bank statements from QIF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import Answers
from tests.fileformats.reading import bank, bank_reading, left_out

QIF = """!Type:Bank
D20/11/2026
T1,185.00
PBUPA INS
MPAY900001
NBGC
^
D21/11/2026
T-42.50
PSTATIONERY
LOffice
SOffice
$-40.00
SPost
$-2.50
^
"""


def test_the_entries_are_read_and_the_parts_of_a_payment_passed_over() -> None:
    (first, second), faults = bank(QIF)
    assert not faults
    assert (first.row_no, first.booked_on, first.amount) == (1, date(2026, 11, 20), Decimal("1185.00"))
    assert (first.description, first.reference) == ("BUPA INS PAY900001", "BGC")
    assert (second.amount, second.description) == (Decimal("-42.50"), "STATIONERY")
    assert "taken as pounds" in bank_reading(QIF).notes[0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("20/11'26", date(2026, 11, 20)),
        ("20/11' 6", date(2006, 11, 20)),
        ("20/11'2026", date(2026, 11, 20)),
        ("20/11/26", date(2026, 11, 20)),
        ("20-11-2026", date(2026, 11, 20)),
        ("20.11.2026", date(2026, 11, 20)),
        ("20/ 1/26", date(2026, 1, 20)),
        ("2026-11-20", date(2026, 11, 20)),
        ("20 Nov 2026", date(2026, 11, 20)),
    ],
)
def test_dates_are_read_as_programs_write_them(written: str, day: date) -> None:
    rows, faults = bank(QIF.replace("20/11/2026", written))
    assert ([row.booked_on for row in rows][:1], faults) == ([day], [])


def test_the_order_of_day_and_month_is_proved_by_another_date_or_asked() -> None:
    assert bank(QIF.replace("20/11/2026", "5/11'26"))[0][0].booked_on == date(2026, 11, 5)
    american = QIF.replace("20/11/2026", "11/05'26").replace("21/11/2026", "11/21'26")
    assert bank(american)[0][0].booked_on == date(2026, 11, 5)
    unclear = QIF.replace("20/11/2026", "5/11'26").replace("21/11/2026", "6/11'26")
    assert [question.field for question in bank_reading(unclear).questions] == ["order"]
    assert bank(unclear, Answers(order="dmy"))[0][0].booked_on == date(2026, 11, 5)


def test_u_is_the_amount_where_there_is_no_t() -> None:
    assert bank(QIF.replace("T1,185.00", "U185.00\nT1,185.00"))[0][0].amount == Decimal("185.00")
    assert bank(QIF.replace("T-42.50", "U-42.50"))[0][1].amount == Decimal("-42.50")


def test_each_entry_has_the_account_above_it_and_lists_of_other_things_are_passed_over() -> None:
    several = (
        "!Option:AutoSwitch\n!Account\nNCurrent\nTBank\n^\nNSavings\nTBank\n^\n!Clear:AutoSwitch\n"
        "!Type:Cat\nNOffice\nD20/11/2026\nT5\n^\n"
        f"!Account\nNCurrent\nDDaily 1\n^\n{QIF}!Account\nNSavings\n^\n{QIF.replace('Bank', 'CCard')}"
    )
    rows, faults = bank(several)
    assert ([row.account for row in rows], faults) == (["Current"] * 2 + ["Savings"] * 2, [])
    assert [row.amount for row in rows[2:]] == [row.amount for row in rows[:2]]


def test_an_opening_balance_is_left_out() -> None:
    content = QIF.replace("STATIONERY", "Opening Balance")
    assert (len(bank(content)[0]), left_out(content)) == (1, [(2, "a balance or a total")])


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("T1,185.00", "Tone", "amount"),
        ("T1,185.00", "", "amount"),
        ("T1,185.00", "T1.185,00", "amount"),
        ("T1,185.00", "T€185.00", "amount"),
        ("D20/11/2026", "", "booked_on"),
        ("D20/11/2026", "D31/11/2026", "booked_on"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_at_its_field(old: str, new: str, field: str) -> None:
    rows, faults = bank(QIF.replace(old, new))
    assert ([(fault.row_no, fault.field) for fault in faults], len(rows)) == ([(1, field)], 1)


def test_a_file_cut_anywhere_never_gives_half_an_entry() -> None:
    whole = bank(QIF)[0]
    for cut in range(len("!Type:Bank\nD"), len(QIF) - 2):
        rows, faults = bank(QIF[:cut])
        assert rows == whole[: len(rows)]
        assert faults or QIF[:cut].rstrip().endswith("^")
