"""Credit notes: what may be credited of an invoice, and the note with its own number, which stays for good.

An invoice to the client can be credited at any time. One to an insurer only before it was claimed or when its claim
has come to an end: a bill that the insurer has stays as it was sent. One that can still be changed or void need not
be credited, but may be: it is the same for the client who holds a copy of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Sum

from clearbill.bill import money
from clearbill.bill.dates import uk_day
from clearbill.bill.lifecycle import SETTLED
from clearbill.bill.money import ZERO
from clearbill.bill.problem import Refused
from clearbill.db.number_sequences import next_number
from clearbill.invoicing import cover, ledger, patient_share_limits
from clearbill.invoicing.claimed.claim_link import current_claim
from clearbill.invoicing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, IssuedPaper, LedgerEntry
from clearbill.invoicing.papers import issued
from clearbill.people.actor import Actor
from clearbill.people.models import User

FIRST_NUMBER = 10000


@dataclass(frozen=True, slots=True)
class CreditableLine:
    """What of a line was not credited yet: `amount` pounds, of which `vat` is VAT."""

    line: InvoiceLine
    amount: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Credit:
    """A part of one line to be credited: `amount` pounds, of which `vat` is VAT."""

    line: InvoiceLine
    amount: Decimal
    vat: Decimal


def create(
    actor: Actor, *, invoice: Invoice, amounts: Mapping[int, Decimal], reason: str, credit_note_id: UUID | None = None
) -> CreditNote:
    """Make a credit note of these amounts, VAT included, by the ids of the invoice's lines; it cannot be undone.

    A form sent twice with the same `credit_note_id` makes one. Raises Refused.
    """
    if not reason.strip():
        raise Refused("Say why it is credited; the client reads it.")
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, invoice)
        if credit_note_id and (there := row.credit_notes.filter(pk=credit_note_id).first()):
            return there
        credits = credits_of(row, amounts)
        total = money.total(credit.amount for credit in credits)
        number = f"CN{FIRST_NUMBER + next_number(actor.practice, 'credit note')}"
        entry = ledger.post(
            row,
            kind=LedgerEntry.CREDITED,
            amount=total,
            on=uk_day(actor.now),
            source=LedgerEntry.PRACTICE,
            by=actor.user,
            now=actor.now,
            reference=number,
            reason=reason.strip(),
        )
        made = _write(row, entry, credits, actor.user, credit_note_id)
        issued.issue(actor, issued.credit_note_now(made))
        changes = {"credit_note": number, "amount": total, "reason": reason.strip()}
        actor.audit("made a credit note", row, changes=changes)
        if row.share_of_id:
            cover.count_excess(actor, [row.share_of_id])
    return made


def _write(
    row: Invoice, entry: LedgerEntry, credits: Sequence[Credit], by: User | None, credit_note_id: UUID | None
) -> CreditNote:
    free = credit_note_id is not None and not CreditNote.objects.filter(pk=credit_note_id).exists()
    made = CreditNote.objects.create(
        id=credit_note_id if free else uuid4(),
        practice_id=row.practice_id,
        number=entry.reference,
        invoice=row,
        issued_on=entry.on,
        reason=entry.reason,
        total=entry.amount,
        vat_total=money.total(credit.vat for credit in credits),
        entry=entry,
        by=by,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(credit_note=made, line=credit.line, amount=credit.amount, vat=credit.vat) for credit in credits
    )
    return made


def reissue(actor: Actor, *, credit_note: CreditNote) -> IssuedPaper:
    """Issue the next edition of the credit note, with client and practice as they are today; its amounts stay.

    Raises Refused where nothing that stands on it has changed.
    """
    with transaction.atomic():
        row = ledger.lock_invoice(actor.practice, credit_note.invoice)
        return issued.reissue(actor, row, issued.credit_note_now(credit_note))


def reason_not_creditable(invoice: Invoice) -> str:
    """Return the sentence on why nothing of this invoice can be credited, or "" where something can."""
    if invoice.voided_at:
        return "This invoice is void, so there is nothing to credit."
    claim = current_claim(invoice)
    if claim and claim.status not in SETTLED:
        return (
            f"Its claim is “{claim.status}”: a bill that goes to the insurer stays as it is. Credit it when the claim "
            "has come to an end."
        )
    return "" if creditable(invoice) > 0 else "Nothing is left to credit on this invoice."


def creditable(invoice: Invoice) -> Decimal:
    """Return the most that can be credited, pounds.

    To the client, all that was neither credited nor given up, what was paid at the visit with it; where it is paid,
    money goes back. To an insurer, what is open and nobody asks of the client instead.
    """
    if invoice.insurer_slug:
        return max(ZERO, min(ledger.open_amount(invoice), patient_share_limits.max_patient_share(invoice)))
    whole = invoice.net_total + invoice.patient_paid
    return max(ZERO, whole - invoice.credited_total - invoice.short_total - invoice.written_off_total)


def would_free_visits(invoice: Invoice, amount: Decimal) -> bool:
    """Return whether the visits on it could be invoiced again once this is credited too: all of it is then (`live`)."""
    whole = invoice.net_total + invoice.patient_paid
    return invoice.credited_total + amount >= whole and invoice.lines.exclude(appointment=None).exists()


def creditable_lines(invoice: Invoice) -> list[CreditableLine]:
    """Return what of each line was not credited yet, in the invoice's order."""
    rows = invoice.lines.annotate(gone=Sum("credits__amount"), gone_vat=Sum("credits__vat"))
    return [
        CreditableLine(line, _pennies(line.net - (line.gone or 0)), _pennies(line.vat - (line.gone_vat or 0)))
        for line in rows
    ]


