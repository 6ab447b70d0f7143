"""What is left of a policy's excess, by policy year. Pounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from clearbill.clients.models import Policy
from clearbill.people.actor import Actor


def excess_left_on(policy: Policy, day: date) -> Decimal | None:
    """Return what the client still has to pay of the excess in the policy year of this UK day; None if unknown.

    A policy year that began since `excess_left` was noted begins with the whole excess again.
    """
    if policy.policy_year_from is None:
        return policy.excess_left
    begins = year_begins(policy.policy_year_from, day)
    if begins < policy.policy_year_from:
        return None
    return policy.excess_left if begins == policy.policy_year_from else policy.excess


def reduce_excess(actor: Actor, *, policy: Policy, taken: Decimal, on: date) -> None:
    """So much of the excess, pounds, was taken for a treatment on this UK day: less is left, where it is known."""
    with transaction.atomic():
        row = Policy.objects.select_for_update().get(pk=policy.pk)
        left = excess_left_on(row, on)
        if not left:
            return
        changes: dict[str, list[object]] = {"excess_left": [left, max(Decimal("0.00"), left - taken)]}
        row.excess_left = max(Decimal("0.00"), left - taken)
        if row.policy_year_from and (begins := year_begins(row.policy_year_from, on)) != row.policy_year_from:
            changes["policy_year_from"] = [row.policy_year_from, begins]
            row.policy_year_from = begins
        row.save(update_fields=["excess_left", "policy_year_from", "changed_at"])
        actor.audit("took the excess", row, changes=changes)


def year_begins(anniversary: date, day: date) -> date:
    """Return the first day of the policy year that this day is in; each begins as `anniversary` does."""
    this_year = _in_year(anniversary, day.year)
    return this_year if this_year <= day else _in_year(anniversary, day.year - 1)


def _in_year(anniversary: date, year: int) -> date:
    try:
        return anniversary.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)
