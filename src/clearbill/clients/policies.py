"""Which of a client's policies, and which authorisation under it, a day of treatment falls under.

Where the days do not say it, nothing is chosen and the question says what a person has to settle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clearbill.bill import dates, insurers
from clearbill.bill.text import enumerated
from clearbill.clients.models import Authorisation, Client, Policy


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """The policy of certain days, None for a client without any. Where `question` is not "" a person has to choose."""

    policy: Policy | None
    question: str = ""


@dataclass(frozen=True, slots=True)
class AuthorisationChoice:
    """The authorisation of certain services, None without one. Where `question` is not "" a person has to choose."""

    authorisation: Authorisation | None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A service given: its UK day and its item code."""

    on: date
    item_code: str = ""


def policies_of(client: Client) -> list[Policy]:
    """Return the client's policies, ended ones too, without those entered in error."""
    return [policy for policy in client.policies.all() if not policy.entered_in_error]


def policy_on(client: Client, day: date) -> PolicyChoice:
    """Return the policy that the client had on this UK day."""
    return policy_for(policies_of(client), [day])


def policy_for(policies: Sequence[Policy], days: Iterable[date]) -> PolicyChoice:
    """Return the one policy of these that is valid on each of the UK days."""
    if not policies:
        return PolicyChoice(None)
    found: dict[int, tuple[Policy, date]] = {}
    for day in sorted(set(days)):
        valid = valid_on(policies, day)
        if len(valid) != 1:
            return PolicyChoice(None, _which_policy(policies, valid, day))
        found.setdefault(valid[0].pk, (valid[0], day))
    if len(found) > 1:
        told = [f"{policy} on {dates.show(day)}" for policy, day in found.values()]
        return PolicyChoice(None, f"The visits fall under different policies: {enumerated(told)}.")
    return PolicyChoice(next(policy for policy, _ in found.values())) if found else PolicyChoice(None)


def policy_with(client: Client, insurer_slug: str, days: Iterable[date]) -> PolicyChoice:
    """Return the client's one policy with this insurer that is valid on each of the UK days."""
    policies = [policy for policy in policies_of(client) if policy.insurer_slug == insurer_slug]
    if not policies:
        return PolicyChoice(None, f"The client has no policy with {insurers.name_of(insurer_slug)}.")
    choice = policy_for(policies, days)
    if choice.policy is None and (day := _first_without(policies, days)):
        known = enumerated([told(policy) for policy in policies_of(client)])
        name = insurers.name_of(insurer_slug)
        return PolicyChoice(None, f"No policy with {name} is valid on {dates.show(day)}. The client has {known}.")
    return choice


def _first_without(policies: Sequence[Policy], days: Iterable[date]) -> date | None:
    return next((day for day in sorted(days) if not valid_on(policies, day)), None)


def valid_on(policies: Iterable[Policy], day: date) -> list[Policy]:
    """Return those that may be billed for this UK day: the valid ones, and of these the primary ones if any."""
    valid = [policy for policy in policies if policy.is_valid_on(day)]
    return [policy for policy in valid if policy.is_primary] or valid


@dataclass(frozen=True, slots=True)
class CoverInUse:
    """The policy that is billed on one day, and the authorisation under it.

    None stands for none, and for several: then `several_policies` or `several_authorisations` is true.
    """

    policy: Policy | None
    authorisation: Authorisation | None
    several_policies: bool
    several_authorisations: bool


def cover_in_use(client: Client, day: date) -> CoverInUse:
    """Return what is in use on this UK day, whatever is treated."""
    valid = valid_on(policies_of(client), day)
    policy = valid[0] if len(valid) == 1 else None
    rows = [row for row in policy.authorisations.all() if row.is_valid_on(day)] if policy else []
    return CoverInUse(policy, rows[0] if len(rows) == 1 else None, len(valid) > 1, len(rows) > 1)


def authorisation_for(policy: Policy, treatments: Iterable[Treatment]) -> AuthorisationChoice:
    """Return the one authorisation under the policy that covers each of these services."""
    rows = [row for row in policy.authorisations.all() if not row.entered_in_error]
    if not rows:
        return AuthorisationChoice(None)
    found: dict[int, tuple[Authorisation, date]] = {}
    for treatment in sorted(set(treatments), key=lambda one: (one.on, one.item_code)):
        fits = [row for row in rows if row.covers(treatment.on, treatment.item_code)]
        if len(fits) != 1:
            return AuthorisationChoice(None, authorisation_question(rows, fits, treatment))
        found.setdefault(fits[0].pk, (fits[0], treatment.on))
    if len(found) > 1:
        told = [f"{row} on {dates.show(day)}" for row, day in found.values()]
        question = f"The services fall under different authorisations: {enumerated(told)}. A claim carries one."
        return AuthorisationChoice(None, question)
    return AuthorisationChoice(next(row for row, _ in found.values())) if found else AuthorisationChoice(None)


def authorisation_question(rows: Sequence[Authorisation], fits: Sequence[Authorisation], treatment: Treatment) -> str:
    """Return what a person has to settle where not one of these authorisations alone covers the treatment."""
    if fits:
        return f"Several authorisations cover {dates.show(treatment.on)}: {enumerated([told(one) for one in fits])}."
    service = f" for {treatment.item_code}" if treatment.item_code and any(row.codes for row in rows) else ""
    known = enumerated([told(one) for one in rows])
    return f"No authorisation covers {dates.show(treatment.on)}{service}. There is {known}."


def lasting(begins: date | None, ends: date | None) -> str:
    """Return a time between two days in words, "" where neither is known."""
    if begins and ends:
        return f"from {dates.show(begins)} to {dates.show(ends)}"
    if begins:
        return f"from {dates.show(begins)}"
    return f"until {dates.show(ends)}" if ends else ""


def told(row: Policy | Authorisation) -> str:
    """Return what the row is called, and how long it lasts where that is known."""
    return f"{row} {lasting(row.valid_from, row.valid_to)}".strip()


def _which_policy(policies: Sequence[Policy], valid: Sequence[Policy], day: date) -> str:
    if valid:
        return f"Two policies are valid on {dates.show(day)}: {enumerated([told(one) for one in valid])}."
    known = enumerated([told(one) for one in policies])
    return f"No policy is valid on {dates.show(day)}. The client has {known}."
