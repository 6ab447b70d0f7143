"""Report: how many claims the clearing house accepted as they were first sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clearbill.bill.lifecycle import Event, Status
from clearbill.db import sql
from clearbill.reports import filters, plots
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds.aged_debt import name
from clearbill.reports.tables import COUNT, RATE, Column, FilteredList, ListName, Report, Row, Table

_COUNTS = (
    Column("Claims answered", COUNT),
    Column("Passed at once", COUNT),
    Column("Not at once", COUNT),
    Column("Pass rate", RATE),
)

_TAKEN = (Status.AWAITING_COLLECTION, Status.COLLECTED, Status.PART_PAID, Status.PAID, Status.DECLINED)


@dataclass(frozen=True, slots=True)
class Passed:
    """Of the claims first sent in a month ("2026-11") to an insurer: how many passed at once, how many did not."""

    month: str
    insurer: str
    at_once: int
    later: int

    @property
    def answered(self) -> int:
        return self.at_once + self.later


def first_pass_counts(narrowed: ReportFilter) -> list[Passed]:
    """Return the counts by month and insurer. Claims without an answer yet count in neither."""
    found = sql.select_named(statement(narrowed), **narrowed.values())
    rows = [Passed(month, slug, int(at_once), int(later)) for month, slug, at_once, later in found]
    return [row for row in rows if row.answered]


def statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: month, insurer, passed at once, not at once.

    A claim made in place of another is the correction of that one and does not count again. Of a cancelled claim only
    its story tells whether the clearing house had rejected it.
    """
    where = narrowed.where(
        practice="c.practice_id", moment="c.submitted_at", insurer="c.insurer_slug", practitioner="c.practitioner_id"
    )
    taken = ", ".join(f"'{status.value}'" for status in _TAKEN)
    return f"""
        SELECT {sql.month("c.submitted_at")}, c.insurer_slug,
            SUM(CASE WHEN c.version = 1 AND c.status IN ({taken}) THEN 1 ELSE 0 END),
            SUM(CASE WHEN c.version > 1 OR c.status = '{Status.REJECTED.value}' OR (
                c.status = '{Status.CANCELLED.value}' AND EXISTS (
                    SELECT 1 FROM claims_claimevent e WHERE e.claim_id = c.id AND e.event = '{Event.REFUSED.value}'))
                THEN 1 ELSE 0 END)
        FROM claims_claim c
        WHERE {where} AND c.submitted_at IS NOT NULL AND c.replaces_id IS NULL
        GROUP BY 1, 2"""  # nosec B608: names of our own


def report(narrowed: ReportFilter) -> Report:
    rows = first_pass_counts(narrowed)
    counted = filters.every_month(row.month for row in rows)
    rates = [(filters.labels(month), [_rate(row for row in rows if row.month == month)]) for month in counted]
    plot = plots.columns(
        "First-time pass rate by month",
        "Of the claims first sent in the month, the share that the clearing house took without a correction.",
        [plots.Series("Passed at once", "s0")],
        rates[-filters.LONGEST_PLOT :],
        show=lambda value: f"{value:.0f} %",
        top=100,
    )
    rate = _rate(rows)
    figures = [("Passed at once", f"{rate:.1f} %")] if rate is not None else []
    tables = [_by_month(rows, counted), _by_insurer(narrowed, rows)]
    return Report(figures=figures, plot=plot, tables=tables, file=_file(rows))


def _by_month(rows: Sequence[Passed], counted: Sequence[str]) -> Table:
    return Table(
        caption="By the month in which the claim was first sent",
        columns=[Column("Month"), *_COUNTS],
        rows=[Row((filters.words(month), *_cells(row for row in rows if row.month == month))) for month in counted],
        total=("All", *_cells(rows)) if rows else (),
    )


def _by_insurer(narrowed: ReportFilter, rows: Sequence[Passed]) -> Table:
    slugs = sorted({row.insurer for row in rows}, key=lambda slug: name(slug).casefold())
    return Table(
        caption="By insurer",
        columns=[Column("Insurer"), *_COUNTS],
        rows=[
            Row((name(slug), *_cells(row for row in rows if row.insurer == slug)), _source(narrowed, slug))
            for slug in slugs
        ],
        total=("All", *_cells(rows)) if rows else (),
    )


def _file(rows: Sequence[Passed]) -> Table:
    ordered = sorted(rows, key=lambda row: (row.month, name(row.insurer)))
    return Table(
        caption="",
        columns=[Column("Month"), Column("Insurer"), *_COUNTS],
        rows=[Row((row.month, name(row.insurer), *_cells([row]))) for row in ordered],
    )


def _cells(rows: Iterable[Passed]) -> tuple[int, int, int, Decimal | None]:
    counted = list(rows)
    at_once, later = sum(row.at_once for row in counted), sum(row.later for row in counted)
    return (at_once + later, at_once, later, _rate(counted))


def _rate(rows: Iterable[Passed]) -> Decimal | None:
    counted = list(rows)
    answered = sum(row.answered for row in counted)
    return Decimal(100 * sum(row.at_once for row in counted)) / answered if answered else None


def _source(narrowed: ReportFilter, slug: str) -> FilteredList:
    return FilteredList(ListName.REJECTED_CLAIMS, narrowed.for_list(insurer=slug))
