"""Resolve a task: what the person found in VEDA, and the one act that follows from it.

The outbox is changed before the claim and the claim before the item, as the worker does it, and only where they still
stand as they were read: a worker and a person neither wait for each other nor undo each other's work.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction

from clearbill.bill.dates import show_clock
from clearbill.bill.lifecycle import ASKED_ABOUT, Event, Status, StepNotAllowed, allowed
from clearbill.bill.problem import Refused
from clearbill.claims.core import restore_hold, transitions, validation
from clearbill.claims.core import services as core_services
from clearbill.claims.models import Claim, Outbox, Task, TaskKind
from clearbill.claims.queue import status_polling
from clearbill.claims.tasks import services as tasks_services
from clearbill.clearinghouse.port import ClearingStatus
from clearbill.invoicing import ledger
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace import connection
from clearbill.workspace import connection as workspace_connection

BUSY = "Clearbill is sending this bill just now. Wait a moment, then reload the page."

NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/-]{0,49}")

LOOK_FIRST = "Look for the invoice in VEDA first, and tick that you did."

STILL_OPEN = (Outbox.READY, Outbox.SENDING, Outbox.UNCERTAIN)


class Resolution(StrEnum):
    """How a work item is settled."""

    HAS_IT = "has it"
    SEND_AGAIN = "send again"
    NOT_SENT = "not sent"
    CANCELLED = "cancelled"
    DONE = "done"


SENTENCES = {
    Resolution.HAS_IT: "Healthcode has it.",
    Resolution.SEND_AGAIN: "Healthcode does not have it: sent again.",
    Resolution.NOT_SENT: "Healthcode does not have it: it may be submitted.",
    Resolution.CANCELLED: "Cancelled at Healthcode.",
    Resolution.DONE: "",
}

"""What stands on a settled item, before the person's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualFinding:
    """What the person found: `number` is Healthcode's, `looked` that they looked in VEDA, `words` what was done."""

    way: Resolution
    words: str = ""
    number: str = ""
    looked: bool = False

    @property
    def told(self) -> str:
        """What stands on the settled item."""
        number = f"Its number there is {self.number}." if self.way == Resolution.HAS_IT and self.number else ""
        return " ".join(part for part in (SENTENCES[self.way], number, self.words) if part)


def resolutions_of(item: Task) -> list[Resolution]:
    """Return the ways in which the item can be settled as its claim stands now."""
    claim = item.claim
    ways = []
    if claim is not None and claim.is_current and Status(claim.status) in ASKED_ABOUT:
        ways = (
            [Resolution.CANCELLED]
            if item.kind == TaskKind.NOT_REQUIRED
            else [Resolution.HAS_IT, Resolution.SEND_AGAIN, Resolution.CANCELLED]
        )
    elif claim is not None and _was_never_sent(claim) and _settles_the_restore(item, claim):
        ways = [Resolution.HAS_IT, Resolution.NOT_SENT]
    return [*ways, Resolution.DONE]


def resolve(
    actor: Actor,
    *,
    item: Task,
    finding: ManualFinding,
    house_of: workspace_connection.ClientFactory = connection.client_of,
) -> bool:
    """Settle the item, move its claim on, and return True; False where it was settled before: nothing changes then.

    Raises Refused.
    """
    if not _is_open(actor.practice, item):
        return False
    try:
        with transaction.atomic():
            if finding.way == Resolution.DONE:
                _refuse_unless(bool(finding.words), "Say in a word what was done, so that the next person knows.")
            else:
                _ResolutionStep(actor, item, finding, house_of).take()
            if not tasks_services.close_task(actor, item=item, settlement=finding.told):
                raise transitions.ConcurrentChange
    except (Refused, transitions.ConcurrentChange, StepNotAllowed, IntegrityError) as refusal:
        if not _is_open(actor.practice, item):
            return False
        # The database keeps a second bill of the claim from being queued beside another person's.
        moved = transitions.ConcurrentChange() if isinstance(refusal, IntegrityError) else refusal
        raise Refused(str(moved)) from None
    return True


