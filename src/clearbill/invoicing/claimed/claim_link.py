"""The one place at which invoicing looks up at claims: the current claim of an invoice, known by number and status.

Claims stand above invoices and import them; the relation they have to an invoice is read here and nowhere else below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet

from clearbill.bill.lifecycle import Status
from clearbill.invoicing.models import Invoice


class ClaimOfInvoice(Protocol):
    """What invoicing may know of a claim. `status` is one of `bill.lifecycle.Status` as text."""

    @property
    def pk(self) -> Any: ...

    @property
    def invoice_id(self) -> UUID: ...

    @property
    def number(self) -> str: ...

    @property
    def status(self) -> str: ...


def current_claim(invoice: Invoice) -> ClaimOfInvoice | None:
    """Return the claim of the invoice that counts now, None where it has none."""
    return invoice.claims.filter(is_current=True).first()


def current_claims(invoices: Iterable[Invoice]) -> dict[UUID, ClaimOfInvoice]:
    """Return the claims that count now by the ids of these invoices, in one query; those without are left out."""
    claims: Any = Invoice._meta.get_field("claims").related_model
    rows = claims._default_manager.filter(invoice__in=[invoice.pk for invoice in invoices], is_current=True)
    return {row.invoice_id: row for row in rows}


def mark_claims_stale(invoice: Invoice, *, but_for: UUID | None = None) -> None:
    """Note on the claims of the invoice's client that wait to be submitted that they are to be checked again.

    They may differ from their invoice by now, or ask for what another invoice asks for. `but_for` is a claim that
    its caller checks itself. Call in the transaction of the change.
    """
    claims: Any = Invoice._meta.get_field("claims").related_model
    waiting = claims._default_manager.filter(invoice__client=invoice.client_id, status=Status.CREATED.value)
    waiting.filter(is_stale=False).exclude(pk=but_for).update(is_stale=True)


def waiting_claims(client_id: UUID) -> list[ClaimOfInvoice]:
    """Return the claims of the client's invoices that wait to be submitted, by number."""
    claims: Any = Invoice._meta.get_field("claims").related_model
    rows = claims._default_manager.filter(invoice__client=client_id, status=Status.CREATED.value, is_current=True)
    return list(rows.order_by("number"))


def with_claim(rows: QuerySet[Invoice]) -> QuerySet[Any]:
    """Return the invoices with `claim_status` and `claim_id` of the claim that counts now, None without one."""
    return rows.annotate(current=FilteredRelation("claims", condition=Q(claims__is_current=True))).annotate(
        claim_status=F("current__status"), claim_id=F("current__id")
    )
