"""A practice can demand a second factor: of whom, and from which day on nothing goes without it."""

from __future__ import annotations

from datetime import date, timedelta

from clearbill.people.models import Membership, Role, SecondFactorFor
from clearbill.people.sign_in import second_factor

TIME_TO_SET_UP = timedelta(days=7)

_DEMANDED_OF: dict[str, frozenset[str]] = {
    SecondFactorFor.NOBODY: frozenset(),
    SecondFactorFor.MANAGERS: frozenset({Role.OWNER, Role.ADMINISTRATOR}),
    SecondFactorFor.EVERYBODY: frozenset(Role),
}


def is_demanded_of(membership: Membership) -> bool:
    """Return whether the practice demands a second factor of this member."""
    return membership.role in _DEMANDED_OF[membership.practice.second_factor_for]


def due_on(membership: Membership, *, today: date) -> date | None:
    """Return the last day on which the member may work without a second factor, None where nothing is missing.

    The week begins on the day on which it is first asked for.
    """
    if not is_demanded_of(membership) or second_factor.has_one(membership.user):
        return None
    user = membership.user
    if user.second_factor_due_on is None:
        user.second_factor_due_on = today + TIME_TO_SET_UP
        user.save(update_fields=["second_factor_due_on"])
    return user.second_factor_due_on
