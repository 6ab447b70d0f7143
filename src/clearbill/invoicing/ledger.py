"""The ledger of an invoice: the only module that writes entries, with the sums that follow. Pounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Round

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.problem import Refused
from clearbill.db import held_rows, statements
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.actor import Actor
from clearbill.people.models import Practice, User

REASON = "Claimed anew."


def reverse_shortfalls(actor: Actor, invoice: Invoice, *, number: str) -> None:
    """Take back what the insurer deducted, because the claim with this number asks for all of it again.

    Call inside a transaction that holds the invoice. Raises Refused where the client is asked for a part, or a
    part is written off.
    """
    standing = list(_standing(invoice).filter(source=LedgerEntry.INSURER).order_by("pk"))
    if not standing:
        return
    if share := invoice.shares.filter(voided_at=None).first():
        raise Refused(f"The client is asked for a part of it on invoice {share.number}. Void that one first.")
    given_up = _standing(invoice).exclude(source=LedgerEntry.INSURER).aggregate(sum=Sum("amount"))["sum"] or Decimal(
        "0.00"
    )
    if given_up:
        raise Refused(f"{money.show(-given_up)} of it is written off. Take that back first.")
    for entry in standing:
        post(
            invoice,
            kind=LedgerEntry.SHORT,
            amount=-entry.amount,
            on=uk_day(actor.now),
            source=LedgerEntry.INSURER,
            by=actor.user,
            now=actor.now,
            reference=number,
            reason=REASON,
            takes_back=entry,
        )


def restore_shortfalls(actor: Actor, invoice: Invoice, *, number: str) -> None:
    """Enter again what `reverse_shortfalls` took back for the claim with this number, which is cancelled.

    Call inside a transaction that holds the invoice. Raises Refused where so much is no longer open, as it is paid.
    """
    lifted = invoice.entries.filter(reference=number, reason=REASON).select_related("takes_back").order_by("pk")
    was = [entry.takes_back for entry in lifted if entry.takes_back]
    short, is_open = money.total(one.amount for one in was), open_amount(invoice)
    if was and short > is_open:
        raise Refused(
            f"{money.show(short)} was short before, and only {money.show(max(is_open, Decimal(0)))} is open by now: "
            "something was paid since. Take that payment back first, then cancel the claim."
        )
    post_many(
        [
            {
                "practice": invoice.practice_id,
                "invoice": invoice.pk,
                "at": actor.now,
                "on": uk_day(actor.now),
                "kind": LedgerEntry.SHORT,
                "source": LedgerEntry.INSURER,
                "amount": one.amount,
                "reference": one.reference,
                "reason": one.reason,
                "code": one.code,
                "advice": one.advice,
                "takes_back": None,
                "by": actor.user,
            }
            for one in was
        ]
    )


def _standing(invoice: Invoice) -> QuerySet[LedgerEntry]:
    return invoice.entries.filter(kind=LedgerEntry.SHORT, takes_back=None, taken_back_by=None)


SUMS = {
    LedgerEntry.PAID: "paid_total",
    LedgerEntry.SHORT: "short_total",
    LedgerEntry.WRITTEN_OFF: "written_off_total",
    LedgerEntry.CREDITED: "credited_total",
}

_SETS = ", ".join(f"{name} = round({name} + %({name})s, 2)" for name in SUMS.values())

_HOLD = f"""
    SELECT id FROM {Invoice._meta.db_table} WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"""  # nosec B608

_ADD = f"UPDATE {Invoice._meta.db_table} SET {_SETS} WHERE id = %(id)s"  # nosec B608: names of our own


def lock_invoice(practice: Practice, invoice: Invoice) -> Invoice:
    """Return the invoice as it is now, its row held until the transaction ends, so that its books have one writer.

    What holds an invoice and a claim of it holds the invoice first. Its key is not held: PostgreSQL looks at that when
    a transaction that changed a claim of it ends, and would wait for us while we wait for the claim.
    """
    row = Invoice.objects.select_for_update(no_key=True).get(practice=practice, pk=invoice.pk)
    held_rows.note([row.pk])
    return row


def hold_invoices(ids: Iterable[UUID]) -> None:
    """Hold the rows of these invoices as `lock_invoice` does, without reading them.

    On SQLite a transaction that writes holds the whole database.
    """
    keys = list(ids)
    if connection.features.has_select_for_update:
        statements.select(_HOLD, {"ids": keys})
    held_rows.note(keys)


def post(
    invoice: Invoice,
    *,
    kind: str,
    amount: Decimal,
    on: date,
    source: str,
    by: User | None,
    now: datetime,
    reference: str = "",
    reason: str = "",
    takes_back: LedgerEntry | None = None,
) -> LedgerEntry:
    """Write one entry, bring the sums of the invoice up to date, and return the entry.

    Call inside a transaction that holds the invoice's row: raises RowNotHeld without. Raises ValueError for an amount
    of nothing.
    """
    if not amount:
        raise ValueError("An entry of nothing says nothing.")
    held_rows.require([invoice.pk])
    entry = LedgerEntry.objects.create(
        practice_id=invoice.practice_id,
        invoice=invoice,
        at=now,
        on=on,
        kind=kind,
        source=source,
        amount=amount,
        reference=reference[:60],
        reason=reason[:300],
        takes_back=takes_back,
        by=by,
    )
    name = SUMS[kind]
    Invoice.objects.filter(pk=invoice.pk).update(**{name: Round(F(name) + amount, 2)})
    setattr(invoice, name, getattr(invoice, name) + amount)
    return entry


def post_many(entries: Sequence[Mapping[str, Any]]) -> None:
    """Write many entries, each given by all its fields' names, and bring the sums of their invoices up to date.

    Call inside a transaction that holds the invoices' rows: raises RowNotHeld without. Raises ValueError for an amount
    of nothing.
    """
    if not entries:
        return
    if not all(entry["amount"] for entry in entries):
        raise ValueError("An entry of nothing says nothing.")
    held_rows.require({entry["invoice"] for entry in entries})
    statements.insert_many(LedgerEntry, entries)
    sums: dict[Any, dict[str, Decimal]] = {}
    for entry in entries:
        added = sums.setdefault(entry["invoice"], dict.fromkeys(SUMS.values(), Decimal("0.00")))
        added[SUMS[entry["kind"]]] += entry["amount"]
    statements.execute_many(
        _ADD, [statements.to_database(Invoice, id=invoice, **added) for invoice, added in sums.items()]
    )


def delete_entries(invoices: Sequence[Invoice]) -> None:
    """Delete the entries of invoices that go away with them, because they were imported by mistake.

    Call inside a transaction that holds the invoices: raises RowNotHeld without.
    """
    keys = [invoice.pk for invoice in invoices]
    held_rows.require(keys)
    LedgerEntry.objects.filter(invoice__in=keys).delete()


def reverse(
    invoice: Invoice, entry: LedgerEntry, *, on: date, by: User | None, now: datetime, reason: str = ""
) -> LedgerEntry:
    """Write the entry that undoes this one and return it. Raises IntegrityError where it is already taken back.

    Call inside a transaction that holds the invoice.
    """
    return post(
        invoice,
        kind=entry.kind,
        amount=-entry.amount,
        on=on,
        source=entry.source,
        by=by,
        now=now,
        reference=entry.reference,
        reason=reason,
        takes_back=entry,
    )


def open_amount(invoice: Invoice) -> Decimal:
    """Return what is still expected on this invoice, pounds; negative where too much was paid. Nothing if void."""
    if invoice.voided_at:
        return Decimal("0.00")
    return invoice.net_total - sum((getattr(invoice, name) for name in SUMS.values()), Decimal("0.00"))
