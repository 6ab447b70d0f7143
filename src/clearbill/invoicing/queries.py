"""Reads of invoices: the list under its filter, one with all that its page shows, what is not invoiced yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from clearbill.appointments.models import Appointment
from clearbill.bill import money
from clearbill.clients.search.search_index import search
from clearbill.invoicing.claimed import outstanding
from clearbill.invoicing.claimed.claim_link import ClaimOfInvoice, current_claims, with_claim
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people.models import AuditEntry, Practice

NO_CLAIM = "none"

VOIDED = "voided the invoice"

SORTS = {
    "number": ("number",),
    "date": ("issued_on", "number"),
    "client": ("client__last_name", "client__first_name", "number"),
    "net": ("net_total", "number"),
    "claim": ("claim_status", "number"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """What a list of invoices is narrowed to. `claim` is a status or "none"; `paid` is "open", "paid" or "void".

    `place` is one of `outstanding.Place`: what something is owed on, by who has to move before it is paid.
    """

    claim: str = ""
    insurer: str = ""
    practitioner_id: UUID | None = None
    month: date | None = None
    place: str = ""
    paid: str = ""
    words: str = ""
    sort: str = "-date"


def invoices(practice: Practice) -> QuerySet[Any]:
    """Return the practice's invoices with `claim_status` and `claim_id` (None without a claim)."""
    return with_claim(Invoice.objects.filter(practice=practice).select_related("client", "practitioner"))


def listed(practice: Practice, wanted: InvoiceFilter, *, by_number_only: bool = False) -> QuerySet[Any]:
    """Return the invoices that fit the filter, in its order. An unknown sort is newest first.

    Words are looked for in all that a client is found by as well, unless `by_number_only`.
    """
    rows = _of_place(practice, wanted.place) if wanted.place else invoices(practice)
    if wanted.claim == NO_CLAIM:
        rows = rows.filter(claim_status=None, voided_at=None, is_imported=False).exclude(insurer_slug="")
    elif wanted.claim:
        rows = rows.filter(claim_status=wanted.claim)
    if wanted.insurer:
        rows = rows.filter(insurer_slug="" if wanted.insurer == "client" else wanted.insurer)
    if wanted.practitioner_id:
        rows = rows.filter(practitioner_id=wanted.practitioner_id)
    if wanted.month:
        rows = rows.filter(issued_on__year=wanted.month.year, issued_on__month=wanted.month.month)
    rows = _by_payment(rows, wanted.paid)
    if wanted.words and by_number_only:
        rows = rows.filter(number__icontains=wanted.words)
    elif wanted.words:
        rows = rows.filter(search(practice, wanted.words, client="client", own=lambda word: Q(number__icontains=word)))
    return _sorted(rows, wanted.sort)


def _of_place(practice: Practice, place: str) -> QuerySet[Any]:
    return outstanding.outstanding(practice).filter(place=place).select_related("client", "practitioner")


def _by_payment(rows: QuerySet[Any], paid: str) -> QuerySet[Any]:
    if paid == "open":
        return rows.filter(voided_at=None, open_total__gt=0)
    if paid == "paid":
        return rows.filter(voided_at=None, open_total__lte=0)
    return rows.exclude(voided_at=None) if paid == "void" else rows


def _sorted(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    downwards = sort.startswith("-")
    fields = SORTS.get(sort.lstrip("-"))
    if fields is None:
        fields, downwards = SORTS["date"], True
    ways = (F(name).desc(nulls_last=True) if downwards else F(name).asc(nulls_last=True) for name in fields)
    return rows.order_by(*ways)


def summary(rows: QuerySet[Any]) -> dict[str, Any]:
    """Return how many of these invoices are open and how much is open on them.

    Of one place of money alone: what is owed there, which is less where the client was asked for a part beforehand.
    """
    if "owed" in rows.query.annotations:
        return {"count": rows.count(), "amount": outstanding.owed_sum(rows)}
    sums = rows.filter(voided_at=None, open_total__gt=0).aggregate(count=Count("pk"), amount=Sum("open_total"))
    return {"count": sums["count"], "amount": (sums["amount"] or Decimal(0)).quantize(money.PENNY)}


def invoice(practice: Practice) -> QuerySet[Any]:
    """Return the practice's invoices with all that the invoice page shows."""
    return (
        invoices(practice)
        .select_related("client", "site", "practice", "share_of", "policy", "authorisation")
        .prefetch_related(
            "client__policies__authorisations",
            "lines",
            "entries__taken_back_by",
            "entries__credit_note",
            "entries__method",
        )
    )


def void_reason(practice: Practice, one: Invoice) -> str:
    """Return why the invoice was voided, in the words of whoever did it."""
    entry = AuditEntry.objects.filter(practice=practice, subject_id=str(one.pk), action=VOIDED).first()
    return str(entry.changes.get("reason", "")) if entry else ""


def unbilled(practice: Practice, *, client_id: UUID | None = None) -> QuerySet[Appointment]:
    """Return the completed visits that stand on no invoice, earliest first, without those invoiced in another system.

    An invoice that is void, or of which all was credited, does not count.
    """
    live = InvoiceLine.objects.live().filter(appointment=OuterRef("pk"))
    rows = (
        Appointment.objects.filter(practice=practice, state=Appointment.COMPLETED, is_billed_elsewhere=False)
        .filter(~Exists(live))
        .select_related("client", "practitioner__site", "service", "site")
        .prefetch_related("client__policies__authorisations", "service__rates")
        .order_by("client__last_name", "client__first_name", "client", "starts_at")
    )
    return rows.filter(client_id=client_id) if client_id else rows


@dataclass(frozen=True, slots=True)
class VisitInvoice:
    """The invoice that asks for a visit, with its current claim, if it has one."""

    invoice: Invoice
    claim: ClaimOfInvoice | None


def invoices_of_visits(visits: Iterable[Appointment]) -> dict[UUID, VisitInvoice]:
    """Return by the ids of these visits the invoice that asks for each, in two queries; others are left out."""
    lines = InvoiceLine.objects.live().filter(appointment__in=[visit.pk for visit in visits])
    found = {line.appointment_id: line.invoice for line in lines.select_related("invoice") if line.appointment_id}
    claims = current_claims(found.values())
    return {visit: VisitInvoice(invoice, claims.get(invoice.pk)) for visit, invoice in found.items()}


def months(practice: Practice) -> list[date]:
    """Return the first days of the months in which invoices were issued, newest first."""
    return list(Invoice.objects.filter(practice=practice).dates("issued_on", "month", order="DESC"))
