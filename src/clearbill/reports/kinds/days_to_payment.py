"""Report: days from issuing an invoice to the insurer's first payment on it."""

from __future__ import annotations

from dataclasses import dataclass

from clearbill.db import sql
from clearbill.reports import plots
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds.aged_debt import name
from clearbill.reports.tables import COUNT, DAYS, Column, FilteredList, ListName, Report, Row, Table

ALL = "*"

# In percent: outside the outer two lies one payment in ten on each side.
SHARES = (10, 25, 50, 75, 90)


@dataclass(frozen=True, slots=True)
class Wait:
    """`days` are those within which 10, 25, 50, 75 and 90 % of the invoices were paid."""

    insurer: str
    invoices: int
    days: tuple[int, ...]


def waits(narrowed: ReportFilter) -> list[Wait]:
    """Return how long each insurer took, the slowest first, and last, where there is any, all together as ALL."""
    rows = [
        Wait(slug, int(count), tuple(map(int, days)))
        for slug, count, *days in sql.select_named(statement(narrowed), **narrowed.values())
    ]
    return sorted(rows, key=lambda row: (row.insurer == ALL, -row.days[2], row.insurer))


def statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: insurer, how many invoices, and the days. Taken-back payments are none.

    Days are counted first, so that the window functions see a few rows for each insurer only.
    """
    where = narrowed.where(practice="i.practice_id", insurer="i.insurer_slug", practitioner="i.practitioner_id")
    # What came after the last day is no first payment within it: so this limit may stand first, and the database sees
    # how many rows are left.
    paid, within = narrowed.where(practice="e.practice_id", until='e."on"'), narrowed.where(since="paid.paid_on")
    marks = ", ".join(f"MIN(CASE WHEN upto * 100 >= counted * {share} THEN days END)" for share in SHARES)
    return f"""
        WITH paid AS (
            SELECT e.invoice_id, MIN(e."on") AS paid_on FROM billing_entry e
            WHERE {paid} AND e.kind = 'paid' AND e.source = 'insurer' AND e.amount > 0
            AND NOT EXISTS (
                SELECT 1 FROM billing_entry back WHERE back.takes_back_id = e.id AND back.takes_back_id IS NOT NULL)
            GROUP BY e.invoice_id),
        waited AS (
            SELECT i.insurer_slug AS slug, {sql.days_between("i.issued_on", "paid.paid_on")} AS days, COUNT(*) AS n
            FROM paid JOIN billing_invoice i ON i.id = paid.invoice_id
            WHERE {where} AND {within} AND i.insurer_slug <> '' AND i.voided_at IS NULL
            GROUP BY 1, 2),
        every AS (SELECT slug, days, n FROM waited UNION ALL SELECT '{ALL}', days, SUM(n) FROM waited GROUP BY days),
        ranked AS (
            SELECT slug, days, SUM(n) OVER (PARTITION BY slug ORDER BY days) AS upto,
                SUM(n) OVER (PARTITION BY slug) AS counted FROM every)
        SELECT slug, MAX(counted), {marks} FROM ranked GROUP BY slug"""  # nosec B608: names of our own


def report(narrowed: ReportFilter) -> Report:
    rows = waits(narrowed)
    each, together = [row for row in rows if row.insurer != ALL], [row for row in rows if row.insurer == ALL]
    columns = [Column("Insurer"), Column("Invoices paid", COUNT), Column("A quarter within", DAYS)]
    columns += [
        Column("Half within", DAYS),
        Column("Three quarters within", DAYS),
        Column("Nine in ten within", DAYS),
    ]
    table = Table(
        caption="Days from the invoice to the insurer’s first payment",
        columns=columns,
        rows=[Row((name(row.insurer), *_cells(row)), _source(row)) for row in each],
        total=("All", *_cells(together[0])) if together else (),
    )
    plot = plots.ranges(
        "Days to payment",
        "The line leaves out the quickest and slowest tenth; the bar holds the middle half, the mark is the median.",
        [(name(row.insurer), row.days, _said(row)) for row in each],
    )
    figures = [("Half are paid within", table.columns[3].show(together[0].days[2]))] if together else []
    return Report(figures=figures, plot=plot, tables=[table], file=table)


def _source(row: Wait) -> FilteredList:
    return FilteredList(ListName.PAYMENTS, {"insurer": row.insurer})


def _cells(row: Wait) -> tuple[int, ...]:
    _, quarter, half, three_quarters, most = row.days
    return (row.invoices, quarter, half, three_quarters, most)


def _said(row: Wait) -> str:
    return f"{name(row.insurer)}: half within {row.days[2]} days, nine in ten within {row.days[4]}"
