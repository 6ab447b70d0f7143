"""Read the facts of shortfalls for several invoices in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from clearbill.bill import deductions, money
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls.models import Decision, LiabilityOverride
from clearbill.money.shortfalls.shortfall import (
    DeductedEntry,
    Deduction,
    Shortfall,
    ShortfallFacts,
    deductions_by_key,
    shortfall_of,
)
from clearbill.people.models import Practice

AT_ONCE = 500

Ids = Sequence[UUID] | QuerySet[Any]

"""Of invoices: listed, or a query for them."""

STANDING = Q(takes_back=None, taken_back_by=None)

"""Entries that nobody has taken back."""


def shortfalls_on(invoice_ids: Sequence[UUID]) -> dict[UUID, Shortfall]:
    """Return the cards of these invoices to insurers, by invoice."""
    found = {}
    for start in range(0, len(invoice_ids), AT_ONCE):
        for invoice_id, facts in _facts(invoice_ids[start : start + AT_ONCE]).items():
            found[invoice_id] = shortfall_of(facts)
    return found


def deductions_on(invoices: Ids) -> dict[UUID, dict[str, Deduction]]:
    """Return what insurers deducted on these invoices, by invoice and key, lifted or not: four statements for all."""
    taken, verdicts = _taken(invoices), _verdicts(invoices)
    slugs = Invoice.objects.filter(pk__in=invoices).values_list("pk", "insurer_slug")
    return {pk: deductions_by_key(slug, taken[pk], verdicts[pk]) for pk, slug in slugs}


def shortfall_on(invoice: Invoice) -> Shortfall:
    """Return the card of one invoice, as its books stand now."""
    return shortfalls_on([invoice.pk])[invoice.pk]


def lock_with_shortfall(practice: Practice, invoice: Invoice) -> tuple[Invoice, Shortfall]:
    """Return the invoice as it is now and its card. Call inside a transaction: nobody else decides until it ends."""
    row = ledger.lock_invoice(practice, invoice)
    return row, shortfall_on(row)


def _facts(ids: Sequence[UUID]) -> dict[UUID, ShortfallFacts]:
    taken, decisions, verdicts, live = _taken(ids), _decisions(ids), _verdicts(ids), _shares(ids)
    rows = Invoice.objects.filter(pk__in=ids).values_list("pk", "insurer_slug", "short_total", "open_total")
    return {
        pk: ShortfallFacts(
            insurer_slug=slug,
            short=short,
            is_answered=open_total <= 0,
            taken=taken[pk],
            decisions=decisions[pk],
            verdicts=verdicts[pk],
            shares=live[pk],
        )
        for pk, slug, short, open_total in rows
    }


def _taken(ids: Ids) -> dict[UUID, list[DeductedEntry]]:
    entries = LedgerEntry.objects.filter(
        STANDING, invoice__in=ids, kind=LedgerEntry.SHORT, source=LedgerEntry.INSURER
    ).order_by("pk")
    said = _said(entries)
    found: dict[UUID, list[DeductedEntry]] = defaultdict(list)
    for invoice_id, code, words, amount, advice, on in entries.values_list(
        "invoice", "code", "reason", "amount", "advice", "on"
    ):
        key = deductions.key_of(code=code, words=words)
        found[invoice_id].append(
            DeductedEntry(code, words, amount, said.get((advice, key)), on, is_manual=advice is None)
        )
    return found


def _said(entries: QuerySet[LedgerEntry]) -> dict[tuple[Any, str], bool | None]:
    """Return whether the insurer says that the patient owes a deduction, by advice and key; it may say nothing."""
    advices = entries.order_by().exclude(advice=None).values("advice")
    found: dict[tuple[Any, str], bool | None] = {}
    for pk, lines in ClaimPayment.objects.filter(pk__in=advices).order_by().values_list("pk", "lines"):
        for one in (one for line in lines for one in line["deductions"]):
            key = deductions.key_of(code=one["code"], words=one["reason"])
            found[pk, key] = deductions.liable_together(found.get((pk, key)), one.get("patient_liable"))
    return found


def _decisions(ids: Sequence[UUID]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = defaultdict(list)
    for row in Decision.objects.filter(invoice__in=ids, undone_at=None).order_by("at", "created_at", "pk"):
        found[row.invoice_id].append(row)
    return found


def _verdicts(ids: Ids) -> dict[UUID, dict[str, LiabilityOverride]]:
    found: dict[UUID, dict[str, LiabilityOverride]] = defaultdict(dict)
    for row in LiabilityOverride.objects.filter(invoice__in=ids):
        found[row.invoice_id][row.key] = row
    return found


def _shares(ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Decimal]]:
    found: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    live = Invoice.objects.filter(share_of__in=ids, voided_at=None).annotate(asks=F("net_total") - F("credited_total"))
    for parent, pk, asks in live.order_by("created_at").values_list("share_of", "pk", "asks"):
        if parent:
            found[parent][pk] = asks.quantize(money.PENNY)
    return found
