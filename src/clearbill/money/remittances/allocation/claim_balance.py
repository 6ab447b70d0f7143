"""A claim that a payment may be about, as it and its books stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from clearbill.bill import money
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim, Outbox
from clearbill.clients.models import Client, Cover
from clearbill.db import held_rows, statements
from clearbill.invoicing.models import Invoice, LedgerEntry


@dataclass(slots=True)
class ClaimBalance:
    """A claim that an advice may be about, with its client and how its books stand now; pounds.

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
    marks = ", ".join(f"%(n{index})s" for index in range(len(numbers)))
    hold = " FOR NO KEY UPDATE OF invoice" if connection.features.has_select_for_update else ""
    given = {f"n{index}": number for index, number in enumerate(numbers)}
    found = statements.select(
        _CLAIMS.format(marks=marks) + hold, {**statements.to_database(Claim, practice=practice_id), **given}
    )
    standings = [_standing(values) for values in found]
    held_rows.note(standing.claim.invoice_id for standing in standings)
    return {standing.claim.number: standing for standing in standings}


def _standing(values: Sequence[Any]) -> ClaimBalance:
    claim, rest = _CLAIM.row(values[: len(_CLAIM)]), values[len(_CLAIM) :]
    net, voided_at, paid, short, written_off, credited = _INVOICE.read(rest[: len(_INVOICE)])
    first_name, last_name, membership_number, waits_to_be_sent, by_insurer = rest[len(_INVOICE) :]
    return ClaimBalance(
        claim=claim,
        first_name=first_name,
        last_name=last_name,
        membership_number=membership_number or "",
        is_void=voided_at is not None,
        waits_to_be_sent=bool(waits_to_be_sent),
        net=net,
        paid=paid,
        short=short,
        written_off=written_off,
        credited=credited,
        by_insurer=Decimal(str(by_insurer or 0)).quantize(money.PENNY),
        status=Status(claim.status),
    )


_CLAIM = statements.Columns(
    Claim,
    "id",
    "invoice",
    "number",
    "insurer_slug",
    "status",
    "status_at",
    "version",
    "net_total",
    "clearing_bill_number",
    table="claim",
)

_INVOICE = statements.Columns(
    Invoice,
    "net_total",
    "voided_at",
    "paid_total",
    "short_total",
    "written_off_total",
    "credited_total",
    table="invoice",
)

_CLAIMS = f"""
    SELECT {_CLAIM}, {_INVOICE}, client.first_name, client.last_name, cover.membership_number, EXISTS (
        SELECT 1 FROM {Outbox._meta.db_table} bill WHERE bill.claim_id = claim.id AND bill.state = '{Outbox.READY}'), (
        SELECT sum(entry.amount) FROM {LedgerEntry._meta.db_table} entry
        WHERE entry.invoice_id = invoice.id
        AND entry.kind = '{LedgerEntry.PAID}' AND entry.source = '{LedgerEntry.INSURER}')
    FROM {Claim._meta.db_table} claim
    JOIN {Invoice._meta.db_table} invoice ON invoice.id = claim.invoice_id
    JOIN {Client._meta.db_table} client ON client.id = invoice.client_id
    LEFT JOIN {Cover._meta.db_table} cover ON cover.client_id = client.id
    WHERE claim.practice_id = %(practice)s AND claim.is_current AND claim.status <> '{Status.CANCELLED.value}'
    AND claim.number IN ({{marks}})"""  # nosec B608: names of our own
