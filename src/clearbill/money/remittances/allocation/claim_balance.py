"""A claim with its ledger balance, as an allocation needs it. Pounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform

from clearbill.bill import money
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Outbox
from clearbill.db import held_rows
from clearbill.invoicing.models import LedgerEntry


@dataclass(slots=True)
class ClaimBalance:
    """A claim that an advice may be about, with its client and how its books stand now; pounds.

    `membership_number` is the one that the claim was made with.
    `by_insurer` is what of `paid` the insurer paid. `status` follows the steps that are gathered, the claim's own
    those that are written. `waits_to_be_sent`: its bill is in the queue, because it never left or because Healthcode
    does not know it.
    """

    claim: Claim
    first_name: str
    last_name: str
    membership_number: str
    is_void: bool
    waits_to_be_sent: bool
    net: Decimal
    paid: Decimal
    short: Decimal
    written_off: Decimal
    credited: Decimal
    by_insurer: Decimal
    status: Status

    @property
    def open(self) -> Decimal:
        return self.net - self.credited - self.paid - self.short - self.written_off


def balance_of(claim: Claim) -> ClaimBalance | None:
    """Return how this claim stands, None where it is no longer the current one. Call as `balances_by_number`."""
    return balances_by_number(claim.practice_id, [claim.number]).get(claim.number)


def balances_by_number(practice_id: UUID, numbers: Sequence[str]) -> dict[str, ClaimBalance]:
    """Return the current claims of a practice that have these invoice numbers, by number.

    Call inside a transaction: their invoices are held until it ends, so that their books have one writer.
    """
    claims = list(_held(Claim.objects.filter(practice=practice_id, is_current=True, number__in=numbers)))
    held_rows.note(claim.invoice_id for claim in claims)
    # Only now do their books stand still.
    in_queue, by_insurer = _in_queue(claims), _paid_by_insurers(claims)
    return {
        claim.number: _standing(claim, claim.pk in in_queue, by_insurer.get(claim.invoice_id, Decimal(0)))
        for claim in claims
    }


def _held(claims: QuerySet[Claim]) -> QuerySet[Any]:
    """Return the claims with what `_standing` reads of each; their invoices are held as it is evaluated."""
    told = claims.exclude(status=Status.CANCELLED.value).annotate(
        first_name=F("invoice__client__first_name"),
        last_name=F("invoice__client__last_name"),
        membership_number=KeyTextTransform("registration_number", "bill__cover"),
    )
    held = told.select_related("invoice").select_for_update(of=("invoice",), no_key=True)
    return held.only(*_OF_CLAIM, *(f"invoice__{name}" for name in _OF_INVOICE)).order_by()


def _in_queue(claims: Sequence[Claim]) -> set[UUID]:
    """Return the keys of those whose bill waits to be sent."""
    waiting = Outbox.objects.filter(claim__in=[claim.pk for claim in claims], state=Outbox.READY)
    return set(waiting.order_by().values_list("claim_id", flat=True))


def _paid_by_insurers(claims: Sequence[Claim]) -> dict[UUID, Decimal]:
    """Return what insurers paid on each invoice of these claims, by the invoice's key; pounds."""
    paid = LedgerEntry.objects.filter(
        invoice__in=[claim.invoice_id for claim in claims], kind=LedgerEntry.PAID, source=LedgerEntry.INSURER
    )
    return dict(paid.order_by().values_list("invoice").annotate(sum=Sum("amount")))


def _standing(claim: Any, waits_to_be_sent: bool, by_insurer: Decimal) -> ClaimBalance:
    invoice = claim.invoice
    return ClaimBalance(
        claim=claim,
        first_name=claim.first_name,
        last_name=claim.last_name,
        membership_number=claim.membership_number or "",
        is_void=invoice.voided_at is not None,
        waits_to_be_sent=waits_to_be_sent,
        net=invoice.net_total,
        paid=invoice.paid_total,
        short=invoice.short_total,
        written_off=invoice.written_off_total,
        credited=invoice.credited_total,
        by_insurer=by_insurer.quantize(money.PENNY),
        status=Status(claim.status),
    )


# The rest is read when it is used.
_OF_CLAIM = (
    "invoice",
    "number",
    "insurer_slug",
    "status",
    "status_at",
    "version",
    "net_total",
    "clearing_bill_number",
)

_OF_INVOICE = ("net_total", "voided_at", "paid_total", "short_total", "written_off_total", "credited_total")