def spread_over_lines(amount: Decimal, over: Sequence[CreditableLine]) -> dict[int, Decimal]:
    """Return the amount spread over the lines in proportion to what is left of each; they add up to it exactly.

    Raises Refused where it is more than all of them.
    """
    room = money.total(one.amount for one in over)
    if amount > room:
        raise Refused(f"{money.show(room)} is left on the lines.")
    shares: dict[int, Decimal] = {}
    given, reached = ZERO, ZERO
    for one in over:
        # What all lines so far should have, less what they got: no penny is lost, none is given twice.
        reached += one.amount
        share = _pennies(amount * reached / room) - given if room else ZERO
        given += share
        if share:
            shares[one.line.pk] = share
    return shares


def credits_of(invoice: Invoice, amounts: Mapping[int, Decimal]) -> list[Credit]:
    """Return what these amounts, by the ids of lines, credit, each with its VAT. Raises Refused."""
    if sentence := reason_not_creditable(invoice):
        raise Refused(sentence)
    there = {one.line.pk: one for one in creditable_lines(invoice)}
    wanted = {pk: amount for pk, amount in amounts.items() if amount}
    if not wanted:
        raise Refused("Say how much is credited.")
    if any(pk not in there for pk in wanted) or min(wanted.values()) < 0:
        raise Refused("One of these lines is not on this invoice. Open the page again.")
    for pk, amount in wanted.items():
        if amount > there[pk].amount:
            of = there[pk].line.description
            raise Refused(f"Only {money.show(there[pk].amount)} is left of “{of}”.")
    total, most = money.total(wanted.values()), creditable(invoice)
    if total > most:
        raise Refused(f"Only {money.show(most)} can be credited on this invoice, and this is {money.show(total)}.")
    return [_credit(one, wanted[pk]) for pk, one in there.items() if pk in wanted]


def _credit(of: CreditableLine, amount: Decimal) -> Credit:
    """VAT in proportion to the line; the last part takes what is left of it, so that no penny of VAT stays behind."""
    return Credit(of.line, amount, _pennies(of.vat * amount / of.amount))


def _pennies(amount: Decimal) -> Decimal:
    return amount.quantize(money.PENNY, rounding=ROUND_HALF_UP)
