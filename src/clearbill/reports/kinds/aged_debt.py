"""Report: what is open on invoices, by who owes it and how long ago the invoice was issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clearbill.bill import insurers, money
from clearbill.db import sql
from clearbill.reports import plots
from clearbill.reports.filters import CLIENT, ReportFilter
from clearbill.reports.tables import COUNT, POUNDS, Column, FilteredList, ListName, Report, Row, Table, column_sums

DAYS = (30, 60, 90)

BANDS = ("0 to 30 days", "31 to 60 days", "61 to 90 days", "91 days and more")

SERIES = [plots.Series(words, f"s{index}") for index, words in enumerate(BANDS)]


@dataclass(frozen=True, slots=True)
class Debt:
    """What one insurer owes, "" the clients: on how many invoices, pounds by age as BANDS, what was paid too much."""

    insurer: str
    invoices: int
    bands: tuple[Decimal, ...]
    paid_too_much: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.bands, Decimal("0.00"))


def debts(narrowed: ReportFilter) -> list[Debt]:
    """Return the debts, the largest first. Void invoices owe nothing.

    What the patient was asked for before the insurer deducted it is owed by the patient, not by the insurer too.
    """
    found: dict[str, dict[int, tuple[int, Decimal]]] = {}
    for slug, band, count, pennies in sql.select_named(
        statement(narrowed), **narrowed.values(), **limits(narrowed.today)
    ):
        bands = found.setdefault(slug, {})
        before = bands.get(band, (0, Decimal("0.00")))
        bands[band] = (before[0] + count, before[1] + sql.pounds(pennies))
    rows = [_debt(slug, bands) for slug, bands in found.items()]
    return sorted(rows, key=lambda debt: (-debt.total, debt.insurer))


def statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: who owes, the age (one more for what was paid too much), how many invoices, pennies."""
    age = band("i.issued_on")
    where = narrowed.where(day="i.issued_on", insurer="i.insurer_slug", practitioner="i.practitioner_id")
    early = "asked - i.short_total"
    too_early = sql.sum_pence(f"CASE WHEN {early} < i.open_total THEN {early} ELSE i.open_total END")
    return f"""
        WITH live AS {sql.not_materialised()} (
            SELECT id, insurer_slug, practitioner_id, issued_on, open_total, short_total, share_of_id,
                net_total - credited_total AS asked
            FROM billing_invoice
            WHERE practice_id = %(practice)s AND voided_at IS NULL AND (open_total <> 0 OR share_of_id IS NOT NULL)),
        shares AS (
            SELECT share_of_id, SUM(asked) AS asked FROM live WHERE share_of_id IS NOT NULL GROUP BY share_of_id)
        SELECT i.insurer_slug, CASE WHEN i.open_total < 0 THEN {len(BANDS)} ELSE {age} END,
            COUNT(*), {sql.sum_pence("i.open_total")}
        FROM live i WHERE {where} AND i.open_total <> 0 GROUP BY 1, 2
        UNION ALL
        SELECT i.insurer_slug, {age}, 0, -{too_early}
        FROM shares JOIN billing_invoice i ON i.id = shares.share_of_id
        WHERE {where} AND i.voided_at IS NULL AND i.open_total > 0 AND {early} > 0
        GROUP BY 1, 2"""  # nosec B608: names of our own


def band(day: str) -> str:
    """Return SQL for the place in BANDS of a column with days or moments; its values come from `limits`."""
    cases = " ".join(f"WHEN {day} >= %(since_{days})s THEN {index}" for index, days in enumerate(DAYS))
    return f"CASE {cases} ELSE {len(DAYS)} END"


def limits(today: date) -> dict[str, date]:
    return {f"since_{days}": today - timedelta(days=days) for days in DAYS}


def report(narrowed: ReportFilter) -> Report:
    rows = debts(narrowed)
    columns = [Column("Owed by"), Column("Invoices", COUNT), *(Column(words, POUNDS) for words in BANDS)]
    columns += [Column("Owed", POUNDS), Column("Paid too much", POUNDS)]
    sums = column_sums([(*row.bands, row.total, row.paid_too_much) for row in rows], len(BANDS) + 2)
    table = Table(
        caption="What is owed, by who owes it and days since the invoice was issued",
        columns=columns,
        rows=[
            Row((name(row.insurer), row.invoices, *row.bands, row.total, row.paid_too_much), _source(narrowed, row))
            for row in rows
        ],
        total=("All", sum(row.invoices for row in rows), *sums) if rows else (),
    )
    plot = plots.bars(
        "Owed by insurer and age",
        "One bar for each who owes; its parts are how long ago the invoices were issued.",
        SERIES,
        [(name(row.insurer), row.bands) for row in rows],
    )
    figures = [("Owed in all", money.show(sums[-2])), ("Of it 91 days and more", money.show(sums[len(DAYS)]))]
    return Report(figures=figures, plot=plot, tables=[table], file=table)


def name(slug: str) -> str:
    """Return who a slug is, "The client" for none."""
    return insurers.name_of(slug) or "The client"


def _debt(slug: str, bands: dict[int, tuple[int, Decimal]]) -> Debt:
    nothing = (0, Decimal("0.00"))
    amounts = tuple(bands.get(index, nothing)[1] for index in range(len(BANDS)))
    owing = sum(bands.get(index, nothing)[0] for index in range(len(BANDS)))
    return Debt(slug, owing, amounts, -bands.get(len(BANDS), nothing)[1])


def _source(narrowed: ReportFilter, row: Debt) -> FilteredList:
    return FilteredList(ListName.INVOICES, narrowed.for_list(paid="open", insurer=row.insurer or CLIENT))
