"""A report's tables: what stands in them, how it is shown, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from clearbill.bill import money
from clearbill.bill.text import plural
from clearbill.fileformats import Cell, WrittenTable

POUNDS, COUNT, DAYS, RATE = "pounds", "count", "days", "rate"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is one of those above, "" for words. `note` is read out with the heading."""

    name: str
    kind: str = ""

    def show(self, value: Any) -> str:
        """Return the value as people read it."""
        if value is None or value == "":
            return ""
        if self.kind == POUNDS:
            return money.show(value)
        if self.kind == RATE:
            return f"{value:.1f} %"
        if self.kind == DAYS:
            return f"{value:,} {plural(value, 'day')}"
        return f"{value:,}" if self.kind == COUNT else str(value)

    def plain(self, value: Any) -> Cell:
        """Return the value for a file: numbers without signs and commas."""
        if self.kind == RATE and value is not None:
            return Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        return value if value is None or isinstance(value, str | int | Decimal | date) else str(value)


class ListName(StrEnum):
    """A list from which figures of a report were counted."""

    INVOICES = "invoices"
    REJECTED_CLAIMS = "rejected claims"
    PAYMENTS = "payments"
    SHORTFALLS = "shortfalls"
    UNBILLED_VISITS = "unbilled visits"


@dataclass(frozen=True, slots=True)
class FilteredList:
    """A list, and what it is narrowed to: the value of each of its filters by the filter's name."""

    name: ListName
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """`source` is the list that the figures of the row were counted from, where there is one to be shown."""

    cells: Sequence[Any]
    source: FilteredList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`total` are the cells of the last line, none where there is nothing to add up."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Sequence[Any] = ()
    source: FilteredList | None = None

    def shown(self) -> list[dict[str, Any]]:
        """Return the rows with each cell as it is read; no pounds at all leave a cell empty."""
        return [{"cells": self._cells(row.cells, zero=""), "source": row.source} for row in self.rows]

    def shown_total(self) -> list[dict[str, str]]:
        return self._cells(self.total) if self.total else []

    def _cells(self, values: Sequence[Any], zero: str | None = None) -> list[dict[str, str]]:
        shown = [
            zero if zero is not None and column.kind == POUNDS and not value else column.show(value)
            for column, value in zip(self.columns, values, strict=True)
        ]
        return [
            {"text": text, "name": column.name, "kind": "num" if column.kind else ""}
            for column, text in zip(self.columns, shown, strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says: a few figures on top, a plot, its tables. `file` is what is handed out as a file."""

    figures: Sequence[tuple[str, str]] = ()
    plot: Any = None
    tables: Sequence[Table] = field(default_factory=list)
    file: Table | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(table.rows for table in self.tables)


def written(table: Table) -> WrittenTable:
    """Return the table to be written as a file."""
    rows = ([column.plain(value) for column, value in zip(table.columns, row.cells, strict=True)] for row in table.rows)
    return WrittenTable([column.name for column in table.columns], rows)


def column_sums(rows: Iterable[Sequence[Any]], width: int) -> list[Decimal]:
    """Return the sums of the first `width` columns of these rows."""
    sums = [Decimal("0.00")] * width
    for row in rows:
        sums = [total + value for total, value in zip(sums, row, strict=False)]
    return sums
