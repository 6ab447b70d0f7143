"""How a claim lives: its statuses, what can happen to it, and the one table of allowed steps."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a claim stands. The words are what people read."""

    CREATED = "Created"
    SUBMITTED = "Submitted"
    UNKNOWN = "Unknown (checking)"
    AWAITING_COLLECTION = "Awaiting collection"
    COLLECTED = "Collected by insurer"
    REJECTED = "Rejected"
    PART_PAID = "Part paid"
    PAID = "Paid"
    DECLINED = "Declined"
    CANCELLED = "Cancelled"


class Event(StrEnum):
    """What can happen to a claim. REFUSED comes from the clearing house, DECLINED from the insurer.

    TAKEN_BACK: the insurer took money back. UNALLOCATED: a payment turned out not to be for this claim.
    """

    SUBMIT = "submit"
    RECEIPT = "receipt"
    REFUSED = "refused"
    REPLY_LOST = "reply lost"
    NOT_FOUND = "not found"
    CHECKING = "checking"
    WAITING = "waiting for the insurer"
    COLLECTED = "collected"
    CORRECT = "correct"
    CANCELLED = "cancelled"
    PAID = "paid"
    PART_PAID = "part paid"
    DECLINED = "declined"
    TAKEN_BACK = "taken back"
    UNALLOCATED = "unallocated"
    FOUND = "found after a restore"


class StepNotAllowed(ValueError):
    """The table forbids this event in this status; the message is a sentence for a person."""

    def __init__(self, status: Status, event: Event) -> None:
        super().__init__(f"A claim that is “{status}” cannot take the step “{event}”.")
        self.status, self.event = status, event


_S, _E = Status, Event

_SENT = (_S.SUBMITTED, _S.UNKNOWN, _S.AWAITING_COLLECTION)

_WITH_INSURER = (_S.COLLECTED, _S.PART_PAID, _S.DECLINED)

STEPS: dict[tuple[Status, Event], Status] = {
    (_S.CREATED, _E.SUBMIT): _S.SUBMITTED,
    (_S.CREATED, _E.CANCELLED): _S.CANCELLED,
    (_S.SUBMITTED, _E.REPLY_LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _E.REPLY_LOST): _S.UNKNOWN,
    (_S.REJECTED, _E.CORRECT): _S.CREATED,
    (_S.REJECTED, _E.CANCELLED): _S.CANCELLED,
    # An older backup was restored: the clearing house has what was sent after it.
    (_S.CREATED, _E.FOUND): _S.SUBMITTED,
    (_S.REJECTED, _E.FOUND): _S.SUBMITTED,
    # Healthcode does not know the bill, or no longer: it may be sent again.
    **{(status, _E.NOT_FOUND): _S.SUBMITTED for status in _SENT},
    **{(status, _E.RECEIPT): _S.SUBMITTED for status in (_S.SUBMITTED, _S.UNKNOWN)},
    **{(status, _E.CHECKING): _S.SUBMITTED for status in (_S.SUBMITTED, _S.UNKNOWN)},
    **{(status, _E.REFUSED): _S.REJECTED for status in (*_SENT, _S.REJECTED)},
    **{(status, _E.WAITING): _S.AWAITING_COLLECTION for status in _SENT},
    **{(status, _E.COLLECTED): _S.COLLECTED for status in (*_SENT, _S.COLLECTED)},
    **{(status, _E.CANCELLED): _S.CANCELLED for status in (*_SENT, _S.CANCELLED)},
    **{(status, _E.PAID): _S.PAID for status in (*_SENT, *_WITH_INSURER, _S.PAID)},
    # What the patient had paid too was taken back since: the insurer's next payment is a part again.
    **{(status, _E.PART_PAID): _S.PART_PAID for status in (*_SENT, *_WITH_INSURER, _S.PAID)},
    **{(status, _E.DECLINED): _S.DECLINED for status in (*_SENT, *_WITH_INSURER)},
    **{(status, _E.TAKEN_BACK): _S.PART_PAID for status in (_S.PAID, _S.PART_PAID)},
}

UNANSWERED = frozenset({*_SENT, _S.COLLECTED})

"""Sent, and nothing is paid or declined yet: where a claim can stand again once its payment is taken off."""

STEPS_BACK: dict[tuple[Status, Event], frozenset[Status]] = {
    (status, _E.UNALLOCATED): UNANSWERED for status in (_S.PAID, _S.PART_PAID, _S.DECLINED)
}

"""Steps to where the claim stood before, and where that can have been."""

ASKED_ABOUT = frozenset({_S.SUBMITTED, _S.UNKNOWN, _S.AWAITING_COLLECTION})

"""The clearing house has, or may have, the bill: its status is asked for."""

SETTLED = frozenset({_S.PAID, _S.DECLINED, _S.CANCELLED})

"""All is said about what the insurer pays. A claim with any other status is open, as the list of claims counts it."""

ENDED_UNPAID = frozenset({_S.REJECTED, _S.CANCELLED, _S.DECLINED})

"""Nothing more will come of this claim: the same invoice may carry a new one."""

BILLS_NOTHING = frozenset({_S.CREATED, _S.REJECTED, _S.CANCELLED, _S.DECLINED})

"""A claim in one of these statuses asks nobody for money."""


def allowed(status: Status, event: Event) -> bool:
    """Return whether the table has a step for `event` in `status`."""
    return (status, event) in STEPS


def step(status: Status, event: Event, *, back_to: Status | None = None) -> Status:
    """Return the status after `event`; for a step back, where the claim stood before is told.

    Raises StepNotAllowed where the tables have no such step.
    """
    if back_to is not None and back_to in STEPS_BACK.get((status, event), ()):
        return back_to
    try:
        return STEPS[status, event]
    except KeyError:
        raise StepNotAllowed(status, event) from None
