"""Invoices to insurers that have no claim, as the report of unbilled visits shows them: with the insurer's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from clearbill.bill import money
from clearbill.claims.bulk.unclaimed import Unclaimed, summed, unclaimed
from clearbill.invoicing.claimed.outstanding import Place
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds import aged_debt
from clearbill.reports.tables import COUNT, DAYS, POUNDS, Column, FilteredList, ListName, Row, Table

FILE_COLUMNS = [Column("Invoices without a claim", COUNT), Column("Owed on them", POUNDS), Column("Days left", DAYS)]


def unclaimed_of(narrowed: ReportFilter) -> list[Unclaimed]:
    """Return the invoices that fit the filter; its days are those of the first treatment."""
    return [one for one in unclaimed(narrowed.practice, on=narrowed.today) if _fits(one, narrowed)]


def figures(rows: Sequence[Unclaimed]) -> list[tuple[str, str]]:
    """Return how many there are and what is owed on them, nothing where there are none."""
    if not rows:
        return []
    found = summed(rows)
    return [("Invoices without a claim", f"{found.count:,}"), ("Owed on them", money.show(found.amount))]


def table(narrowed: ReportFilter, rows: Sequence[Unclaimed]) -> Table:
    """Return the invoices by insurer, the one with the least time left first."""
    groups: dict[str, list[Unclaimed]] = {}
    for row in rows:
        groups.setdefault(row.insurer_slug, []).append(row)
    columns = [Column("Billed to"), Column("Invoices", COUNT), Column("Owed", POUNDS)]
    columns += [Column("Past the limit", COUNT), Column("Two weeks at most", COUNT), Column("Fewest days left", DAYS)]
    return Table(
        caption="Invoices to insurers without a claim",
        columns=columns,
        rows=[Row((aged_debt.name(slug), *_cells(group)), _source(narrowed, slug)) for slug, group in groups.items()],
        total=("All", *_cells(rows)) if rows else (),
        source=_source(narrowed, narrowed.insurer),
    )


def file_rows(rows: Sequence[Unclaimed], names: Mapping[UUID, str]) -> list[Row]:
    """Return a row of the CSV file for each practitioner and insurer."""
    groups: dict[tuple[str, str], list[Unclaimed]] = {}
    for row in rows:
        groups.setdefault((names[row.practitioner_id], aged_debt.name(row.insurer_slug)), []).append(row)
    listed = []
    for (person, insurer), group in sorted(groups.items()):
        count, owed, *_, days = _cells(group)
        listed.append(Row((person, insurer, "", 0, Decimal("0.00"), count, owed, days)))
    return listed


def _cells(rows: Sequence[Unclaimed]) -> tuple[int, Decimal, int, int, int | None]:
    found = summed(rows)
    days = min((one.days_left for one in rows if one.days_left is not None), default=None)
    return found.count, found.amount, found.over, found.soon, days


def _source(narrowed: ReportFilter, slug: str) -> FilteredList:
    return FilteredList(ListName.INVOICES, narrowed.for_list(place=Place.NO_CLAIM.value, insurer=slug))


def _fits(row: Unclaimed, narrowed: ReportFilter) -> bool:
    day, first, last = row.treated_on, narrowed.first_on, narrowed.last_on
    return (
        (first is None or (day is not None and day >= first))
        and (last is None or (day is not None and day <= last))
        and narrowed.insurer in {"", row.insurer_slug}
        and narrowed.practitioner_id in {None, row.practitioner_id}
    )