def resend_allowed_at(row: Outbox) -> datetime | None:
    """Return when “it is not there” can be believed of this sending: until then it may be on its way."""
    return row.taken_at + timedelta(seconds=status_polling.not_found_grace_seconds()) if row.taken_at else None


class _ResolutionStep:
    """What follows from one finding, inside the transaction of `resolve`."""

    def __init__(
        self, actor: Actor, item: Task, finding: ManualFinding, house_of: workspace_connection.ClientFactory
    ) -> None:
        self.actor, self.item, self.finding = actor, item, finding
        self.claim, self.house_of = _claim_of(actor.practice, item), house_of
        self.row = self.claim.outbox.filter(state__in=STILL_OPEN).first()

    def take(self) -> None:
        fits = self.finding.way in resolutions_of(self.item)
        _refuse_unless(fits, f"This claim is “{self.claim.status}” by now. Say what was done.")
        _refuse_unless(self.row is None or self.row.state != Outbox.SENDING, BUSY)
        acts: dict[Resolution, Callable[[], None]] = {
            Resolution.HAS_IT: self._has_it,
            Resolution.SEND_AGAIN: self._send_again,
            Resolution.NOT_SENT: self._not_sent,
            Resolution.CANCELLED: self._cancelled,
        }
        acts[self.finding.way]()
        if _settles_the_restore(self.item, self.claim):
            Claim.objects.filter(pk=self.claim.pk).update(is_restored=False)
        self._settle_other_doubts()

    def _has_it(self) -> None:
        number = self.finding.number or self.claim.clearing_bill_number
        _refuse_unless(
            not self.finding.number or bool(NUMBER.fullmatch(self.finding.number)),
            "Healthcode’s number has letters, digits, “-” and “/” only. It may be left empty.",
        )
        self._turn_row(Outbox.DONE, finished_at=self.actor.now)
        note = f"Found in VEDA{f' under Healthcode’s number {number}' if number else ''}."
        values = {
            "clearing_bill_number": number,
            "waiting_reason": "",
            "next_check_at": self.actor.now,
            "check_count": 0,
        }
        if allowed(Status(self.claim.status), Event.RECEIPT):
            values["house_status"] = self.claim.house_status or ClearingStatus.UNPROCESSED.value
            self._move(Event.RECEIPT, note, **values)
        elif _was_never_sent(self.claim):
            # Under which reference it was sent before the restore is lost.
            values |= {
                "reference": "",
                "submitted_at": self.claim.submitted_at or self.actor.now,
                "house_status_at": None,
            }
            self._move(Event.FOUND, note, house_status="", **values)
        else:
            Claim.objects.filter(pk=self.claim.pk, status=self.claim.status).update(**values)
            transitions.log_event(self.claim, by=self.actor.user, now=self.actor.now, event="looked up", note=note)

    def _send_again(self) -> None:
        may_be_elsewhere = self.claim.is_restored and not _settles_the_restore(self.item, self.claim)
        _refuse_unless(not may_be_elsewhere, restore_hold.hold_reason(self.actor.practice))
        _refuse_unless(self.finding.looked, LOOK_FIRST)
        if self.row is not None and self.row.state == Outbox.READY:
            transitions.log_event(
                self.claim,
                by=self.actor.user,
                now=self.actor.now,
                event="looked up",
                note="Not in VEDA. The bill is in the queue.",
            )
            return
        self._refuse_while_on_its_way()
        if self.row is None:
            self._send_under_new_reference()
            return
        self._turn_row(Outbox.READY, ready_at=self.actor.now)
        self._move(
            Event.NOT_FOUND,
            "Not in VEDA. The same bill is sent again under the same reference.",
            waiting_reason="",
            check_count=0,
        )

    def _send_under_new_reference(self) -> None:
        """Healthcode had the bill and lost it. Should it be there after all, “Duplicate Invoice” counts as found."""
        reference = core_services.new_reference()
        house = core_services.client_for(self.actor.practice, self.house_of)
        bill = validation.stored_bill(self.claim)
        document = house.prepare(bill, reference=reference, at=self.actor.now)
        self._move(
            Event.NOT_FOUND,
            "Not in VEDA. The same bill is sent again under a new reference.",
            reference=reference,
            clearing_bill_number="",
            house_status="",
            house_status_at=None,
            waiting_reason="",
            check_count=0,
        )
        Outbox.objects.create(
            practice=self.actor.practice,
            claim=self.claim,
            version=self.claim.version,
            reference=reference,
            document=document,
            bill=self.claim.bill,
            ready_at=self.actor.now,
            may_have_arrived=True,
        )

    def _not_sent(self) -> None:
        _refuse_unless(self.finding.looked, LOOK_FIRST)
        note = f"Not in VEDA: it may be submitted. {self.finding.words}".strip()
        transitions.log_event(self.claim, by=self.actor.user, now=self.actor.now, event="looked up", note=note)

    def _cancelled(self) -> None:
        self._turn_row(Outbox.WITHDRAWN, finished_at=self.actor.now)
        self._move(Event.CANCELLED, "Cancelled at Healthcode, as a person says.", waiting_reason="", next_check_at=None)

    def _refuse_while_on_its_way(self) -> None:
        last = self.row or self.claim.outbox.order_by("-pk").first()
        until = resend_allowed_at(last) if last else None
        if last is None or until is None or last.taken_at is None or self.actor.now >= until:
            return
        went_out, again = show_clock(last.taken_at, self.actor.now), show_clock(until, self.actor.now)
        raise Refused(
            f"This bill went out at {went_out} and may still be on its way. Look in VEDA "
            f"again after {again}, then send it again."
        )

    def _turn_row(self, state: str, **values: object) -> None:
        """Give the open row its end or its next turn, if it still is as it was read."""
        if self.row is None:
            return
        still = Outbox.objects.filter(pk=self.row.pk, state=self.row.state, attempts=self.row.attempts)
        if still.update(state=state, **values) != 1:
            raise transitions.ConcurrentChange

    def _settle_other_doubts(self) -> None:
        """What was found settles every doubt about where the bill is."""
        others = Task.objects.filter(claim=self.claim, kind__in=transitions.DOUBT_KINDS, settled_at=None)
        for other in others.exclude(pk=self.item.pk):
            tasks_services.close_task(self.actor, item=other, settlement=self.finding.told)

    def _move(self, event: Event, note: str, **changes: Any) -> None:
        words = f"{note} {self.finding.words}".strip()
        transitions.transition(
            self.claim,
            event,
            by=self.actor.user,
            now=self.actor.now,
            source=transitions.PRACTICE,
            note=words,
            **changes,
        )


def _was_never_sent(claim: Claim) -> bool:
    """As far as a backup knows: Healthcode is asked about it after the restore."""
    return claim.is_current and claim.is_restored and claim.status in (Status.CREATED, Status.REJECTED)


def _settles_the_restore(item: Task, claim: Claim) -> bool:
    return claim.is_restored and item.kind == TaskKind.RESTORED


def _is_open(practice: Practice, item: Task) -> bool:
    return Task.objects.filter(practice=practice, pk=item.pk, settled_at=None).exists()


def _claim_of(practice: Practice, item: Task) -> Claim:
    """The item's claim as it stands now, its invoice held; the item points to it from here on."""
    if item.claim_id is None:
        raise Refused("This item has no claim. Say what was done.")
    ledger.hold_invoices(Claim.objects.filter(practice=practice, pk=item.claim_id).values_list("invoice_id", flat=True))
    item.claim = Claim.objects.select_related("practice", "invoice").get(practice=practice, pk=item.claim_id)
    return item.claim


def _refuse_unless(fits: bool, sentence: str) -> None:
    if not fits:
        raise Refused(sentence)
