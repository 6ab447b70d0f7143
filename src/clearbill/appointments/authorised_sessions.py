"""How much of what an insurer authorised is used, booked and left, and what is beyond it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import prefetch_related_objects

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


@dataclass(frozen=True, slots=True)
class _Service:
    """One service, given or booked, with the policy and the authorisation that a person chose for it."""

    treatment: Treatment
    price: Decimal
    is_given: bool
    insurer_slug: str | None = None
    policy: Policy | None = None
    authorisation: Authorisation | None = None
    visit_id: UUID | None = None


@dataclass(slots=True)
class _Count:
    """What is used of each authorisation, by its key; to which one each visit counts; what found no room."""

    uses: dict[int, AuthorisationUse]
    use_of_visit: dict[UUID, AuthorisationUse] = field(default_factory=dict)
    without_room: list[_Service] = field(default_factory=list)

    def add(self, service: _Service, fits: Sequence[AuthorisationUse]) -> None:
        """Count a service to the first of these authorisations that has room, to the last one where none has."""
        use = next((use for use in fits if _has_room(use, service.price)), None)
        if use is None:
            self.without_room.append(service)
            use = fits[-1]
        if service.is_given:
            use.given_on.append(service.treatment.on)
            use.used, use.amount_used = use.used + 1, use.amount_used + service.price
        else:
            use.booked, use.amount_booked = use.booked + 1, use.amount_booked + service.price
        if service.visit_id is not None:
            self.use_of_visit[service.visit_id] = use


def use_by_authorisation(client: Client, *, but_for: Collection[UUID] = ()) -> dict[int, AuthorisationUse]:
    """Return what is used of each authorisation of the client, by its key; visits with ids in `but_for` do not count.

    A visit that the client pays does not count. One for whose invoice a person chose an authorisation, or that falls
    under one alone, counts to that. The others count, in the order of time, to the one that ends first and has room.
    """
    known = _policies(client)
    return _counted(known, _services(client, known, but_for)).uses if known else {}


def concerns(client: Client, *, service: Service, days: Iterable[date], but_for: Collection[UUID] = ()) -> list[str]:
    """Return a sentence for each of these UK days on which another visit for the service would not be covered.

    That is outside the dates of the client's policies or authorisations, or where fewer visits would find room within
    the sessions and the amounts. `but_for` are the ids of visits that do not count, such as those asked about.
    """
    known = _policies(client)
    if not known:
        return []
    counted, found, prices = _services(client, known, but_for), [], PriceBook(client.practice)
    for day in sorted(days):
        another = _booked(service, day, known, prices)
        before, after = _counted(known, counted), _counted(known, [*counted, another])
        is_beyond = len(after.without_room) > len(before.without_room)
        if sentence := _concern(known, another, before, is_beyond=is_beyond):
            found.append(sentence)
        if not is_beyond:
            counted.append(another)
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


def booking_concerns(visits: Iterable[Appointment]) -> list[str]:
    """Return `concerns` of visits of one client that were just booked or moved, as they were judged before it."""
    rows = [visit for visit in visits if visit.state in HOLDS_TIME]
    if not rows:
        return []
    ids = {visit.pk for visit in rows}
    days = [dates.uk_day(visit.starts_at) for visit in rows]
    return concerns(rows[0].client, service=rows[0].service, days=days, but_for=ids)


def visit_concern(visit: Appointment) -> str:
    """Return why a visit in the diary is not covered, "" where it is: those before it take the room first."""
    known = _policies(visit.client)
    services = _services(visit.client, known)
    this = next((one for one in services if one.visit_id == visit.pk), None)
    if this is None or this.insurer_slug == "":
        return ""
    count = _counted(known, services)
    return _concern(known, this, count, is_beyond=this in count.without_room)


def use_for_visit(visit: Appointment) -> AuthorisationUse | None:
    """Return what is used of the authorisation that the visit counts to, None where it counts to none."""
    known = _policies(visit.client)
    return _counted(known, _services(visit.client, known)).use_of_visit.get(visit.pk)


def _policies(client: Client) -> list[Policy]:
    known = policies.policies_of(client)
    prefetch_related_objects(known, "authorisations")
    return known


def _concern(known: list[Policy], service: _Service, count: _Count, *, is_beyond: bool) -> str:
    """Return why the service is not covered, "" where it is, or where one of its policies asks for no authorisation."""
    under, treatment = _policies_of(known, service), service.treatment
    if not under:
        return policies.policy_for(known, [treatment.on]).question
    by_policy = [[row for row in policy.authorisations.all() if not row.entered_in_error] for policy in under]
    if not all(by_policy):
        return ""
    fits = _authorisations_of(known, service)
    if not fits:
        return policies.authorisation_question([row for rows in by_policy for row in rows], [], treatment)
    if not is_beyond:
        return ""
    told = enumerated([f"{row} ({count.uses[row.pk].words})" for row in fits])
    return f"The visit on {dates.show(treatment.on)} is beyond what was authorised: {told}."


def _has_room(use: AuthorisationUse, price: Decimal) -> bool:
    sessions, amount = use.sessions_left, use.amount_left
    return (sessions is None or sessions >= 1) and (amount is None or amount >= price)


def _counted(known: list[Policy], services: Iterable[_Service]) -> _Count:
    rows = [row for policy in known for row in policy.authorisations.all()]
    count = _Count({row.pk: AuthorisationUse(row) for row in rows if not row.entered_in_error})
    free: list[tuple[_Service, list[AuthorisationUse]]] = []
    for service in services:
        fits = [count.uses[row.pk] for row in _authorisations_of(known, service) if row.pk in count.uses]
        if len(fits) == 1:
            count.add(service, fits)
        elif fits:
            free.append((service, fits))
    for service, fits in free:
        count.add(service, fits)
    return count


def _services(client: Client, known: list[Policy], but_for: Collection[UUID] = ()) -> list[_Service]:
    """Return what counts, in the order in which it takes the room: what was given, then what is booked, by time."""
    billed = list(billed_services(client))
    by_visit, prices = {one.visit_id: one for one in billed}, PriceBook(client.practice)
    rows = client.appointments.filter(state__in=HOLDS_TIME).select_related("service").order_by("starts_at", "pk")
    visits = [visit for visit in rows.prefetch_related("service__rates") if visit.pk not in but_for]
    found = [_of_visit(visit, by_visit.get(visit.pk), known, prices) for visit in visits]
    found += [_of_line(one) for one in billed if one.visit_id is None]
    return sorted(found, key=lambda one: (not one.is_given, one.treatment.on))


def _of_visit(visit: Appointment, billed: BilledService | None, known: list[Policy], prices: PriceBook) -> _Service:
    if billed is not None:
        return _of_line(billed)
    booked = _booked(visit.service, dates.uk_day(visit.starts_at), known, prices)
    return replace(booked, is_given=visit.state == Appointment.COMPLETED, visit_id=visit.pk)


def _booked(service: Service, day: date, known: list[Policy], prices: PriceBook) -> _Service:
    """A visit is priced for the policy of its day; where a person has to choose that first, at the own price."""
    policy = policies.policy_for(known, [day]).policy
    price = prices.price(service, policy.insurer_slug if policy else "", day)
    return _Service(Treatment(day, price.rate.isc), price.amount, is_given=False)


def _of_line(billed: BilledService) -> _Service:
    return _Service(
        Treatment(billed.treated_on, billed.item_code),
        billed.net,
        is_given=True,
        insurer_slug=billed.insurer_slug,
        policy=billed.policy,
        authorisation=billed.authorisation,
        visit_id=billed.visit_id,
    )


def _policies_of(known: list[Policy], service: _Service) -> list[Policy]:
    if service.policy:
        return [service.policy]
    of_insurer = [one for one in known if service.insurer_slug in (None, one.insurer_slug)]
    return policies.valid_on(of_insurer, service.treatment.on)


def _authorisations_of(known: list[Policy], service: _Service) -> list[Authorisation]:
    """Return what the service may count to: the chosen authorisation, else all that cover it, the first to end first.

    None for a service that the client pays.
    """
    if service.authorisation is not None:
        return [service.authorisation]
    if service.insurer_slug == "":
        return []
    treatment = service.treatment
    rows = [row for policy in _policies_of(known, service) for row in policy.authorisations.all()]
    fits = [row for row in rows if row.covers(treatment.on, treatment.item_code)]
    return sorted(fits, key=lambda row: (row.valid_to or date.max, row.valid_from or date.min, row.pk))
