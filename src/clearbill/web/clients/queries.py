"""What one client's page shows from several areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from clearbill.appointments.authorised_sessions import AuthorisationUse, use_by_authorisation
from clearbill.appointments.queries import booked_ahead
from clearbill.bill import Problem, dates, money
from clearbill.bill.text import plural
from clearbill.clients import policies
from clearbill.clients.cover import cover_hints_of
from clearbill.clients.excess import excess_left_on
from clearbill.clients.member_answers import MemberListAnswer, latest
from clearbill.clients.merges import standing_merges
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.imports.clients.queries import other_numbers
from clearbill.imports.kinds import CLIENTS
from clearbill.invoicing import missed_visits
from clearbill.invoicing import queries as billing
from clearbill.people.models import Practice

PAST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ShownAuthorisation:
    """One authorisation as the page shows it, with what is used of it in words; `state` "" says nothing of it."""

    row: Authorisation
    lasting: str
    words: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """One policy as the page shows it. `is_asked_about`: the insurer's member list can be asked for it."""

    policy: Policy
    state: str
    kind: str
    lasting: str
    is_valid: bool
    excess_left: Decimal | None
    authorisations: list[ShownAuthorisation]
    hints: list[Problem]
    is_asked_about: bool
    member_answer: MemberListAnswer | None


def client_page(client: Client, now: datetime, *, can_ask: bool) -> dict[str, Any]:
    """Return what the client's page shows beside the client: policies, appointments, diagnoses.

    `can_ask`: the insurers' member lists can be asked.
    """
    today = dates.uk_day(now)
    seen = client.appointments.select_related("practitioner", "service")
    past = list(seen.filter(starts_at__lt=now).order_by("-starts_at")[: PAST_SHOWN + 1])
    return {
        "address": client.address,
        "in_use": policies.cover_in_use(client, today),
        "policies": _policies(client, today, can_ask=can_ask),
        "diagnoses": list(client.diagnoses.all()),
        "upcoming": list(seen.filter(starts_at__gte=now).order_by("starts_at")[:PAST_SHOWN]),
        "past": past[:PAST_SHOWN],
        "past_goes_on": len(past) > PAST_SHOWN,
        "merges": list(standing_merges(client)),
        "other_numbers": [
            (CLIENTS.sources.get(one.source, "the other system"), one.number) for one in other_numbers(client)
        ],
    }


def left_open(practice: Practice, client: Client, now: datetime) -> str:
    """Return what is still open with the client, in a sentence; "" where nothing is."""
    booked = booked_ahead(client.appointments.all(), now)
    unbilled = billing.unbilled(practice, client_id=client.pk).count()
    missed = missed_visits.to_charge(practice, client_id=client.pk).count()
    owed = client.invoices.filter(voided_at=None, open_total__gt=0).aggregate(sum=Sum("open_total"))["sum"]
    found = [
        f"{len(booked)} booked {plural(len(booked), 'visit')}, the next on {dates.show_moment(booked[0].starts_at)}"
        if booked
        else "",
        f"{unbilled} {plural(unbilled, 'visit')} not yet invoiced" if unbilled else "",
        f"{missed} missed {plural(missed, 'visit')} to charge or not" if missed else "",
        f"{money.show(owed)} owed on invoices" if owed else "",
    ]
    return f"Still open: {'; '.join(one for one in found if one)}." if any(found) else ""


def invoices(client: Client) -> QuerySet[Any]:
    """Return the client's invoices, newest first, each with its claims."""
    return client.invoices.select_related("practitioner").prefetch_related("claims")


def _policies(client: Client, today: date, *, can_ask: bool) -> list[ShownPolicy]:
    """Those valid today first, then those to come, those that ended, and what was entered in error."""
    in_use, used = policies.cover_in_use(client, today), use_by_authorisation(client)
    shown = []
    for policy in client.policies.all():
        state, kind = _state(policy, today)
        is_valid = policy.is_valid_on(today)
        authorisation = in_use.authorisation if policy == in_use.policy else None
        shown.append(
            ShownPolicy(
                policy=policy,
                state=state,
                kind=kind,
                lasting=policies.lasting(policy.valid_from, policy.valid_to),
                is_valid=is_valid,
                excess_left=excess_left_on(policy, today),
                authorisations=[_authorisation(row, used.get(row.pk), today) for row in policy.authorisations.all()],
                hints=cover_hints_of(policy, authorisation) if is_valid else [],
                is_asked_about=can_ask and policy == in_use.policy,
                member_answer=latest(
                    client, insurer_slug=policy.insurer_slug, membership_number=policy.membership_number
                ),
            )
        )
    order = ["Valid today", "To come", "Ended", "Entered by mistake"]
    return sorted(shown, key=lambda one: (order.index(one.state), not one.policy.is_primary))


def _state(policy: Policy, today: date) -> tuple[str, str]:
    if policy.entered_in_error:
        return "Entered by mistake", ""
    if policy.is_valid_on(today):
        return "Valid today", "ok"
    return ("To come", "info") if policy.valid_from and policy.valid_from > today else ("Ended", "")


def _authorisation(row: Authorisation, use: AuthorisationUse | None, today: date) -> ShownAuthorisation:
    state, kind = _use_state(use, today)
    return ShownAuthorisation(
        row=row,
        lasting=policies.lasting(row.valid_from, row.valid_to),
        words=use.words if use else "",
        state="Entered by mistake" if row.entered_in_error else state,
        kind=kind,
    )


def _use_state(use: AuthorisationUse | None, today: date) -> tuple[str, str]:
    if use is None:
        return "", ""
    if use.is_exceeded:
        return "More than authorised", "bad"
    ends = (use.authorisation.valid_to, use.authorisation.policy.valid_to)
    is_over = any(day is not None and day < today for day in ends)
    if is_over or use.sessions_left is None or use.sessions_left > 1:
        return "", ""
    return ("Nearly used", "warn") if use.sessions_left else ("All used", "")
