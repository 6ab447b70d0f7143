"""A missed or late-cancelled visit is charged to the client by the practice's policy, and never to an insurer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments import authorised_sessions, cancellation_charges
from clearbill.appointments import services as appointments
from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.claims.core import services as claims
from clearbill.claims.core.cross_checks import agreement
from clearbill.invoicing import credit_notes, missed_visits, queries, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace.models import CancellationPolicy, ServiceRate
from tests import builders
from tests.builders import NOW, TODAY
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db
P = Decimal
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def actor(practice: Practice) -> Actor:
    return Actor(practice, builders.member(practice).user, NOW)


def policy(practice: Practice, **fields: Any) -> CancellationPolicy:
    given = {"missed_rate": P(50), "late_sum": P("25.00"), "applies_from": date(2026, 11, 1), **fields}
    return CancellationPolicy.objects.create(practice=practice, **given)


def missed(practice: Practice, **fields: Any) -> Appointment:
    return builders.appointment(practice, state=Appointment.MISSED, **fields)


def charged(actor: Actor, visit: Appointment) -> Invoice:
    (made,) = services.charge_missed(actor, appointments=[visit])
    return made


def test_a_missed_visit_is_charged_to_the_client_with_a_line_without_codes(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    made = charged(actor, visit)
    assert (made.insurer_slug, made.client, made.practitioner) == ("", visit.client, visit.practitioner)
    line = made.lines.get()
    assert (line.description, line.treated_on) == ("Missed appointment, 9 Nov 2026", date(2026, 11, 9))
    assert (line.item_code, line.procedure_code, line.service, line.appointment) == ("", "", None, visit)
    assert (line.net, line.vat, made.net_total) == (P("35.00"), P(0), P("35.00"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, P("35.00")),
        ({"missed_rate": P("33.33")}, P("23.33")),
        ({"missed_rate": None, "missed_sum": P("20.00")}, P("20.00")),
        ({"missed_rate": None}, None),
        ({"missed_rate": P(0)}, None),
        ({"applies_from": date(2026, 11, 10)}, None),
        ({"applies_from": date(2026, 11, 9)}, P("35.00")),
    ],
)
def test_the_policy_says_what_is_charged(actor: Actor, fields: dict[str, Any], expected: Decimal | None) -> None:
    kept, visit = policy(actor.practice, **fields), missed(actor.practice)
    charge = cancellation_charges.charge_of(visit, [kept])
    assert (charge and charge.amount) == expected
    assert missed_visits.to_charge(actor.practice).exists() == (expected is not None)
    if expected is None:
        with pytest.raises(Refused, match="nothing is charged"):
            charged(actor, visit)


@pytest.mark.parametrize("state", [Appointment.MISSED, Appointment.CANCELLED])
@pytest.mark.parametrize(
    ("price", "share", "expected"),
    [
        ("0.00", P(50), None),
        ("0.01", P(49), None),
        ("0.01", P(50), P("0.01")),
        ("0.02", P(33), P("0.01")),
        ("49.99", P("0.01"), None),
        ("50.00", P("0.01"), P("0.01")),
    ],
)
def test_a_share_of_nothing_is_nothing_to_decide_about(
    actor: Actor, state: str, price: str, share: Decimal, expected: Decimal | None
) -> None:
    kept = policy(actor.practice, missed_rate=share, late_rate=share, late_sum=None)
    service = builders.service(actor.practice, price=P(price))
    at = NOW - timedelta(days=1)
    visit = builders.appointment(actor.practice, service=service, state=state, starts_at=at, cancelled_at=at)
    charge = cancellation_charges.charge_of(visit, [kept])
    assert (charge and charge.amount) == expected
    assert missed_visits.to_charge(actor.practice).count() == (expected is not None)


def test_the_share_is_of_the_price_of_the_uk_day(actor: Actor) -> None:
    policy(actor.practice, applies_from=date(2026, 6, 1))
    service = builders.service(actor.practice, price=P("0.00"))
    ServiceRate.objects.create(practice=actor.practice, service=service, valid_from=date(2026, 6, 11), price=P("70.00"))
    midnight = datetime(2026, 6, 10, 23, 0, tzinfo=UTC)  # 11 June in the UK
    on_the_11th = missed(actor.practice, service=service, starts_at=midnight)
    missed(actor.practice, service=service, starts_at=midnight - timedelta(minutes=1))
    assert missed_visits.to_charge(actor.practice).get() == on_the_11th


def test_a_visit_is_charged_by_the_policy_of_its_day(actor: Actor) -> None:
    policy(actor.practice)
    policy(actor.practice, missed_rate=P(80), applies_from=date(2026, 11, 10))
    policy(actor.practice, missed_rate=None, applies_from=date(2026, 12, 1))
    moments = [NOW.replace(day=day) for day in (9, 10, 30)]
    before, since, last = (missed(actor.practice, starts_at=moment) for moment in moments)
    after = missed(actor.practice, starts_at=NOW.replace(month=12, day=1))
    charges = missed_visits.with_charges(actor.practice, [before, since, last, after])
    assert [(visit, charge.amount) for visit, charge in charges] == [
        (before, P("35.00")),
        (since, P("56.00")),
        (last, P("56.00")),
    ]
    assert list(missed_visits.to_charge(actor.practice)) == [before, since, last]
    assert charged(actor, before).net_total == P("35.00")


def test_many_missed_visits_take_as_many_queries_as_one(actor: Actor, django_assert_num_queries: Any) -> None:
    policy(actor.practice)
    for count in (1, 4):
        while Appointment.objects.count() < count:
            missed(actor.practice)
        with django_assert_num_queries(4):  # the policy twice, the visits, their rates
            assert len(missed_visits.with_charges(actor.practice, missed_visits.to_charge(actor.practice))) == count


def test_vat_is_charged_only_where_the_practice_set_it(actor: Actor) -> None:
    policy(actor.practice, vat_rate=P(20))
    assert (charged(actor, missed(actor.practice)).vat_total) == P("7.00")


@pytest.mark.parametrize(("before", "is_late"), [(timedelta(hours=24), False), (timedelta(hours=23, minutes=59), True)])
def test_late_is_less_than_the_hours_of_the_policy_before_the_start(
    actor: Actor, before: timedelta, is_late: bool
) -> None:
    kept = policy(actor.practice)
    row = builders.appointment(actor.practice, starts_at=NOW + before, state=Appointment.BOOKED)
    foretold = cancellation_charges.charge_if_cancelled(row, [kept], now=NOW)
    row = appointments.cancel(actor, appointment=row)
    assert row.cancelled_at == NOW
    charge = cancellation_charges.charge_of(row, [kept])
    assert bool(charge) == bool(foretold) == is_late
    assert missed_visits.to_charge(actor.practice).exists() == is_late
    if charge:
        assert (charge.amount, charge.words) == (P("25.00"), "Late cancellation, 11 Nov 2026")


def test_one_that_was_cancelled_before_the_moment_was_kept_is_not_late(actor: Actor) -> None:
    kept = policy(actor.practice)
    row = builders.appointment(actor.practice, state=Appointment.CANCELLED)
    assert cancellation_charges.charge_of(row, [kept]) is None
    assert not missed_visits.to_charge(actor.practice).exists()


def test_reopening_forgets_when_it_was_cancelled_and_that_it_is_not_charged(actor: Actor) -> None:
    policy(actor.practice)
    row = builders.appointment(actor.practice, starts_at=NOW + timedelta(hours=2), state=Appointment.BOOKED)
    appointments.cancel(actor, appointment=row)
    cancellation_charges.waive_charge(actor, appointment=row, reason="Snow")
    row = appointments.reopen(actor, appointment=row)
    assert (row.state, row.cancelled_at, row.not_charged_because) == (Appointment.BOOKED, None, "")


def test_a_charged_visit_is_neither_reopened_nor_charged_twice_until_the_invoice_is_void(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    made = charged(actor, visit)
    with pytest.raises(services.AlreadyInvoiced):
        charged(actor, visit)
    with pytest.raises(Refused, match="Void the invoice first"):
        appointments.reopen(actor, appointment=visit)
    with pytest.raises(Refused, match="Void the invoice first"):
        cancellation_charges.waive_charge(actor, appointment=visit, reason="Ill")
    assert not missed_visits.to_charge(actor.practice).exists()
    services.void(actor, invoice=made, reason="Was ill")
    assert missed_visits.to_charge(actor.practice).get() == visit
    assert appointments.reopen(actor, appointment=visit).state == Appointment.BOOKED


def test_what_is_not_charged_keeps_the_reason_and_can_be_taken_back(actor: Actor) -> None:
    kept, visit = policy(actor.practice), missed(actor.practice)
    with pytest.raises(Refused, match="Say why"):
        cancellation_charges.waive_charge(actor, appointment=visit, reason="  ")
    cancellation_charges.waive_charge(actor, appointment=visit, reason="In hospital")
    assert not missed_visits.to_charge(actor.practice).exists()
    with pytest.raises(Refused, match="It is not charged: In hospital"):
        charged(actor, visit)
    entry = AuditEntry.objects.get(action="decided not to charge for the visit")
    assert entry.changes == {"not_charged_because": ["", "In hospital"]}
    cancellation_charges.restore_charge(actor, appointment=visit)
    assert missed_visits.to_charge(actor.practice).get() == visit
    cancellation_charges.waive_charge(actor, appointment=visit, reason="In hospital")
    CancellationPolicy.objects.filter(pk=kept.pk).update(missed_rate=None)
    with pytest.raises(Refused, match="nothing is charged"):
        cancellation_charges.restore_charge(actor, appointment=visit)


def test_a_visit_that_took_place_is_not_one_that_is_charged_so(actor: Actor) -> None:
    policy(actor.practice)
    for state in (Appointment.BOOKED, Appointment.COMPLETED):
        visit = builders.appointment(actor.practice, state=state)
        with pytest.raises(Refused):
            charged(actor, visit)
        with pytest.raises(Refused):
            cancellation_charges.waive_charge(actor, appointment=visit, reason="Ill")


def given_line(visit: Appointment, **fields: Any) -> LineDraft:
    given = {"description": "Treatment", "treated_on": date(2026, 11, 9), "unit_price": P("70.00"), **fields}
    return LineDraft(**{"appointment": visit, **given})


def head(visit: Appointment, **fields: Any) -> InvoiceDraft:
    given = {"client": visit.client, "practitioner": visit.practitioner, "issued_on": TODAY, **fields}
    return InvoiceDraft(**given)


def test_no_way_leads_from_a_missed_visit_to_an_insurer(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    with pytest.raises(Refused, match="once it is completed"):
        services.invoice_appointments(actor, appointments=[visit])
    with pytest.raises(Refused, match="once it is completed"):
        services.invoice_all(actor, appointments=[visit])
    for slug, line in (("bupa", given_line(visit)), ("bupa", given_line(visit, item_code="ZPHY01"))):
        with pytest.raises(Refused, match="never to an insurer") as refused:
            services.create(actor, draft=head(visit, insurer_slug=slug), lines=[line])
        assert refused.value.field == "insurer"
    made = charged(actor, visit)
    lines = [line_of(row) for row in made.lines.all()]
    with pytest.raises(Refused, match="never to an insurer"):
        services.change(actor, invoice=made, draft=replace(draft_of(made), insurer_slug="bupa"), lines=lines)
    with pytest.raises(Refused, match="no item code"):
        services.change(actor, invoice=made, draft=draft_of(made), lines=[replace(lines[0], item_code="ZPHY01")])
    with pytest.raises(Refused):
        claims.create(actor, invoice=made)


def test_a_charge_may_be_changed_after_the_policy_was_and_is_restored_only_by_the_policy(actor: Actor) -> None:
    kept, visit = policy(actor.practice), missed(actor.practice)
    made = charged(actor, visit)
    CancellationPolicy.objects.filter(pk=kept.pk).update(missed_rate=None)
    lines = [replace(line_of(row), unit_price=P("10.00")) for row in made.lines.all()]
    made = services.change(actor, invoice=made, draft=draft_of(made), lines=lines)
    assert made.net_total == P("10.00")
    services.void(actor, invoice=made, reason="Ill")
    with pytest.raises(Refused, match="nothing is charged"):
        services.restore(actor, invoice=made)
    CancellationPolicy.objects.filter(pk=kept.pk).update(missed_rate=P(50))
    assert services.restore(actor, invoice=made).voided_at is None


def test_an_invoice_whose_visit_was_marked_missed_meanwhile_is_not_restored_to_the_insurer(actor: Actor) -> None:
    policy(actor.practice)
    visit = builders.appointment(actor.practice)
    made = services.invoice_appointments(actor, appointments=[visit])
    services.void(actor, invoice=made, reason="Did not come")
    appointments.reopen(actor, appointment=visit)
    appointments.mark_missed(actor, appointment=visit)
    with pytest.raises(Refused, match="never to an insurer"):
        services.restore(actor, invoice=made)


def test_a_void_charge_is_not_restored_once_the_visit_is_known_to_have_taken_place(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    made = charged(actor, visit)
    services.void(actor, invoice=made, reason="She was here")
    appointments.reopen(actor, appointment=visit)
    visit = appointments.complete(actor, appointment=visit)
    with pytest.raises(Refused, match="marked “Completed” by now, and its line charges for one that did not"):
        services.restore(actor, invoice=made)
    assert list(queries.unbilled(actor.practice)) == [visit]
    services.invoice_appointments(actor, appointments=[visit])


def test_a_visit_that_was_completed_after_it_was_read_is_not_charged_as_missed(actor: Actor) -> None:
    policy(actor.practice)
    read_before = missed(actor.practice)
    appointments.reopen(actor, appointment=read_before)
    appointments.complete(actor, appointment=read_before)
    assert read_before.state == Appointment.MISSED
    with pytest.raises(Refused, match="marked “Completed” by now"):
        charged(actor, read_before)


@pytest.mark.parametrize(
    ("line", "message"),
    [({}, "no service"), ({"service": None}, "has the price of a treatment")],
)
def test_the_void_invoice_of_a_treatment_is_not_restored_to_charge_a_missed_visit(
    actor: Actor, line: dict[str, Any], message: str
) -> None:
    policy(actor.practice)
    service = builders.service(actor.practice, isc="", procedure_code="")
    visit = builders.appointment(actor.practice, service=service, client=builders.client(actor.practice, insurer=""))
    of_treatment = given_line(visit, **{"service": service, **line})
    made = services.create(actor, draft=head(visit), lines=[of_treatment])
    services.void(actor, invoice=made, reason="Did not come")
    appointments.reopen(actor, appointment=visit)
    visit = appointments.mark_missed(actor, appointment=visit)
    with pytest.raises(Refused, match=message):
        services.restore(actor, invoice=made)
    assert charged(actor, visit).net_total == P("35.00")


def test_a_missed_visit_is_not_charged_by_hand_as_the_treatment(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice, service=builders.service(actor.practice, isc="", procedure_code=""))
    with pytest.raises(Refused, match="no service"):
        services.create(actor, draft=head(visit), lines=[given_line(visit, service=visit.service)])
    made = charged(actor, visit)
    lines = [replace(line_of(row), service=visit.service) for row in made.lines.all()]
    with pytest.raises(Refused, match="no service"):
        services.change(actor, invoice=made, draft=draft_of(made), lines=lines)


def test_a_visit_that_was_invoiced_in_free_words_is_restored_as_long_as_it_took_place(actor: Actor) -> None:
    visit = builders.appointment(actor.practice, service=builders.service(actor.practice, isc="", procedure_code=""))
    made = services.create(actor, draft=head(visit), lines=[given_line(visit)])
    services.void(actor, invoice=made, reason="By mistake")
    assert services.restore(actor, invoice=made).voided_at is None


def test_a_charge_that_was_credited_in_full_is_decided_about_and_may_be_made_anew(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    made = charged(actor, visit)
    credit_notes.create(actor, invoice=made, amounts={made.lines.get().pk: made.net_total}, reason="Was ill")
    assert not missed_visits.to_charge(actor.practice).exists()
    assert charged(actor, visit).pk != made.pk


def test_a_credited_treatment_does_not_hide_that_the_visit_was_missed(actor: Actor) -> None:
    policy(actor.practice)
    visit = builders.appointment(actor.practice, client=builders.client(actor.practice, insurer=""))
    made = services.invoice_appointments(actor, appointments=[visit])
    credit_notes.create(actor, invoice=made, amounts={made.lines.get().pk: made.net_total}, reason="Did not come")
    appointments.reopen(actor, appointment=visit)
    appointments.mark_missed(actor, appointment=visit)
    assert missed_visits.to_charge(actor.practice).get() == visit


@pytest.mark.parametrize("state", [Appointment.MISSED, Appointment.CANCELLED])
def test_an_insurer_is_not_billed_by_hand_for_what_the_diary_has_as_missed(actor: Actor, state: str) -> None:
    visit = builders.appointment(actor.practice, state=state)
    by_hand = given_line(visit, appointment=None, service=visit.service, item_code="ZPHY01")
    to_insurer = head(visit, insurer_slug="bupa")
    for line in (by_hand, replace(by_hand, service=None)):
        with pytest.raises(Refused, match="Line 1: The visit of 9 Nov 2026 is marked"):
            services.create(actor, draft=to_insurer, lines=[line])
    other_treatment = replace(by_hand, service=builders.service(actor.practice, isc="ZPHY09"), item_code="ZPHY09")
    services.create(actor, draft=to_insurer, lines=[other_treatment])
    services.create(actor, draft=replace(to_insurer, insurer_slug=""), lines=[by_hand])
    builders.appointment(actor.practice, client=visit.client, service=visit.service)
    services.create(actor, draft=to_insurer, lines=[by_hand])


def test_a_claim_of_a_visit_that_is_marked_missed_meanwhile_is_blocked() -> None:
    desk = Desk()
    claim = desk.created()
    invoice = claim.invoice
    assert not agreement.differences(claim, on=TODAY)
    line = invoice.lines.get()
    missed(
        desk.practice,
        client=invoice.client,
        service=builders.service(desk.practice, isc=line.item_code),
        starts_at=NOW.replace(year=line.treated_on.year, month=line.treated_on.month, day=line.treated_on.day),
    )
    (found,) = agreement.differences(claim, on=TODAY)
    assert (found.code, found.severity) == ("VISIT-05", "blocks")


def test_a_missed_visit_uses_no_authorised_session_charged_or_not(actor: Actor) -> None:
    policy(actor.practice)
    visit = missed(actor.practice)
    row = builders.authorisation(visit.client, sessions=2)
    charged(actor, visit)
    use = authorised_sessions.use_by_authorisation(visit.client)[row.pk]
    assert (use.used, use.booked, use.sessions_left) == (0, 0, 2)


def test_missed_visits_stand_apart_from_those_that_are_unbilled(actor: Actor) -> None:
    policy(actor.practice)
    visit, completed = missed(actor.practice), builders.appointment(actor.practice)
    assert list(queries.unbilled(actor.practice)) == [completed]
    assert list(missed_visits.to_charge(actor.practice)) == [visit]
    assert not missed_visits.to_charge(builders.practice("Elsewhere")).exists()
