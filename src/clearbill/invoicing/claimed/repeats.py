"""Treatments that more than one invoice asks for: the same visit, or else the same client, day and code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from clearbill.bill.lifecycle import BILLS_NOTHING
from clearbill.invoicing.claimed.claim_link import ClaimOfInvoice, current_claims
from clearbill.invoicing.models import Invoice, InvoiceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A line, by its place from 0, whose treatment `other` asks for too; `claim` is the current one of `other`."""

    place: int
    day: date
    other: Invoice
    claim: ClaimOfInvoice | None


def repeats(invoice: Invoice) -> list[Repeat]:
    """Return which lines of the invoice ask for a treatment that another invoice of the client asks for, in order.

    Two visits are two treatments. A line without a visit is the same treatment as any other of its day and code,
    whoever is billed; one of an imported invoice without a code is the same as any other of its day. An invoice that
    is void, or of which all was credited, counts while its claim stands; one that asks the client for a share of
    another never does.
    """
    lines = list(invoice.lines.all())
    others = _other_lines(invoice, lines)
    if not others:
        return []
    claims = current_claims({line.invoice_id: line.invoice for line in others}.values())
    found = []
    for place, line in enumerate(lines):
        same = {other.invoice_id: other for other in others if _is_same(line, other)}
        found += [
            Repeat(place=place, day=line.treated_on, other=other.invoice, claim=claims.get(other.invoice_id))
            for other in same.values()
            if _asks(other.invoice, claims.get(other.invoice_id))
        ]
    return found


def _other_lines(invoice: Invoice, lines: Iterable[InvoiceLine]) -> list[Any]:
    same = Q(treated_on__in={line.treated_on for line in lines})
    if visits := {line.appointment_id for line in lines if line.appointment_id}:
        same |= Q(appointment__in=visits)
    rows = InvoiceLine.objects.filter(same, invoice__client=invoice.client_id, invoice__share_of=None)
    return list(rows.exclude(invoice=invoice).select_related("invoice").order_by("invoice__number", "position"))


def _is_same(line: InvoiceLine, other: InvoiceLine) -> bool:
    if line.appointment_id and other.appointment_id:
        return line.appointment_id == other.appointment_id
    if line.treated_on != other.treated_on:
        return False
    return _is_any_treatment(line) or _is_any_treatment(other) or _code(line) == _code(other)


def _is_any_treatment(line: InvoiceLine) -> bool:
    """Return whether nothing but the day is known of what was treated: words of another system are not ours."""
    return line.invoice.is_imported and not line.item_code and not line.procedure_code


def _code(line: InvoiceLine) -> str:
    return "".join((line.item_code or line.procedure_code or line.description).split()).upper()


def _asks(invoice: Invoice, claim: ClaimOfInvoice | None) -> bool:
    if claim and claim.status not in BILLS_NOTHING:
        return True
    is_credited = 0 < invoice.credited_total >= invoice.net_total + invoice.patient_paid
    return invoice.voided_at is None and not is_credited
