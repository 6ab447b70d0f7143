"""The text file of Santander: a block of labelled lines for each line of the account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.fileformats.reading import bank

BLOCKS = """From: 01/11/2026 to 30/11/2026

Account: XXXX XXXX XXXX 5678

Date: 27/11/2026
Description: RECEIPT REF PAY900001 FROM BUPA: PHYSIO
Amount: 1,185.00
Balance: 1,277.50

Date: 26/11/2026
Description: STATIONERY
Amount: -42.50
Balance: 92.50
"""


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_blocks_are_the_lines_of_the_account(blank: str, line_end: str) -> None:
    content = BLOCKS.replace(": ", f":{blank}").replace("\n", line_end).replace(f"BUPA:{blank}", "BUPA: ")
    (first, second), faults = bank(content.encode("cp1252"))
    assert (first.row_no, first.booked_on, first.amount) == (5, date(2026, 11, 27), Decimal("1185.00"))
    assert (first.description, first.balance) == ("RECEIPT REF PAY900001 FROM BUPA: PHYSIO", Decimal("1277.50"))
    assert first.account == "XXXX XXXX XXXX 5678"
    assert (second.row_no, second.amount, second.description, faults) == (10, Decimal("-42.50"), "STATIONERY", [])


def test_a_block_without_its_amount_is_told_by_its_number() -> None:
    rows, faults = bank(BLOCKS.replace("Amount: 1,185.00\n", ""))
    assert ([row.row_no for row in rows], [(fault.row_no, fault.field) for fault in faults]) == ([9], [(5, "amount")])
