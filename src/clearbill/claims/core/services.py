"""What a practice does with a claim: create, rebuild, submit, reopen after a rejection, cancel."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from clearbill.bill import Problem, dates
from clearbill.bill.lifecycle import ENDED_UNPAID, Event, Status
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.claims.core import restore_hold, transitions, validation
from clearbill.claims.core.bill_builder import rebuild_bill
from clearbill.claims.core.claim_draft import REPEAT_FIELDS, draft, name_payee
from clearbill.claims.core.cross_checks import agreement, cover_check, record_checks
from clearbill.claims.core.numbers import next_free_number, number_for
from clearbill.claims.core.submission import PreparedClaim, enqueue, require_submitted
from clearbill.claims.models import Claim
from clearbill.clearinghouse.port import ClearingHouse
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.claimed.claim_link import mark_claims_stale
from clearbill.invoicing.models import Invoice
from clearbill.people import audit
from clearbill.people.actor import Actor
from clearbill.people.encryption import DecryptionFailed
from clearbill.people.models import Practice
from clearbill.workspace import connection
from clearbill.workspace.connection import ClientFactory

_COLLECTED = ("insurer_slug", "practitioner", "payee", "payee_reason", "amended_by_hand")

_HEAD = {"insurer_slug", "practitioner", "payee"}

CANCELLABLE = frozenset({Status.CREATED, Status.REJECTED})

"""Healthcode does not have the claim: the practice may cancel it by itself."""

LONGEST_REASON = 300

REPLACED = "Another claim for this invoice has taken this one’s place. Open it from the invoice."

NOT_CONNECTED = "The claim waits as Created until Healthcode is connected."


class NotConnected(Refused):
    """Nothing can be submitted until the practice is connected to Healthcode."""


IMPORTED = (
    "This invoice was given out by another system and claimed there, so no claim is made of it. Record on it what the "
    "insurer pays."
)


def create(actor: Actor, *, invoice: Invoice) -> Claim:
    """Collect all data for the invoice's claim and keep them as they will be sent. Raises Refused."""
    try:
        with transaction.atomic():
            row = _lock_invoice(actor.practice, invoice)
            if Claim.objects.filter(invoice=row, is_current=True).exists():
                raise Refused(f"Invoice {row.number} already has a claim. Open it from the invoice.")
            number = number_for(actor.practice, row)
            return _make(actor, invoice=row, number=number, replaces=None)
    except IntegrityError:
        raise Refused(f"Invoice {invoice.number} already has a claim. Open it from the invoice.") from None


def rebuild(actor: Actor, *, claim: Claim) -> Claim:
    """Collect the data again from the invoice, the client and the settings. Raises Refused unless Created."""
    _refuse_unless(claim, Status.CREATED, "Only a claim that has not been submitted can collect its data again.")
    on = dates.uk_day(actor.now)
    with transaction.atomic():
        claim.invoice = _lock_invoice(actor.practice, claim.invoice)
        bill, payee, specialist = rebuild_bill(claim, on=on)
        before = audit.snapshot(claim)
        claim.insurer_slug, claim.practitioner = claim.invoice.insurer_slug, claim.invoice.practitioner
        claim.amended_by_hand = {}
        name_payee(claim, payee, specialist.reason)
        found = validation.snapshot(claim, bill, on=on, built=bill)
        _save_created(claim, [*validation.SNAPSHOT_FIELDS, *_COLLECTED])
        after = audit.difference(before, claim)
        actor.audit(
            "collected the claim’s data again", claim, changes={name: after[name] for name in _HEAD & set(after)}
        )
        mark_claims_stale(claim.invoice, but_for=claim.pk)
        transitions.log_event(
            claim, by=actor.user, now=actor.now, event="data collected again", note=problem_summary(found)
        )
    return claim


def submit(actor: Actor, *, claim_id: UUID, house_of: ClientFactory = connection.client_of) -> Claim:
    """Hand the claim to the worker: status and outbox row are written together, what was checked is what is sent.

    A second call for a claim that has just been submitted returns it unchanged. Raises Refused where something
    blocks, each problem listed, or where Healthcode is not connected.
    """
    return enqueue(actor, prepare(claim_id=claim_id, practice=actor.practice, now=actor.now, house_of=house_of))


