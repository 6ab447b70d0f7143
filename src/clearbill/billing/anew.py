"""An insurer’s deductions when its invoice is claimed anew: they end with the claim they were made on."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from clearbill.bill import money
from clearbill.billing import books
from clearbill.billing.models import Entry, Invoice
from clearbill.billing.refusals import BillingRefused
from clearbill.diary.times import uk_day
from clearbill.people.models import User

REASON = "Claimed anew."


def lift(invoice: Invoice, *, number: str, by: User | None, now: datetime) -> None:
    """Take back what the insurer deducted, because the claim with this number asks for all of it again.

    Call inside a transaction that holds the invoice. Raises BillingRefused where the client is asked for a part, or a
    part is written off.
    """
    standing = list(_standing(invoice).filter(source=Entry.INSURER).order_by("pk"))
    if not standing:
        return
    if share := invoice.shares.filter(voided_at=None).first():
        raise BillingRefused(f"The client is asked for a part of it on invoice {share.number}. Void that one first.")
    given_up = _standing(invoice).exclude(source=Entry.INSURER).aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
    if given_up:
        raise BillingRefused(f"{money.show(-given_up)} of it is written off. Take that back first.")
    for entry in standing:
        books.post(
            invoice, kind=Entry.SHORT, amount=-entry.amount, on=uk_day(now), source=Entry.INSURER, by=by, now=now,
            reference=number, reason=REASON, takes_back=entry,
        )  # fmt: skip


def lay_back(invoice: Invoice, *, number: str, by: User | None, now: datetime) -> None:
    """Enter again what `lift` took back for the claim with this number, which is cancelled.

    Call inside a transaction that holds the invoice.
    """
    lifted = invoice.entries.filter(reference=number, reason=REASON).select_related("takes_back").order_by("pk")
    was = [entry.takes_back for entry in lifted if entry.takes_back]
    books.post_many(
        [
            {
                "practice": invoice.practice_id, "invoice": invoice.pk, "at": now, "on": uk_day(now),
                "kind": Entry.SHORT, "source": Entry.INSURER, "amount": one.amount,
                "reference": one.reference, "reason": one.reason, "code": one.code,
                "advice": one.advice, "takes_back": None, "by": by,
            }
            for one in was
        ]
    )  # fmt: skip


def _standing(invoice: Invoice) -> QuerySet[Entry]:
    return invoice.entries.filter(kind=Entry.SHORT, takes_back=None, taken_back_by=None)
