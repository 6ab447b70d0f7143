"""Tables of web pages that call themselves workbooks, as Santander gives them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import UnreadableFile
from clearbill.fileformats.sheets import html_table
from tests.fileformats.reading import bank, bank_reading, paid, paid_reading

PAGE = """

<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252"></head><body>
<table><tr><td colspan="5">From: 01/11/2026 to 30/11/2026</td></tr>
<tr><td>Account: XXXX XXXX XXXX 5678</td></tr></table>
<table><tr><th>Date</th><th></th><th>Description</th><th>Money in</th><th>Money Out</th><th>Balance</th></tr>
<tr><td>27/11/2026</td><td>&nbsp;</td><td>RECEIPT <b>BUPA</b>&amp;CO&nbsp;PAY1</td><td>&pound;1,185.00</td><td></td>
<td>1277.50</td></tr><tr><td>26/11/2026<td><td>CAFÉ<td><td>42.50<td>92.50</tr>
<tr><td></td><td></td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-16"])
def test_the_table_of_a_page_is_read(encoding: str) -> None:
    (first, second), faults = bank(PAGE.encode(encoding))
    assert (first.booked_on, first.amount) == (date(2026, 11, 27), Decimal("1185.00"))
    assert (first.description, first.balance) == ("RECEIPT BUPA&CO PAY1", Decimal("1277.50"))
    assert (second.amount, second.description, faults) == (Decimal("-42.50"), "CAFÉ", [])


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE html>", '<?xml version="1.0" encoding="utf-8"?>', "<!-- bank -->", "\ufeff"]
)
def test_a_page_is_known_by_however_it_begins(start: str) -> None:
    assert bank(f"{start}\n{PAGE.strip()}") == bank(PAGE)


def test_a_remittance_may_come_so_too() -> None:
    table = "<table><tr><td>Invoice No<td>Amount Paid<td>Payment Reference<tr><td>CB1<td>70.00<td>PAY1</table>"
    assert [row.invoice_number for row in paid(table)[0]] == ["CB1"]


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "<html><table><tr><td>Sign in</td><td>Password</td></tr></table></html>",
        "<html>",
        "<html><table></table>",
    ],
)
def test_a_page_without_such_a_table_is_a_download_that_had_expired(page: str) -> None:
    for read in (bank_reading, paid_reading):
        with pytest.raises(UnreadableFile, match="web page"):
            read(page)


def test_a_page_of_more_than_10_mb_is_not_read() -> None:
    with pytest.raises(UnreadableFile, match="10 MB"):
        bank_reading(PAGE.encode() + bytes(html_table.LARGEST_BYTES))