def prepare(
    *, claim_id: UUID, practice: Practice, now: datetime, house_of: ClientFactory = connection.client_of
) -> PreparedClaim:
    """Check the claim and return it with the document for `enqueue`. Nothing is written. Raises Refused."""
    rows = Claim.objects.select_related("invoice", "practice", "practitioner", "payee", "repeat_allowed_by")
    claim = rows.get(practice=practice, pk=claim_id)
    if claim.status != Status.CREATED:
        return PreparedClaim(require_submitted(claim))
    if not claim.is_current:
        raise Refused(REPLACED)
    _refuse_while_restored(claim)
    _refuse_unless_billable(practice, claim.invoice)
    found = validation.problems_today(claim, on=dates.uk_day(now))
    blocking = [problem for problem in found if problem.blocks]
    if blocking:
        raise Refused("The claim was not submitted: something must be fixed first.", problems=blocking)
    bill = validation.stored_bill(claim)
    if sentence := cover_check.of_another_policy(claim.invoice, bill.cover.registration_number):
        raise Refused(f"The claim was not submitted. {sentence} Collect the data again.")
    if practice.refuses_unauthorised and (sentence := cover_check.beyond(claim.invoice)):
        raise Refused(f"The claim was not submitted. {sentence} The practice’s settings refuse such visits.")
    reference = new_reference()
    document = client_for(practice, house_of).prepare(bill, reference=reference, at=now)
    return PreparedClaim(claim, reference, document, agreement.invoice_state(claim.invoice))


def reopen(actor: Actor, *, claim: Claim) -> Claim:
    """Open a rejected claim as its next version: the same bill, to be fixed and submitted again."""
    _refuse_unless(claim, Status.REJECTED, "Only a rejected claim can be corrected and submitted again.")
    with transaction.atomic():
        # Whoever makes another claim for the invoice holds it too, so that one of them is first.
        claim.invoice = _lock_invoice(actor.practice, claim.invoice)
        if not Claim.objects.filter(pk=claim.pk, is_current=True).exists():
            raise Refused(REPLACED)
        transitions.transition(
            claim,
            Event.CORRECT,
            by=actor.user,
            now=actor.now,
            source=transitions.PRACTICE,
            note=f"Version {claim.version + 1}",
        )
        claim.version += 1
        claim.house_status = claim.waiting_reason = ""
        claim.next_check_at, claim.check_count = None, 0
        claim.is_restored = claim.is_restored or restore_hold.needs_check(claim.invoice, number="", now=actor.now)
        validation.snapshot(claim, validation.stored_bill(claim), on=dates.uk_day(actor.now))
        mark_claims_stale(claim.invoice, but_for=claim.pk)
        fields = ["version", "house_status", "waiting_reason", "next_check_at", "check_count", "is_restored"]
        claim.save(update_fields=[*validation.SNAPSHOT_FIELDS, *fields])
    return claim


def create_follow_on(actor: Actor, *, invoice: Invoice, confirmed_unpaid: bool = False) -> Claim:
    """Create a new claim, with a number of its own, for an invoice whose claim came to nothing.

    A claim that the insurer collected is replaced only where the person has seen in VEDA that it was not paid.
    Raises Refused.
    """
    with transaction.atomic():
        row = _lock_invoice(actor.practice, invoice)
        last = Claim.objects.select_for_update().filter(invoice=row, is_current=True).first()
        if last is None:
            last = Claim.objects.filter(invoice=row).order_by("-created_at").first()
        if last is not None:
            _refuse_while_restored(last)
            _refuse_unless_unpaid(last, confirmed_unpaid=confirmed_unpaid)
            Claim.objects.filter(pk=last.pk).update(is_current=False, next_check_at=None)
        number = next_free_number(actor.practice, row.number)
        ledger.reverse_shortfalls(actor, row, number=number)
        cover.count_excess(actor, [row.pk])
        return _make(actor, invoice=row, number=number, replaces=last)


