"""Adopt what Healthcode says of a claim in a backup: found there, it counts as sent; else it may be sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from clearbill.bill.lifecycle import ENDED_UNPAID, Event, Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import restore_hold, services, transitions
from clearbill.claims.models import Claim, Outbox, TaskKind
from clearbill.claims.queue import status_polling
from clearbill.clearinghouse.port import ClearingStatus, StatusReport
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor

FOUND = "Found at Healthcode after the restore: it was sent after the backup of {taken}."

COMPARE = (
    "Healthcode has this bill; it was sent after the backup of {taken}. What was sent may differ from what stands "
    "here: compare the two in VEDA."
)

NOT_FOUND = (
    "Healthcode does not have this bill: nothing was sent between the backup and the restore. It may be submitted."
)

STILL_AWAITED = "Healthcode still waits for this bill to be corrected: nothing was sent since the backup."

REPLACED = "Healthcode has claim {number} in its place, sent after the backup of {taken}."

DOUBT = (
    "For more than a day Healthcode has not said clearly whether it has this bill. Look for invoice {number} in VEDA "
    "and say what you found. Until then Clearbill goes on asking and sends nothing."
)

ASKED = "asked after a restore"

"""The kind of the work that a restore leaves to a person."""

CLOCKS_DIFFER_BY = timedelta(minutes=5)

_ABSENT = (Status.CREATED, Status.REJECTED)

"""As far as the backup knows, Healthcode does not have the claim, or waits for its correction."""


class UnclearAnswer(Exception):
    """Healthcode answered, but not whether it has the bill."""


def adopt_status(claim: Claim, report: StatusReport, *, now: datetime, taken_at: datetime) -> bool:
    """Record the answer to the claim's number and take its mark off; False where another worker just did.

    Call inside a transaction. Raises UnclearAnswer.
    """
    if report.status == ClearingStatus.UNSPECIFIED or report.invoice_number not in ("", claim.number):
        raise UnclearAnswer
    if not _still_marked(claim):
        return False
    found = report.status != ClearingStatus.NOT_FOUND and not _is_known(claim, report, taken_at)
    row = claim.outbox.filter(state=Outbox.UNCERTAIN).first()
    if claim.status in _ABSENT and found:
        _adopt(claim, report, now=now, taken_at=taken_at)
    elif claim.status in _ABSENT:
        note = NOT_FOUND if report.status == ClearingStatus.NOT_FOUND else STILL_AWAITED
        transitions.log_event(claim, by=None, now=now, event=ASKED, note=note)
    elif row is not None and found:
        status_polling.apply_status(claim, row, report, now)
    elif row is not None:
        # The number tells nothing: the sending's own reference decides, as after any lost reply.
        Claim.objects.filter(pk=claim.pk).update(next_check_at=now)
    Claim.objects.filter(pk=claim.pk).update(is_restored=False, last_checked_at=now)
    return True


def adopt_follow_on(claim: Claim, report: StatusReport, *, number: str, now: datetime, taken_at: datetime) -> None:
    """Healthcode has a further claim for the same invoice: make it here in the claim's place, to be asked about next.

    Call inside a transaction, after `adopt_status`.
    """
    claim.refresh_from_db()
    note = REPLACED.format(number=number, taken=restore_hold.backup_time(taken_at))
    if claim.status in (Status.CREATED, Status.UNKNOWN):
        claim.outbox.filter(state=Outbox.UNCERTAIN).update(state=Outbox.WITHDRAWN, finished_at=now)
        transitions.transition(
            claim,
            Event.CANCELLED,
            by=None,
            now=now,
            source=transitions.CLEARBILL,
            note=note,
            is_current=False,
            next_check_at=None,
        )
    is_replaceable = claim.status in {*ENDED_UNPAID, Status.COLLECTED}
    made = is_replaceable and _made(
        lambda: services.create_follow_on(
            Actor(claim.practice, None, now), invoice=claim.invoice, confirmed_unpaid=True
        )
    )
    if not made:
        transitions.open_task(
            claim, kind=TaskKind.RESTORED, sentence=f"{note} Look both up in VEDA, and ask Healthcode which one stands."
        )


def create_missing_claim(invoice: Invoice, *, now: datetime) -> bool:
    """Make the claim that Healthcode has for the invoice, marked to be asked about. Return whether it could be made."""
    return _made(lambda: services.create(Actor(invoice.practice, None, now), invoice=invoice))


def open_doubt_task(claim: Claim) -> None:
    """Put it before a person that Healthcode gives no clear answer."""
    transitions.open_task(claim, kind=TaskKind.RESTORED, sentence=DOUBT.format(number=claim.number))


def _still_marked(claim: Claim) -> bool:
    ledger.lock_invoice(claim.practice, claim.invoice)
    held = Claim.objects.select_for_update().filter(pk=claim.pk, is_restored=True).first()
    claim.refresh_from_db()
    return held is not None


def _is_known(claim: Claim, report: StatusReport, taken_at: datetime) -> bool:
    """Return whether the clearing house speaks of a refusal that stood in the backup already.

    A bill that it took counts as sent since, unless it had it before the backup: a number that was used outside
    Clearbill, for which the claim was refused.
    """
    refusal = claim.events.filter(event=Event.REFUSED.value).order_by("-at").first()
    if refusal is None:
        return False
    if report.status != ClearingStatus.AWAITING_CORRECTION:
        return report.status_at is not None and report.status_at < taken_at - CLOCKS_DIFFER_BY
    known_until = max(refusal.at + CLOCKS_DIFFER_BY, claim.house_status_at or refusal.at)
    return report.status_at is None or report.status_at <= known_until


def _adopt(claim: Claim, report: StatusReport, *, now: datetime, taken_at: datetime) -> None:
    taken = restore_hold.backup_time(taken_at)
    transitions.transition(
        claim,
        Event.FOUND,
        by=None,
        now=now,
        source=transitions.HEALTHCODE,
        note=FOUND.format(taken=taken),
        # Under which reference it was sent is lost; Healthcode's own number, or else the invoice number, names it.
        reference="",
        clearing_bill_number=report.clearing_bill_number or claim.clearing_bill_number,
        submitted_at=claim.submitted_at or min(report.status_at or now, now),
        house_status="",
        house_status_at=None,
        waiting_reason="",
        next_check_at=now,
        check_count=0,
    )
    status_polling.apply_status(claim, None, report, now)
    transitions.open_task(claim, kind=TaskKind.RESTORED, sentence=COMPARE.format(taken=taken))


def _made(make_claim: Callable[[], Claim]) -> bool:
    try:
        with transaction.atomic():
            make_claim()
    except Refused:
        return False
    return True
