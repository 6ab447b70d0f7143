"""What a person does with a bank line: match it, undo that, ignore it; and take back what was matched with one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction

from clearbill.bill import money
from clearbill.bill.problem import Refused
from clearbill.invoicing import payments
from clearbill.invoicing.models import Invoice, LedgerEntry, Method
from clearbill.money.bank import auto_match, outstanding
from clearbill.money.bank import auto_match as bank_auto_match
from clearbill.money.bank.models import BankLine, BankReceipt, IgnoreRule, Match
from clearbill.money.remittances import reversal
from clearbill.money.remittances.models import Remittance
from clearbill.people.actor import Actor
from clearbill.people.models import Practice

MOVED = "Somebody has settled this meanwhile; see what happened. Nothing was changed."

OPEN = (BankLine.NEW, BankLine.ASIDE)


def match_payments(actor: Actor, *, lines: Sequence[BankLine], payments: Sequence[Remittance]) -> None:
    """Match one line with several payments, or one payment with several lines. Raises Refused.

    One with one takes the smaller of the two sums; where there are several, all of each is taken.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        held = _held(actor.practice, lines)
        rows = list(
            outstanding.with_outstanding(actor.practice)
            .filter(pk__in=[one.pk for one in payments])
            .order_by("paid_on", "pk")
        )
        if not held or not rows or len(held) != len(lines) or len(rows) != len(payments):
            raise Refused(MOVED)
        parts = _parts(held, rows)
        auto_match.create_matches(actor, parts)
        for line, pk, amount in parts:
            reference = next(one.payment_reference for one in rows if one.pk == pk)
            _audit(actor, "matched a bank line", line, {"payment": reference, "amount": amount})


def match_entry(actor: Actor, *, line: BankLine, entry: LedgerEntry) -> None:
    """Match a line with a payment of a patient that is in the books already. Raises Refused."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        held = _held_one(actor.practice, line)
        row = (
            LedgerEntry.objects.select_for_update(of=("self",))
            .select_related("invoice")
            .get(practice=actor.practice, pk=entry.pk)
        )
        is_gone = row.takes_back_id or LedgerEntry.objects.filter(takes_back=row).exists()
        if held is None or is_gone or Match.objects.filter(entry=row, undone_at=None).exists():
            raise Refused(MOVED)
        if row.kind != LedgerEntry.PAID or row.source != LedgerEntry.PATIENT:
            raise Refused("This is not a payment of a patient.")
        if not 0 < row.amount <= held.open:
            raise Refused(f"The payment is {money.show(row.amount)}, more than is left of this line.")
        _match_entry(actor, held, row, is_recorded=False)
        said = {"invoice": row.invoice.number, "amount": row.amount}
        _audit(actor, "matched a bank line", held, said)


def record_patient_payment(actor: Actor, *, line: BankLine, invoice: Invoice) -> LedgerEntry:
    """Record what is left of a line as paid by the patient on this invoice. Raises Refused."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        held = _held_one(actor.practice, line)
        if held is None:
            raise Refused(MOVED)
        if held.open <= 0:
            raise Refused("This is money out, so no patient has paid it.")
        entry = payments.record_payment(
            actor,
            invoice=invoice,
            amount=held.open,
            received_on=held.on,
            source=LedgerEntry.PATIENT,
            reference=(held.reference or held.description)[:60].strip(),
            method=Method.TRANSFER,
        )
        _match_entry(actor, held, entry, is_recorded=True)
    return entry


def undo(actor: Actor, *, group: UUID) -> None:
    """Undo a match, with those made together with it; a payment recorded from the line is taken back.

    Raises Refused where it is undone already.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        matches = auto_match.undo_group(actor, group)
        if not matches:
            raise Refused(MOVED)
        for one in matches:
            _audit(actor, "undid a match of a bank line", one.line, {"amount": one.amount})


def reverse_payment(actor: Actor, *, entry: LedgerEntry) -> Invoice:
    """Take back a payment that was entered on an invoice by mistake, and return the invoice.

    A line of the bank that was matched with it is to be explained anew. A second click does nothing. Raises Refused.
    """
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        invoice = reversal.reverse_payment(actor, entry=entry)
        match = Match.objects.select_related("line").filter(entry=entry, undone_at=None).first()
        if match is not None:
            auto_match.undo_group(actor, match.group)
            _audit(actor, "undid a match of a bank line", match.line, {"amount": match.amount})
    return invoice


def ignore_line(actor: Actor, *, line: BankLine, reason: str, is_usual: bool = False) -> int:
    """Set a line aside, or what is left of it, with a reason; with `is_usual` every other line like it too.

    Returns how many lines were set aside. Raises Refused.
    """
    if not reason.strip():
        raise Refused("Say why it is set aside.")
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row = _held_one(actor.practice, line)
        if row is None or row.state != BankLine.NEW:
            raise Refused(MOVED)
        if is_usual and len(row.words) < 3:
            raise Refused("This line has no words by which others like it could be known. Set it aside alone.")
        row.state, row.aside_reason = BankLine.ASIDE, reason.strip()[:300]
        row.aside_at, row.aside_by = actor.now, actor.user
        row.save(update_fields=["state", "aside_reason", "aside_at", "aside_by"])
        _audit(actor, "set a bank line aside", row, {"reason": reason.strip(), "and_like_it": is_usual})
        if not is_usual:
            return 1
        IgnoreRule.objects.update_or_create(
            practice=actor.practice,
            words=row.words,
            is_money_in=row.amount > 0,
            defaults={"reason": row.aside_reason, "by": actor.person},
        )
        return 1 + bank_auto_match.apply_ignore_rules(actor.practice, now=actor.now)


def unignore_line(actor: Actor, *, line: BankLine) -> None:
    """Put a line that was set aside back into the queue. Raises Refused."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row = _held_one(actor.practice, line)
        if row is None or row.state != BankLine.ASIDE:
            raise Refused(MOVED)
        row.state, row.aside_reason, row.aside_at, row.aside_by = BankLine.NEW, "", None, None
        row.save(update_fields=["state", "aside_reason", "aside_at", "aside_by"])
        _audit(actor, "brought a bank line back", row, {})