def cancel(actor: Actor, *, claim: Claim) -> Claim:
    """Cancel a claim that Healthcode does not have; one that it replaced is the current claim again.

    Raises Refused where Healthcode has it, or may have it.
    """
    if claim.status not in CANCELLABLE:
        raise Refused(
            "Healthcode has this claim, or may have it, so it cannot be cancelled here. Ask Healthcode to cancel it; "
            "the status follows by itself."
        )
    _refuse_while_restored(claim)
    with transaction.atomic():
        invoice = ledger.lock_invoice(actor.practice, claim.invoice)
        transitions.transition(
            claim,
            Event.CANCELLED,
            by=actor.user,
            now=actor.now,
            source=transitions.PRACTICE,
            is_current=False,
            next_check_at=None,
        )
        if claim.replaces_id and claim.submitted_at is None:
            Claim.objects.filter(pk=claim.replaces_id).update(is_current=True)
            ledger.restore_shortfalls(actor, invoice, number=claim.number)
            cover.count_excess(actor, [invoice.pk])
        mark_claims_stale(invoice, but_for=claim.pk)
    return claim


def allow_repeat(actor: Actor, *, claim: Claim, reason: str) -> Claim:
    """Allow the claim although other invoices ask for the same treatment; the reason stays on it. Raises Refused.

    It holds for the invoices that do so now: another one blocks the claim again. Who may do this is the caller's
    to ask.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why the treatment is billed again.", "reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"This has {len(reason)} characters; {LONGEST_REASON} at most can be kept.", "reason")
    with transaction.atomic():
        claim.invoice = _lock_invoice(actor.practice, claim.invoice)
        claim.refresh_from_db(fields=["status", "bill", *REPEAT_FIELDS])
        _refuse_unless(claim, Status.CREATED, "Only a claim that waits to be submitted can be allowed.")
        others = {str(one.other.pk): one.other.number for one in record_checks.open_repeats(claim)}
        if not others:
            raise Refused("No other invoice asks for the same treatment any more.")
        claim.repeat_reason, claim.repeat_allowed_by, claim.repeat_allowed_at = reason, actor.user, actor.now
        claim.repeat_invoices = [*claim.repeat_invoices, *others]
        validation.count(claim, validation.problems_today(claim, on=dates.uk_day(actor.now)))
        _save_created(claim, [*REPEAT_FIELDS, *validation.COUNTS])
        numbers = ", ".join(others.values())
        actor.audit(
            "allowed the claim although its treatment is billed elsewhere",
            claim,
            changes={"reason": reason, "invoices": numbers},
        )
        note = f"Allowed beside {numbers}: {reason}"
        transitions.log_event(claim, by=actor.user, now=actor.now, event="allowed", note=note)
    return claim


def poll_now(*, practice: Practice, now: datetime, claim: Claim) -> None:
    """Let the worker ask Healthcode where the claim stands as its next act."""
    Claim.objects.filter(practice=practice, pk=claim.pk, next_check_at__isnull=False).update(next_check_at=now)


def problem_summary(found: Sequence[Problem]) -> str:
    """Say in words what a check found."""
    blocking = sum(problem.blocks for problem in found)
    advice = len(found) - blocking
    fix = f"{blocking} {plural(blocking, 'thing')} to fix" if blocking else "Nothing to fix"
    return f"{fix}, {advice} {plural(advice, 'piece')} of advice" if advice else fix


def _make(actor: Actor, *, invoice: Invoice, number: str, replaces: Claim | None) -> Claim:
    if invoice.is_imported:
        raise Refused(IMPORTED)
    claim, found = draft(actor, invoice=invoice, number=number, replaces=replaces)
    claim.is_restored = restore_hold.needs_check(invoice, number=number, now=actor.now)
    claim.save(force_insert=True)
    mark_claims_stale(invoice, but_for=claim.pk)
    actor.audit("created the claim", claim)
    origin = f"Collected from invoice {invoice.number}"
    if replaces is not None:
        origin = f"{origin}, in place of claim {replaces.number}"
    transitions.log_event(
        claim, by=actor.user, now=actor.now, event="created", note=f"{origin}. {problem_summary(found)}."
    )
    return claim


def new_reference() -> str:
    """Return a reference that no sending has had."""
    return f"CB{secrets.token_hex(10)}"


def client_for(practice: Practice, house_of: ClientFactory) -> ClearingHouse:
    """Return the client of the practice's connection. Raises NotConnected where there is none."""
    stored = connection.stored_connection(practice)
    if stored is None:
        raise NotConnected(NOT_CONNECTED)
    try:
        return house_of(stored)
    except DecryptionFailed as unreadable:
        raise NotConnected(f"{NOT_CONNECTED} {unreadable}") from None


