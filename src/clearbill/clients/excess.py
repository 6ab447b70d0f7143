"""What is left of a policy's excess, by policy year. Pounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from clearbill.clients.models import Policy, PolicyYear
from clearbill.people.actor import Actor


@dataclass(frozen=True, slots=True)
class ExcessYear:
    """The excess of one policy year, and what is left of it; None where nobody knows."""

    begins: date
    ends: date
    excess: Decimal | None
    left: Decimal | None

    @property
    def used(self) -> Decimal | None:
        """What was taken of it."""
        return None if self.excess is None or self.left is None else max(Decimal("0.00"), self.excess - self.left)


def excess_left_on(policy: Policy, day: date) -> Decimal | None:
    """Return what the client still has to pay of the excess in the policy year of this UK day; None if unknown.

    A policy year that began since `excess_left` was noted begins with the whole excess again.
    """
    if policy.policy_year_from is None:
        return policy.excess_left
    begins = year_begins(policy.policy_year_from, day)
    if begins < policy.policy_year_from:
        former = PolicyYear.objects.filter(policy=policy.pk, begins=begins)
        return former.values_list("excess_left", flat=True).first()
    return policy.excess_left if begins == policy.policy_year_from else policy.excess


def excess_by_year(policy: Policy, today: date) -> list[ExcessYear]:
    """Return the policy years of which something is known, that of today first; none where no year is known."""
    anniversary = policy.policy_year_from
    if anniversary is None:
        return []
    known = {row.begins: (row.excess, row.excess_left) for row in policy.years.all()}
    known[anniversary] = (policy.excess, policy.excess_left)
    if (present := year_begins(anniversary, today)) > anniversary:
        known[present] = (policy.excess, policy.excess)
    return [
        ExcessYear(begins, _in_year(begins, begins.year + 1) - timedelta(days=1), *known[begins])
        for begins in sorted(known, reverse=True)
    ]


def keep_former_year(policy: Policy, *, begins: date | None, excess: Decimal | None, left: Decimal | None) -> None:
    """Keep what was known of the year that began on `begins`, where the policy tells of a later year by now.

    A day that is put right within the year is no new year. Call in the transaction of the change.
    """
    now = policy.policy_year_from
    if begins is None or now is None or year_begins(begins, now) <= begins or (excess is None and left is None):
        return
    PolicyYear.objects.update_or_create(policy=policy, begins=begins, defaults={"excess": excess, "excess_left": left})


def use_excess(actor: Actor, *, policy: Policy, amount: Decimal, on: date) -> Decimal:
    """So much of the excess, pounds, is used for a treatment on this UK day, or less of it where it is negative.

    Returns by how much less is left now; where nobody knows what is left, all of `amount`.
    """
    with transaction.atomic():
        row = Policy.objects.select_for_update().get(pk=policy.pk)
        left = excess_left_on(row, on)
        if left is None:
            return amount
        rest = max(Decimal("0.00"), left - amount)
        if amount < 0 and row.excess is not None:
            rest = min(rest, max(left, row.excess))
        if rest != left:
            _write_left(actor, row, on, left, rest)
        return left - rest


def _write_left(actor: Actor, row: Policy, on: date, left: Decimal, rest: Decimal) -> None:
    action = "took the excess" if rest < left else "gave the excess back"
    changes: dict[str, list[object]] = {"excess_left": [left, rest]}
    begins = year_begins(row.policy_year_from, on) if row.policy_year_from else None
    if begins and row.policy_year_from and begins < row.policy_year_from:
        row.years.filter(begins=begins).update(excess_left=rest)
        actor.audit(f"{action} of a former policy year", row, changes=changes)
        return
    before = {"begins": row.policy_year_from, "excess": row.excess, "left": row.excess_left}
    row.excess_left = rest
    if begins and begins != row.policy_year_from:
        changes["policy_year_from"] = [row.policy_year_from, begins]
        row.policy_year_from = begins
    row.save(update_fields=["excess_left", "policy_year_from", "changed_at"])
    keep_former_year(row, **before)  # type: ignore[arg-type]
    actor.audit(action, row, changes=changes)


def year_begins(anniversary: date, day: date) -> date:
    """Return the first day of the policy year that this day is in; each begins as `anniversary` does."""
    this_year = _in_year(anniversary, day.year)
    return this_year if this_year <= day else _in_year(anniversary, day.year - 1)


def _in_year(anniversary: date, year: int) -> date:
    try:
        return anniversary.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)
