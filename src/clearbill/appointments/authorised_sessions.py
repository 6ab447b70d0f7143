"""How much of what an insurer authorised is used, booked and left, and what is beyond it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from clearbill.appointments.invoice_link import BilledService, billed_services
from clearbill.appointments.models import Appointment
from clearbill.appointments.queries import HOLDS_TIME
from clearbill.bill import dates, money
from clearbill.bill.text import enumerated, plural
from clearbill.clients import policies
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policies import Treatment
from clearbill.workspace.models import Service
from clearbill.workspace.pricing import PriceBook


@dataclass(slots=True)
class AuthorisationUse:
    """What of one authorisation is used by visits that took place, and booked for those to come. Pounds."""

    authorisation: Authorisation
    used: int = 0
    booked: int = 0
    amount_used: Decimal = Decimal("0.00")
    amount_booked: Decimal = Decimal("0.00")
    given_on: list[date] = field(default_factory=list)

    @property
    def sessions_left(self) -> int | None:
        """Sessions that can still be booked, negative where more are booked already; None where not limited."""
        granted = self.authorisation.sessions
        return None if granted is None else granted - self.used - self.booked

    @property
    def amount_left(self) -> Decimal | None:
        """Pounds that can still be booked, negative where more are booked already; None where not limited."""
        granted = self.authorisation.amount
        return None if granted is None else granted - self.amount_used - self.amount_booked

    @property
    def words(self) -> str:
        """Used, booked and left in one sentence part."""
        granted, amount = self.authorisation.sessions, self.authorisation.amount
        of = "" if granted is None else f" of {granted}"
        parts = [f"{self.used}{of} {plural(self.used if granted is None else granted, 'session')} used"]
        parts.append(f"{self.booked} booked")
        if self.sessions_left is not None:
            parts.append(f"{max(0, self.sessions_left)} left")
        if amount is not None and self.amount_left is not None:
            taken = money.show(self.amount_used + self.amount_booked)
            parts.append(f"{taken} of {money.show(amount)} used or booked")
        over = self.sessions_left is not None and self.sessions_left < 0
        return f"{', '.join(parts)}{f': {-(self.sessions_left or 0)} more than authorised' if over else ''}"

    @property
    def is_exceeded(self) -> bool:
        """Return whether more is used and booked than was authorised."""
        return (self.sessions_left or 0) < 0 or (self.amount_left or 0) < 0

    def session_of(self, day: date) -> int:
        """Return which of the sessions that took place the last one up to this UK day is, counted from 1."""
        return sum(given <= day for given in self.given_on)

    @property
    def is_nearly_used(self) -> bool:
        """Return whether at most one more session can be booked."""
        return self.sessions_left is not None and self.sessions_left <= 1


@dataclass(frozen=True, slots=True)
class _Service:
    """One service, given or booked, with the policy and the authorisation that a person chose for it."""

    treatment: Treatment
    price: Decimal
    is_given: bool
    insurer_slug: str | None = None
    policy: Policy | None = None
    authorisation: Authorisation | None = None


def use_by_authorisation(client: Client, *, but_for: Collection[UUID] = ()) -> dict[int, AuthorisationUse]:
    """Return what is used of each authorisation of the client, by its key; visits with ids in `but_for` do not count.

    A visit counts where its day and code fall under one authorisation alone, or where a person chose one for its
    invoice; a visit that the client pays does not count.
    """
    rows = [row for policy in policies.policies_of(client) for row in policy.authorisations.all()]
    found = {row.pk: AuthorisationUse(row) for row in rows if not row.entered_in_error}
    if not found:
        return {}
    for service in _services(client, but_for):
        row = _authorisation_of(client, service)
        if row is None or row.pk not in found:
            continue
        use = found[row.pk]
        if service.is_given:
            use.given_on.append(service.treatment.on)
            use.used, use.amount_used = use.used + 1, use.amount_used + service.price
        else:
            use.booked, use.amount_booked = use.booked + 1, use.amount_booked + service.price
    return found


def concerns(client: Client, *, service: Service, days: Iterable[date], but_for: Collection[UUID] = ()) -> list[str]:
    """Return a sentence for each of these UK days on which a visit for the service would not be covered.

    That is outside the dates of the client's policies or authorisations, or beyond the sessions or the amount.
    `but_for` are the ids of visits that do not count, such as those asked about.
    """
    known = policies.policies_of(client)
    if not known:
        return []
    used, found, prices = use_by_authorisation(client, but_for=but_for), [], PriceBook(client.practice)
    for day in sorted(days):
        valid = policies.valid_on(known, day)
        if not valid:
            found.append(policies.policy_for(known, [day]).question)
        elif len(valid) == 1:
            price = prices.price(service, valid[0].insurer_slug, day)
            found += _beyond(valid[0], Treatment(day, price.rate.isc), price.amount, used)
    return found


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is said before a visit is booked: what is authorised on its day, and why it would not be covered."""

    uses: list[AuthorisationUse]
    concerns: list[str]


