"""Report: billed, credited and paid by practitioner and service, month by month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from clearbill.bill import money
from clearbill.db import sql
from clearbill.reports import filters, plots
from clearbill.reports.filters import ReportFilter
from clearbill.reports.tables import POUNDS, Column, FilteredList, ListName, Report, Row, Table, column_sums
from clearbill.workspace.models import Practitioner, Service

SERIES = [plots.Series("Billed", "s1"), plots.Series("Paid", "s0")]

KINDS = ("Billed", "Credited", "Paid")

ALL_SERVICES = "All services"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Income:
    """Pounds of one month ("2026-11") for one service by one practitioner; `amounts` are in the order of KINDS."""

    practitioner: str
    service: str
    month: str
    amounts: tuple[Decimal, ...]


def income(narrowed: ReportFilter) -> list[Income]:
    """Return the income by practitioner, service and month, VAT included where it applies.

    A payment counts on its day, for the services of its invoice in proportion; one on a share for the services of the
    invoice that it is a part of. Parts of a penny are rounded so that all add up to what was paid.
    """
    values = narrowed.values()
    billed = [
        (key[:4], (amount, 0, paid)) for *key, amount, paid in sql.select_named(billed_statement(narrowed), **values)
    ]
    moved = [
        (key[:4], (0, credited, paid)) for *key, credited, paid in sql.select_named(paid_statement(narrowed), **values)
    ]
    people = dict(Practitioner.objects.filter(practice=narrowed.practice).values_list("pk", "name"))
    services = dict(Service.objects.filter(practice=narrowed.practice).values_list("pk", "name"))
    found: dict[Key, list[Decimal]] = {}
    for (person, service, words, month), amounts in [*billed, *moved]:
        named = services[_uuid(service)] if service else words
        key = (people[_uuid(person)], named if narrowed.tells_services else ALL_SERVICES, month)
        sums = found.setdefault(key, [Decimal(0)] * len(KINDS))
        for index, amount in enumerate(amounts):
            sums[index] += Decimal(amount or 0)
    keys = sorted(found)
    columns = [_to_the_penny(found[key][index] for key in keys) for index in range(len(KINDS))]
    return [
        Income(*key, amounts) for key, amounts in zip(keys, zip(*columns, strict=True), strict=True) if any(amounts)
    ]


def billed_statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: practitioner, service, words without one, month, pennies billed, pennies paid at the visit."""
    where = narrowed.where(
        practice="o.practice_id", day="o.issued_on", insurer="o.insurer_slug", practitioner="o.practitioner_id"
    )
    return f"""
        SELECT {_SERVICE}, {sql.month("o.issued_on")}, {sql.sum_pence("line.net")},
            SUM(100 * o.patient_paid * {_PART})
        FROM billing_invoice o JOIN billing_invoiceline line ON line.invoice_id = o.id {_VISIT}
        WHERE {where} AND o.voided_at IS NULL AND o.share_of_id IS NULL
        GROUP BY 1, 2, 3, 4"""  # nosec B608: names of our own


def paid_statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: practitioner, service, words without one, month, pennies credited, pennies paid."""
    where = narrowed.where(
        practice="e.practice_id", day='e."on"', insurer="o.insurer_slug", practitioner="o.practitioner_id"
    )
    return f"""
        SELECT {_SERVICE}, {sql.month('e."on"')},
            SUM(CASE WHEN e.kind = 'credited' AND i.share_of_id IS NULL THEN 100 * e.amount * {_PART} ELSE 0 END),
            SUM(CASE WHEN e.kind = 'paid' THEN 100 * e.amount * {_PART} ELSE 0 END)
        FROM billing_entry e JOIN billing_invoice i ON i.id = e.invoice_id
        JOIN billing_invoice o ON o.id = COALESCE(i.share_of_id, i.id)
        JOIN billing_invoiceline line ON line.invoice_id = o.id {_VISIT}
        WHERE {where} AND e.kind IN ('paid', 'credited') AND i.voided_at IS NULL
        GROUP BY 1, 2, 3, 4"""  # nosec B608: names of our own


# `o` is the invoice that asks, `line` each of its lines, `visit` what the line is of, if it is of any.
_VISIT = "LEFT JOIN diary_appointment visit ON visit.id = line.appointment_id"

MISSED = "Missed or cancelled late"

_SERVICE = f"""o.practitioner_id, line.service_id, CASE WHEN line.service_id IS NOT NULL THEN ''
    WHEN visit.state IN ('missed', 'cancelled') THEN '{MISSED}' ELSE line.description END"""

_WHOLE = "(o.net_total + o.patient_paid)"

_PART = (
    f"(CASE WHEN {_WHOLE} = 0 THEN CASE WHEN line.position = 1 THEN 1 ELSE 0 END ELSE 1.0 * line.net / {_WHOLE} END)"
)


def report(narrowed: ReportFilter) -> Report:
    rows = income(narrowed)
    kinds = [Column(words, POUNDS) for words in KINDS]
    sums = _sums((row.month, row.amounts) for row in rows)
    counted = [(month, sums.get(month, _together([]))) for month in filters.every_month(sums)]
    pairs = _sums(((row.practitioner, row.service), row.amounts) for row in rows)
    total = _together(row.amounts for row in rows)
    by_service = Table(
        caption="By practitioner and service",
        columns=[Column("Practitioner"), Column("Service"), *kinds],
        rows=[Row((*pair, *amounts)) for pair, amounts in sorted(pairs.items())],
        total=("All", "", *total) if rows else (),
    )
    by_month = Table(
        caption="By month",
        columns=[Column("Month"), *kinds],
        rows=[Row((filters.words(month), *amounts), _source(narrowed, month)) for month, amounts in counted],
        total=("All", *total) if rows else (),
    )
    file = Table(
        caption="",
        columns=[Column("Month"), Column("Practitioner"), Column("Service"), *kinds],
        rows=[
            Row((row.month, row.practitioner, row.service, *row.amounts))
            for row in sorted(rows, key=lambda row: (row.month, row.practitioner, row.service))
        ],
    )
    plot = plots.columns(
        "Billed and paid by month",
        "Two columns for each month: what was billed in it, and what was paid in it, whenever it was billed.",
        SERIES,
        [(filters.labels(month), (amounts[0], amounts[2])) for month, amounts in counted[-filters.LONGEST_PLOT :]],
        show=lambda value: money.show(value).removesuffix(".00"),
    )
    figures = [("Billed", money.show(total[0])), ("Paid", money.show(total[2]))]
    return Report(figures=figures, plot=plot, tables=[by_service, by_month], file=file)


def _sums(rows: Iterable[tuple[Any, Sequence[Decimal]]]) -> dict[Any, list[Decimal]]:
    groups: dict[Any, list[Sequence[Decimal]]] = {}
    for key, amounts in rows:
        groups.setdefault(key, []).append(amounts)
    return {key: _together(several) for key, several in groups.items()}


def _together(rows: Iterable[Sequence[Decimal]]) -> list[Decimal]:
    return column_sums(rows, len(KINDS))


def _to_the_penny(parts: Iterable[Decimal]) -> list[Decimal]:
    """Return these pennies in pounds, each rounded so that all together are what they come to exactly."""
    rounded, reached, given = [], Decimal(0), Decimal("0.00")
    for part in parts:
        reached += part
        upto = (reached / 100).quantize(money.PENNY, rounding=ROUND_HALF_UP)
        rounded.append(upto - given)
        given = upto
    return rounded


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _source(narrowed: ReportFilter, month: str) -> FilteredList:
    return FilteredList(ListName.INVOICES, narrowed.for_list(month=month))
