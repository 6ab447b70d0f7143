"""The bank's lines as a file, as the list shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from clearbill.bill import insurers
from clearbill.exports.lists import LISTS
from clearbill.fileformats import Cell, WrittenTable
from clearbill.money.bank.models import Match

AT_ONCE = 1_000

COLUMNS = LISTS["bank-lines"]


def table(found: QuerySet[Any]) -> WrittenTable:
    """Return lines as read by `money.bank.queries.listed`, pounds with money out negative."""
    return WrittenTable([*COLUMNS.headings, "Matched with"], _rows(found))


def _rows(found: QuerySet[Any]) -> Iterator[list[Cell]]:
    for line in found.iterator(AT_ONCE):
        yield [*COLUMNS.cells_of(line), "; ".join(map(_matched_with, line.standing))]


def _matched_with(one: Match) -> str:
    if one.remittance is None:
        return f"Invoice {one.entry.invoice.number}" if one.entry else ""
    return f"{insurers.name_of(one.remittance.insurer_slug)} {one.remittance.payment_reference}"