def outlook(
    client: Client, *, day: date, service: Service | None = None, weeks: int = 1, but_for: Collection[UUID] = ()
) -> Outlook:
    """Return what is used of the authorisations of this UK day, for the service where it is chosen.

    The concerns are those of the service on the day and in the weeks after it. `but_for` is as in `concerns`.
    """
    used, code = use_by_authorisation(client, but_for=but_for), service.rate_on(day).isc if service else ""
    valid = policies.valid_on(policies.policies_of(client), day)
    rows = [row for policy in valid for row in policy.authorisations.all() if row.is_valid_on(day)]
    fits = [row for row in rows if row.covers(day, code)] if service else rows
    days = [day + timedelta(weeks=week) for week in range(weeks)]
    told = concerns(client, service=service, days=days, but_for=but_for) if service else []
    return Outlook([used[row.pk] for row in fits if row.pk in used], told)


def visit_concerns(visits: Iterable[Appointment]) -> list[str]:
    """Return `concerns` of visits of one client that are in the diary, none of those that the client pays."""
    rows = [visit for visit in visits if visit.state in HOLDS_TIME]
    if not rows:
        return []
    ids = {visit.pk for visit in rows}
    days = [dates.uk_day(visit.starts_at) for visit in rows]
    return concerns(rows[0].client, service=rows[0].service, days=days, but_for=ids)


def use_for_visit(visit: Appointment) -> AuthorisationUse | None:
    """Return what is used of the authorisation that the visit counts to, None where it counts to none."""
    if visit.state not in HOLDS_TIME:
        return None
    used = use_by_authorisation(visit.client)
    billed = {one.visit_id: one for one in billed_services(visit.client)} if used else {}
    known, prices = policies.policies_of(visit.client), PriceBook(visit.client.practice)
    row = _authorisation_of(visit.client, _of_visit(visit, billed.get(visit.pk), known, prices))
    return used.get(row.pk) if row else None


def _beyond(policy: Policy, treatment: Treatment, price: Decimal, used: dict[int, AuthorisationUse]) -> list[str]:
    rows = [row for row in policy.authorisations.all() if not row.entered_in_error]
    fits = [row for row in rows if row.covers(treatment.on, treatment.item_code)]
    if not rows:
        return []
    if not fits:
        return [policies.authorisation_for(policy, [treatment]).question]
    uses = [used[row.pk] for row in fits]
    room = next((use for use in uses if _has_room(use, price)), None)
    if room is None:
        told = enumerated([f"{use.authorisation} ({use.words})" for use in uses])
        return [f"The visit on {dates.show(treatment.on)} is beyond what was authorised: {told}."]
    room.booked, room.amount_booked = room.booked + 1, room.amount_booked + price
    return []


def _has_room(use: AuthorisationUse, price: Decimal) -> bool:
    sessions, amount = use.sessions_left, use.amount_left
    return (sessions is None or sessions >= 1) and (amount is None or amount >= price)


def _services(client: Client, but_for: Collection[UUID]) -> Iterable[_Service]:
    billed = list(billed_services(client))
    by_visit, prices = {one.visit_id: one for one in billed}, PriceBook(client.practice)
    known = policies.policies_of(client)
    rows = client.appointments.filter(state__in=HOLDS_TIME).select_related("service")
    for visit in rows.prefetch_related("service__rates"):
        if visit.pk not in but_for:
            yield _of_visit(visit, by_visit.get(visit.pk), known, prices)
    for one in billed:
        if one.visit_id is None:
            yield _of_line(one)


def _of_visit(visit: Appointment, billed: BilledService | None, known: list[Policy], prices: PriceBook) -> _Service:
    """A visit is priced for the policy of its day; where a person has to choose that first, at the own price."""
    if billed is not None:
        return _of_line(billed)
    day = dates.uk_day(visit.starts_at)
    policy = policies.policy_for(known, [day]).policy
    price = prices.price(visit.service, policy.insurer_slug if policy else "", day)
    return _Service(Treatment(day, price.rate.isc), price.amount, visit.state == Appointment.COMPLETED)


def _of_line(billed: BilledService) -> _Service:
    return _Service(
        Treatment(billed.treated_on, billed.item_code),
        billed.net,
        is_given=True,
        insurer_slug=billed.insurer_slug,
        policy=billed.policy,
        authorisation=billed.authorisation,
    )


def _authorisation_of(client: Client, service: _Service) -> Authorisation | None:
    if service.insurer_slug == "" or service.authorisation is not None:
        return service.authorisation
    day, code = service.treatment.on, service.treatment.item_code
    known = [one for one in policies.policies_of(client) if service.insurer_slug in (None, one.insurer_slug)]
    under = [service.policy] if service.policy else policies.valid_on(known, day)
    rows = [row for policy in under for row in policy.authorisations.all()]
    fits = [row for row in rows if row.covers(day, code)]
    return fits[0] if len(fits) == 1 else None