def _save_created(claim: Claim, fields: Sequence[str]) -> None:
    values = {name: getattr(claim, name) for name in fields}
    if Claim.objects.filter(pk=claim.pk, status=Status.CREATED.value).update(**values) != 1:
        raise Refused("This claim has moved on meanwhile. Reload the page to see where it stands.")


def _refuse_unless(claim: Claim, status: Status, sentence: str) -> None:
    if claim.status != status:
        raise Refused(f"{sentence} This one is “{claim.status}”.")


def _lock_invoice(practice: Practice, invoice: Invoice) -> Invoice:
    """Return the invoice as it is now; nobody makes it void or credits it before its claim is there."""
    try:
        row = ledger.lock_invoice(practice, invoice)
    except Invoice.DoesNotExist:
        raise Refused("There is no such invoice in this practice.") from None
    _refuse_unless_billable(practice, row)
    return row


def preview(actor: Actor, *, invoice: Invoice) -> tuple[Claim, list[Problem]]:
    """Return the claim that `create_or_follow_on` would make, unsaved, and what is wrong with it. Raises Refused."""
    _refuse_unless_billable(actor.practice, invoice)
    last = Claim.objects.filter(invoice=invoice, is_current=True).first()
    if last is None:
        return draft(actor, invoice=invoice, number=number_for(actor.practice, invoice), replaces=None)
    _refuse_unless_cancelled(last)
    return draft(actor, invoice=invoice, number=next_free_number(actor.practice, invoice.number), replaces=last)


def create_or_follow_on(actor: Actor, *, invoice: Invoice) -> Claim:
    """Create the claim of an invoice that has none, or whose claim was cancelled. Raises Refused."""
    last = Claim.objects.filter(invoice=invoice, is_current=True).first()
    if last is None:
        return create(actor, invoice=invoice)
    _refuse_unless_cancelled(last)
    return create_follow_on(actor, invoice=invoice)


def _refuse_unless_cancelled(claim: Claim) -> None:
    if claim.status != Status.CANCELLED:
        raise Refused(f"Invoice {claim.invoice.number} already has a claim. Open it from the invoice.")


def _refuse_unless_billable(practice: Practice, invoice: Invoice) -> None:
    if invoice.practice_id != practice.pk:
        raise Refused("There is no such invoice in this practice.")
    if invoice.voided_at is not None:
        raise Refused(f"Invoice {invoice.number} is void, so it cannot be claimed.")
    if not invoice.insurer_slug:
        raise Refused(
            f"Invoice {invoice.number} is billed to the client. Bill it to an insurer before creating a claim."
        )
    if invoice.credited_total:
        raise Refused(
            f"A credit note was made on invoice {invoice.number}. What is still to be claimed goes on a new invoice."
        )


def _refuse_while_restored(claim: Claim) -> None:
    if claim.is_restored and connection.stored_connection(claim.practice) is not None:
        raise Refused(restore_hold.hold_reason(claim.practice))


def _refuse_unless_unpaid(last: Claim, *, confirmed_unpaid: bool) -> None:
    status = Status(last.status)
    if status in ENDED_UNPAID:
        return
    if status != Status.COLLECTED:
        raise Refused(f"The present claim is “{status}”. A new one is possible once it has come to nothing.")
    if not confirmed_unpaid:
        raise Refused("Check in VEDA first that the insurer has not paid, and tick that you did.")
