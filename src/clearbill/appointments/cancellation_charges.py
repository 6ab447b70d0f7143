"""What the practice's policy charges a client for a visit that they missed or cancelled late, and not to charge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from clearbill.appointments.invoice_link import invoice_number
from clearbill.appointments.models import Appointment
from clearbill.appointments.services import locked, tell
from clearbill.bill import dates, money
from clearbill.bill.problem import Refused
from clearbill.people.actor import Actor
from clearbill.workspace.cancellation_policies import policies_of, policy_on
from clearbill.workspace.models import CancellationPolicy, ServiceRate

LONGEST_REASON = 200

NOTHING_CHARGED = "By the practice’s policy nothing is charged for this visit."


@dataclass(frozen=True, slots=True)
class Charge:
    """What the client is charged: pounds before VAT, the line's words on the invoice, and how it is worked out."""

    amount: Decimal
    vat_rate: Decimal
    words: str
    reason: str

    @property
    def total(self) -> Decimal:
        """What the client pays, VAT included."""
        vat = (self.amount * self.vat_rate / 100).quantize(money.PENNY, rounding=ROUND_HALF_UP)
        return self.amount + vat


def charge_of(visit: Appointment, policies: Sequence[CancellationPolicy]) -> Charge | None:
    """Return what the policy of its day charges the client for the visit as it stands; None where nothing."""
    return _charge(visit, policies, state=visit.state, cancelled_at=visit.cancelled_at)


def charge_if_cancelled(visit: Appointment, policies: Sequence[CancellationPolicy], *, now: datetime) -> Charge | None:
    """Return what the policy of its day would charge for the visit if it were cancelled now; None where nothing."""
    return _charge(visit, policies, state=Appointment.CANCELLED, cancelled_at=now)


def chargeable(visits: QuerySet[Appointment], policies: Sequence[CancellationPolicy]) -> QuerySet[Appointment]:
    """Return those of the visits for which the policy of their day charges and nobody has decided not to."""
    if not policies:
        return visits.none()
    costly = Q(pk=None)
    for policy, after in zip(policies, [*policies[1:], None], strict=True):
        costly |= _of_its_days(policy, after) & _costly(policy)
    return _with_price_of_the_day(visits).filter(costly, not_charged_because="")


def _of_its_days(policy: CancellationPolicy, after: CancellationPolicy | None) -> Q:
    begun = Q(starts_at__gte=dates.uk_moment(policy.applies_from, time(0)))
    return begun & Q(starts_at__lt=dates.uk_moment(after.applies_from, time(0))) if after else begun


def _costly(policy: CancellationPolicy) -> Q:
    late = F("starts_at") - timedelta(hours=policy.late_hours)
    missed = _costs_something(policy.missed_rate, policy.missed_sum) & Q(state=Appointment.MISSED)
    cancelled = Q(state=Appointment.CANCELLED, cancelled_at__gt=late)
    return missed | (_costs_something(policy.late_rate, policy.late_sum) & cancelled)


def waive_charge(actor: Actor, *, appointment: Appointment, reason: str) -> Appointment:
    """Keep that the client is not charged for the visit, and why. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why the client is not charged.", "reason")
    with transaction.atomic():
        row = locked(actor.practice, appointment)
        if number := invoice_number(row):
            raise Refused(f"The client is charged on invoice {number}. Void the invoice first.")
        if charge_of(row, policies_of(actor.practice)) is None:
            raise Refused(NOTHING_CHARGED)
        _decide(actor, row, reason.strip()[:LONGEST_REASON], "decided not to charge for the visit")
    return row


def restore_charge(actor: Actor, *, appointment: Appointment) -> Appointment:
    """Take it back that the client is not charged for the visit. Raises Refused where nothing would be charged."""
    with transaction.atomic():
        row = locked(actor.practice, appointment)
        if row.not_charged_because and charge_of(row, policies_of(actor.practice)) is None:
            raise Refused(NOTHING_CHARGED)
        _decide(actor, row, "", "took back that the visit is not charged")
    return row


def _decide(actor: Actor, row: Appointment, reason: str, action: str) -> None:
    before = row.not_charged_because
    if reason == before:
        return
    row.not_charged_because = reason
    row.save(update_fields=["not_charged_because"])
    tell(actor, action, row, {"not_charged_because": [before, reason]})


def _charge(
    visit: Appointment, policies: Sequence[CancellationPolicy], *, state: str, cancelled_at: datetime | None
) -> Charge | None:
    day = dates.uk_day(visit.starts_at)
    policy = policy_on(policies, day)
    if policy is None:
        return None
    if state == Appointment.MISSED:
        return _worked_out(visit, policy, policy.missed_rate, policy.missed_sum, _line(policy.missed_words, day))
    if state == Appointment.CANCELLED and _is_late(visit, policy, cancelled_at):
        return _worked_out(visit, policy, policy.late_rate, policy.late_sum, _line(policy.late_words, day))
    return None


def _costs_something(share: Decimal | None, fixed: Decimal | None) -> Q:
    """Return the condition that a penny or more is charged, as `_worked_out` does it."""
    if share:
        least = (Decimal("0.5") / share).quantize(money.PENNY, rounding=ROUND_CEILING)
        return Q(price_of_the_day__gte=least)
    return ~Q(pk=None) if fixed else Q(pk=None)


def _with_price_of_the_day(visits: QuerySet[Appointment]) -> QuerySet[Appointment]:
    rates = ServiceRate.objects.filter(service=OuterRef("service"))
    of_day = rates.filter(Q(valid_from=None) | Q(valid_from__lte=OuterRef("uk_day")))
    latest = of_day.order_by(F("valid_from").desc(nulls_last=True)).values("price")[:1]
    return visits.alias(uk_day=TruncDate("starts_at", tzinfo=dates.LONDON), price_of_the_day=Subquery(latest))


def _is_late(visit: Appointment, policy: CancellationPolicy, cancelled_at: datetime | None) -> bool:
    return cancelled_at is not None and visit.starts_at - cancelled_at < timedelta(hours=policy.late_hours)


def _line(words: str, day: date) -> str:
    return f"{words}, {dates.show(day)}"


def _worked_out(
    visit: Appointment, policy: CancellationPolicy, share: Decimal | None, fixed: Decimal | None, words: str
) -> Charge | None:
    if share is not None:
        price = visit.service.rate_on(dates.uk_day(visit.starts_at)).price
        amount = (price * share / 100).quantize(money.PENNY, rounding=ROUND_HALF_UP)
        reason = f"{share.normalize():f} % of the price of {money.show(price)}"
    else:
        amount, reason = fixed or Decimal("0.00"), "a fixed sum"
    return Charge(amount, policy.vat_rate, words, reason) if amount > 0 else None
