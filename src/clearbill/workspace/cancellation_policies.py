"""What missed visits cost by the day of the visit: change it from a day on, correct it, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import transaction

from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import CancellationPolicy
from clearbill.workspace.settings import lock_practice, save_with_audit

CHANGED = "changed what missed visits cost"


def policies_of(practice: Practice) -> list[CancellationPolicy]:
    """Return the practice's policies, the earliest first; none where it charges for no missed visit."""
    return list(CancellationPolicy.objects.filter(practice=practice))


def policy_on(policies: Sequence[CancellationPolicy], day: date) -> CancellationPolicy | None:
    """Return the one of these, the earliest first, that holds for visits of this UK day; None before the first."""
    return next((one for one in reversed(policies) if one.applies_from <= day), None)


def policy_shown(policies: Sequence[CancellationPolicy], today: date) -> CancellationPolicy | None:
    """Return the one in force, before its time the first one to come; None where there is none."""
    return policy_on(policies, today) or next(iter(policies), None)


def save(actor: Actor, *, shown: CancellationPolicy, details: Mapping[str, Any]) -> CancellationPolicy:
    """Change what missed visits cost. `shown` is the policy that was shown, or a new one where there is none.

    With its own first day it is corrected, for all of its days. With another day, a policy follows that holds from
    that day on; visits before it keep what held on their day. Raises Refused where one begins on that day already, or
    where nothing would be another.
    """
    with transaction.atomic():
        lock_practice(actor.practice)
        begins = details["applies_from"]
        if shown._state.adding or begins == shown.applies_from:
            return save_with_audit(actor, row=shown, details=details, changed=CHANGED)
        there = policies_of(actor.practice)
        before = policy_on(there, begins)
        if before and before.applies_from == begins:
            raise Refused(
                f"What missed visits cost from {dates.show(begins)} on is entered already. Take that back below, or "
                "give another day.",
                "applies_from",
            )
        if before and all(getattr(before, name) == value for name, value in details.items() if name != "applies_from"):
            raise Refused(
                f"On {dates.show(begins)} this holds already. Change something, or give another day.", "applies_from"
            )
        return save_with_audit(actor, row=_copy(before or shown), details=details, changed=CHANGED)


def take_back(actor: Actor, *, policy: CancellationPolicy) -> None:
    """Take a policy back: what held before it goes on, nothing where it was the first."""
    with transaction.atomic():
        lock_practice(actor.practice)
        if CancellationPolicy.objects.filter(practice=actor.practice, pk=policy.pk).delete()[0]:
            changes = {"applies_from": [policy.applies_from, None]}
            actor.audit("took back what missed visits cost", policy, changes=changes)


def _copy(policy: CancellationPolicy) -> CancellationPolicy:
    row = copy(policy)
    row._state = copy(policy._state)
    row.pk, row._state.adding = uuid4(), True
    return row