def delete_ignore_rule(actor: Actor, *, usual_line: IgnoreRule) -> int:
    """Forget that lines like this are usual, bring back those it set aside, and return how many."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        lines = BankLine.objects.filter(
            practice=actor.practice, state=BankLine.ASIDE, aside_by=None, matched=0, words=usual_line.words
        )
        lines = lines.filter(amount__gt=0) if usual_line.is_money_in else lines.filter(amount__lt=0)
        count = lines.update(state=BankLine.NEW, aside_reason="", aside_at=None)
        IgnoreRule.objects.filter(practice=actor.practice, pk=usual_line.pk).delete()
        said = {"words": usual_line.words, "brought_back": count}
        actor.audit("stopped setting lines aside", usual_line, label="Usual bank lines", changes=said)
    return count


def stop_expecting(actor: Actor, *, payment: Remittance, reason: str) -> None:
    """Say that the bank will not see this payment, or not the rest of it, and why. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why the bank will not see it.")
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        row, _ = BankReceipt.objects.get_or_create(
            remittance=payment, defaults={"practice": actor.practice, "amount": payment.amount}
        )
        if row.aside_at or row.arrived == payment.amount:
            raise Refused(MOVED)
        row.aside_reason, row.aside_at, row.aside_by = reason.strip()[:300], actor.now, actor.user
        row.save()
        said = {"reason": row.aside_reason, "not_seen": payment.amount - row.arrived}
        actor.audit("stopped waiting for a payment", payment, changes=said)


def expect_again(actor: Actor, *, payment: Remittance) -> None:
    """Wait for the payment again. Raises Refused."""
    with transaction.atomic():
        auto_match.lock_practice(actor.practice)
        changed = BankReceipt.objects.filter(
            practice=actor.practice, remittance=payment, aside_at__isnull=False
        ).update(aside_reason="", aside_at=None, aside_by=None)
        if not changed:
            raise Refused(MOVED)
        actor.audit("waits for a payment again", payment)


def _parts(
    lines: Sequence[BankLine], payments: Sequence[outstanding.OutstandingRemittance]
) -> list[tuple[BankLine, UUID, Decimal]]:
    """Return which line is how much of which payment. Raises Refused."""
    if len(lines) > 1 and len(payments) > 1:
        raise Refused("Match several payments with one line, or several lines with one payment.")
    came, announced = money.total(line.open for line in lines), money.total(one.left for one in payments)
    if not came or not announced:
        raise Refused(MOVED)
    if (came > 0) != (announced > 0):
        raise Refused("One is money in and the other money that is taken back.")
    if len(lines) == len(payments) == 1:
        return [(lines[0], payments[0].pk, min(came, announced, key=abs))]
    if abs(announced) > abs(came) and len(payments) > 1:
        raise Refused(f"The payments come to {money.show(announced)}, more than the line’s {money.show(came)}.")
    if abs(came) > abs(announced) and len(lines) > 1:
        raise Refused(f"The lines come to {money.show(came)}, more than the payment’s {money.show(announced)}.")
    if len(lines) > 1:
        return [(line, payments[0].pk, line.open) for line in lines]
    return [(lines[0], one.pk, one.left) for one in payments if one.left]


def _match_entry(actor: Actor, line: BankLine, entry: LedgerEntry, *, is_recorded: bool) -> None:
    Match.objects.create(
        practice=actor.practice,
        line=line,
        entry=entry,
        group=uuid4(),
        amount=entry.amount,
        at=actor.now,
        by=actor.user,
        is_recorded=is_recorded,
    )
    auto_match.add_to_lines([line], [(line.pk, entry.amount)])


def _held(practice: Practice, lines: Sequence[BankLine]) -> list[BankLine]:
    """Return the lines that still have something to explain; all of them or none."""
    rows = BankLine.objects.filter(practice=practice, pk__in=[line.pk for line in lines])
    held = list(rows.filter(state__in=OPEN).order_by("on", "pk"))
    return held if len(held) == len(lines) else []


def _held_one(practice: Practice, line: BankLine) -> BankLine | None:
    return next(iter(_held(practice, [line])), None)


def _audit(actor: Actor, action: str, line: BankLine, changes: dict[str, object]) -> None:
    actor.audit(action, line, changes=changes)
