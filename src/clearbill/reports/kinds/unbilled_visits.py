"""Report: completed visits that are on no invoice, and invoices to insurers that have no claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from clearbill.bill import money
from clearbill.db import sql
from clearbill.invoicing import missed_visits
from clearbill.reports import plots
from clearbill.reports.filters import CLIENT, ReportFilter, midnight
from clearbill.reports.kinds import aged_debt, no_claim
from clearbill.reports.tables import COUNT, POUNDS, Column, FilteredList, ListName, Report, Row, Table, column_sums
from clearbill.workspace import service_rates
from clearbill.workspace.contract_prices import price_of_a_line
from clearbill.workspace.models import Practitioner

UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Visits of one practitioner with clients of one insurer, of one age in aged_debt.BANDS; pounds before VAT."""

    practitioner_id: UUID
    insurer: str
    band: int
    visits: int
    amount: Decimal


def unbilled(narrowed: ReportFilter) -> list[Unbilled]:
    limits = {name: midnight(day) for name, day in aged_debt.limits(narrowed.today).items()}
    found = sql.select_named(statement(narrowed), **{**narrowed.values(), **limits})
    return [
        Unbilled(person if isinstance(person, UUID) else UUID(person), slug, band, int(count), sql.pounds(pennies))
        for person, slug, band, count, pennies in found
    ]


def statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: practitioner, insurer, age, how many visits, pennies at the prices of day and payer."""
    where = narrowed.where(
        practice="a.practice_id",
        moment="a.starts_at",
        insurer=_insurer(narrowed),
        practitioner="a.practitioner_id",
    )
    day = sql.uk_day("a.starts_at", until=narrowed.today)
    agreed = price_of_a_line.joined(
        practice="%(practice)s",
        insurer="visit.insurer",
        item_code="visit.isc",
        procedure_code="visit.procedure_code",
        day="visit.treated_on",
    )
    return f"""
        SELECT practitioner_id, insurer, band, COUNT(*),
            {sql.sum_pence(f"COALESCE({price_of_a_line.AMOUNT}, visit.price)")}
        FROM (
            SELECT a.practitioner_id, {_insurer(narrowed)} AS insurer, {aged_debt.band("a.starts_at")} AS band,
                {day} AS treated_on, rate.price, rate.isc, rate.procedure_code
            FROM diary_appointment a {service_rates.joined(service="a.service_id", day=day)}
            WHERE {where} AND a.state = 'completed' AND NOT a.is_billed_elsewhere AND NOT EXISTS (
                SELECT 1 FROM billing_invoiceline line JOIN billing_invoice i ON i.id = line.invoice_id
                WHERE line.appointment_id = a.id AND i.voided_at IS NULL
                AND (i.credited_total <= 0 OR i.credited_total < ROUND(i.net_total + i.patient_paid, 2)))
        ) visit {agreed}
        GROUP BY practitioner_id, insurer, band"""  # nosec B608: names of our own


def _insurer(narrowed: ReportFilter) -> str:
    """Return the expression for the insurer on the day of a visit: "" is the client, UNCLEAR is for a person."""
    day = sql.uk_day("a.starts_at", until=narrowed.today)
    valid = f"((c.valid_from IS NULL OR c.valid_from <= {day}) AND (c.valid_to IS NULL OR c.valid_to >= {day}))"
    primary = f"({valid} AND c.is_primary)"
    return f"""(SELECT CASE WHEN COUNT(*) = 0 THEN ''
        WHEN SUM(CASE WHEN {primary} THEN 1 ELSE 0 END) = 1 THEN MIN(CASE WHEN {primary} THEN c.insurer_slug END)
        WHEN SUM(CASE WHEN {primary} THEN 1 ELSE 0 END) = 0 AND SUM(CASE WHEN {valid} THEN 1 ELSE 0 END) = 1
            THEN MIN(CASE WHEN {valid} THEN c.insurer_slug END)
        ELSE '{UNCLEAR}' END
        FROM clients_cover c WHERE c.client_id = a.client_id AND NOT c.entered_in_error)"""  # nosec B608: names of our own


def _name(slug: str) -> str:
    return "Not clear yet: two policies, or none, on the day" if slug == UNCLEAR else aged_debt.name(slug)


def report(narrowed: ReportFilter) -> Report:
    rows = unbilled(narrowed)
    names = dict(Practitioner.objects.filter(practice=narrowed.practice).values_list("pk", "name"))
    by_person = _table("By practitioner", "Practitioner", rows, lambda row: names[row.practitioner_id])
    by_insurer = _table("By who will be billed", "Billed to", rows, lambda row: _name(row.insurer))
    plot = plots.bars(
        "Unbilled visits by practitioner and age",
        "One bar for each practitioner; its parts are how long ago the visits were.",
        aged_debt.SERIES,
        [(str(row.cells[0]), row.cells[2 : 2 + len(aged_debt.BANDS)]) for row in by_person.rows],
    )
    without_claim = no_claim.unclaimed_of(narrowed)
    ordered = sorted(rows, key=lambda row: (names[row.practitioner_id], _name(row.insurer), row.band))
    file = Table(
        caption="",
        columns=[
            Column("Practitioner"),
            Column("Billed to"),
            Column("Age"),
            Column("Visits", COUNT),
            Column("Amount", POUNDS),
            *no_claim.FILE_COLUMNS,
        ],
        rows=[
            *(Row((*_named(row, names), row.visits, row.amount, 0, Decimal("0.00"), None)) for row in ordered),
            *no_claim.file_rows(without_claim, names),
        ],
    )
    count, amount = sum(row.visits for row in rows), sum((row.amount for row in rows), Decimal("0.00"))
    figures = [("Visits without an invoice", f"{count:,}"), ("Worth, before VAT", money.show(amount))]
    figures += _missed(narrowed) + no_claim.figures(without_claim)
    tables = [by_person, by_insurer, no_claim.table(narrowed, without_claim)]
    return Report(figures=figures, plot=plot, tables=[table for table in tables if table.rows], file=file)


def _missed(narrowed: ReportFilter) -> list[tuple[str, str]]:
    """Return what clients may be charged for missed and late-cancelled visits, nothing where there is none.

    It is told apart: nothing of it is billed to an insurer, and somebody decides about each visit.
    """
    if narrowed.insurer not in {"", CLIENT}:
        return []
    rows = missed_visits.to_charge(narrowed.practice)
    given = narrowed.values()
    wanted = {"starts_at__gte": given["first_at"], "starts_at__lt": given["before"]}
    wanted["practitioner"] = given["practitioner"]
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    charges = [charge for _, charge in missed_visits.with_charges(narrowed.practice, rows)]
    if not charges:
        return []
    amount = sum((charge.amount for charge in charges), Decimal("0.00"))
    return [("Missed or cancelled late, to the client", f"{len(charges):,}"), ("Their charge", money.show(amount))]


def _named(row: Unbilled, names: Mapping[UUID, str]) -> tuple[str, str, str]:
    return names[row.practitioner_id], _name(row.insurer), aged_debt.BANDS[row.band]


def _table(caption: str, first: str, rows: list[Unbilled], of: Callable[[Unbilled], str]) -> Table:
    groups: dict[str, list[Unbilled]] = {}
    for row in rows:
        groups.setdefault(of(row), []).append(row)
    cells = sorted(((name, *_cells(group)) for name, group in groups.items()), key=lambda cell: (-cell[-1], cell[0]))
    columns = [Column(first), Column("Visits", COUNT), *(Column(words, POUNDS) for words in aged_debt.BANDS)]
    sums = column_sums([cell[2:] for cell in cells], len(aged_debt.BANDS) + 1)
    return Table(
        caption=caption,
        columns=[*columns, Column("Together", POUNDS)],
        rows=[Row(cell) for cell in cells],
        total=("All", sum(row.visits for row in rows), *sums) if rows else (),
        source=FilteredList(ListName.UNBILLED_VISITS),
    )


def _cells(rows: list[Unbilled]) -> tuple[Any, ...]:
    bands = [
        sum((row.amount for row in rows if row.band == index), Decimal("0.00")) for index in range(len(aged_debt.BANDS))
    ]
    return (sum(row.visits for row in rows), *bands, sum(bands, Decimal("0.00")))
