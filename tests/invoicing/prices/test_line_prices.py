"""A line is billed at the price of its day and its payer, in whatever order things happen; else with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.clients.models import Client, Policy
from clearbill.invoicing import services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice
from clearbill.invoicing.prices import line_prices, rate_changes
from clearbill.invoicing.prices.rate_changes import Manner
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice
from clearbill.workspace import service_rates
from clearbill.workspace.contract_prices import services as contract_prices
from clearbill.workspace.models import Service, ServiceRate
from tests import builders
from tests.examples import examples

pytestmark = pytest.mark.django_db
P = Decimal
FIFTH = datetime(2027, 1, 5, 9, tzinfo=UTC)
RISE = date(2027, 1, 1)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def actor(practice: Practice) -> Actor:
    return Actor(practice, None, FIFTH)


@pytest.fixture
def service(practice: Practice) -> Service:
    return builders.service(practice, name="Physiotherapy, follow-up", price=P("55.00"), isc="ZPHY02")


def visit(practice: Practice, service: Service, client: Client, on: date) -> Appointment:
    starts_at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return builders.appointment(practice, service=service, client=client, starts_at=starts_at)


def agree(actor: Actor, amount: str, **fields: Any) -> Any:
    details = {
        "insurer_slug": "vitalityhealth",
        "code": "ZPHY02",
        "amount": P(amount),
        "valid_from": date(2026, 1, 1),
        **fields,
    }
    return contract_prices.add(actor, details=details)


def made(actor: Actor, *visits: Appointment) -> Invoice:
    return services.invoice_appointments(actor, appointments=visits)


def by_hand(actor: Actor, client: Client, line: LineDraft, insurer_slug: str = "") -> Invoice:
    draft = InvoiceDraft(
        client=client,
        practitioner=builders.practitioner(actor.practice),
        issued_on=date(2027, 1, 5),
        insurer_slug=insurer_slug,
    )
    return services.create(actor, draft=draft, lines=[line])


def line(service: Service | None, price: str, **fields: Any) -> LineDraft:
    given = {"description": "Physiotherapy", "treated_on": date(2026, 12, 30), "item_code": "ZPHY02", **fields}
    return LineDraft(service=service, unit_price=P(price), **given)


def rise(actor: Actor, service: Service) -> None:
    details = {"name": service.name, **service_rates.values_of(service.rates.get()), "price": P("60.00")}
    rate_changes.change_service(
        actor,
        service=service,
        details={**details, "isc": "ZPHY09"},
        manner=Manner.FROM_A_DAY,
        valid_from=RISE,
    )


@pytest.mark.parametrize("order", ["December first", "January first", "both at once"])
@pytest.mark.parametrize("is_rise_known", [True, False], ids=["risen-before", "risen-after"])
def test_the_january_rise_leaves_december_alone(
    actor: Actor, service: Service, order: str, is_rise_known: bool
) -> None:
    practice = actor.practice
    client = builders.client(practice, insurer="")
    december, january = (visit(practice, service, client, on) for on in (date(2026, 12, 30), date(2027, 1, 4)))
    Appointment.objects.filter(pk=january.pk).update(practitioner=december.practitioner)
    january.refresh_from_db()
    steps: list[Callable[[], Any]] = {
        "December first": [lambda: made(actor, december), lambda: made(actor, january)],
        "January first": [lambda: made(actor, january), lambda: made(actor, december)],
        "both at once": [lambda: made(actor, january, december)],
    }[order]
    if is_rise_known:
        rise(actor, service)
    else:
        # Who invoices December's visits before anybody entered the rise, and January's after.
        steps = [lambda: made(actor, december), lambda: rise(actor, service), lambda: made(actor, january)]
    for step in steps:
        step()
    told = {
        row.treated_on: (row.unit_price, row.item_code)
        for invoice in Invoice.objects.all()
        for row in invoice.lines.all()
    }
    assert told == {date(2026, 12, 30): (P("55.00"), "ZPHY02"), date(2027, 1, 4): (P("60.00"), "ZPHY09")}


@pytest.mark.parametrize(
    ("insurer", "name", "amount"), [("vitalityhealth", "VitalityHealth", "52.00"), ("bupa", "BUPA", "95.00")]
)
def test_an_insurer_is_billed_what_it_agreed_and_the_line_says_why(
    actor: Actor, service: Service, insurer: str, name: str, amount: str
) -> None:
    agree(actor, amount, insurer_slug=insurer)
    client = builders.client(actor.practice, insurer=insurer)
    row = made(actor, visit(actor.practice, service, client, date(2026, 12, 30))).lines.get()
    assert (row.unit_price, row.rule_price, row.price_reason) == (P(amount), P(amount), "")
    assert row.price_basis == f"Contract price of {name} from 1 Jan 2026; your own price is £55.00."


def test_visits_of_one_client_under_two_insurers_have_each_its_own_price(actor: Actor, service: Service) -> None:
    agree(actor, "52.00")
    agree(actor, "95.00", insurer_slug="bupa")
    client = builders.client(actor.practice, insurer="")
    last = date(2026, 12, 29)
    Policy.objects.create(client=client, insurer_slug="bupa", membership_number="ZZ1", valid_to=last)
    Policy.objects.create(
        client=client, insurer_slug="vitalityhealth", membership_number="ZZ2", valid_from=last + timedelta(days=1)
    )
    visits = [visit(actor.practice, service, client, on) for on in (last, last + timedelta(days=1))]
    Appointment.objects.update(practitioner=visits[0].practitioner)
    found = services.invoice_all(actor, appointments=list(Appointment.objects.all())).invoices
    assert {one.insurer_slug: one.net_total for one in found} == {"bupa": P("95.00"), "vitalityhealth": P("52.00")}


def test_another_price_needs_a_reason_which_the_line_and_the_trail_keep(actor: Actor, service: Service) -> None:
    agree(actor, "52.00")
    client = builders.client(actor.practice, insurer="vitalityhealth")
    other = line(service, "50.00", units=2)
    with pytest.raises(Refused, match=r"The price on 30 Dec 2026 is £52\.00\..* £4\.00 would be lost\. Enter £52\.00"):
        by_hand(actor, client, other, "vitalityhealth")
    assert not Invoice.objects.exists()
    invoice = by_hand(actor, client, replace(other, price_reason="Agreed on the telephone"), "vitalityhealth")
    row = invoice.lines.get()
    assert (row.unit_price, row.rule_price, row.price_reason) == (P("50.00"), P("52.00"), "Agreed on the telephone")
    told = AuditEntry.objects.get(action="made the invoice").changes["lines"]
    assert told == ["30 Dec 2026, Physiotherapy ZPHY02, 2 × £50.00, instead of £52.00 (Agreed on the telephone)"]


def test_a_reason_is_not_kept_where_the_price_is_the_rules(actor: Actor, service: Service) -> None:
    invoice = by_hand(actor, builders.client(actor.practice), line(service, "55.00", price_reason="None"), "bupa")
    assert invoice.lines.get().price_reason == ""


def test_the_line_of_a_visit_is_not_freed_by_taking_its_service_away(actor: Actor, service: Service) -> None:
    client = builders.client(actor.practice)
    one = visit(actor.practice, service, client, date(2026, 12, 30))
    with pytest.raises(Refused, match=r"is £55\.00"):
        by_hand(actor, client, line(None, "12.34", appointment=one), "bupa")


def test_a_line_by_hand_and_a_service_of_nothing_have_the_price_that_is_typed(actor: Actor) -> None:
    client = builders.client(actor.practice)
    assert by_hand(actor, client, line(None, "12.34")).lines.get().rule_price is None
    free = builders.service(actor.practice, price=P("0.00"))
    assert by_hand(actor, client, line(free, "12.34")).lines.get().rule_price is None


def changed(actor: Actor, invoice: Invoice, insurer_slug: str | None = None, **fields: Any) -> Invoice:
    draft = draft_of(invoice)
    if insurer_slug is not None:
        draft = replace(draft, insurer_slug=insurer_slug)
    lines = [replace(line_of(row), **fields) for row in invoice.lines.all()]
    return services.change(actor, invoice=invoice, draft=draft, lines=lines)


def test_an_invoice_keeps_its_price_until_somebody_changes_it(actor: Actor, service: Service) -> None:
    client = builders.client(actor.practice, insurer="vitalityhealth")
    invoice = made(actor, visit(actor.practice, service, client, date(2026, 12, 30)))
    agree(actor, "52.00")
    changed(actor, invoice, description="Physiotherapy at home", units=2, discount=P("1.00"), procedure_code="Z9912")
    row = invoice.lines.get()
    assert (row.unit_price, row.rule_price) == (P("55.00"), P("55.00"))
    assert row.price_basis == "Your own price, as no contract price of VitalityHealth was entered."
    with pytest.raises(Refused, match=r"is £52\.00"):
        changed(actor, invoice, unit_price=P("54.00"))
    changed(actor, invoice, unit_price=P("52.00"))
    assert invoice.lines.get().price_basis.startswith("Contract price of VitalityHealth")


def test_an_invoice_of_before_is_asked_about_only_when_its_price_is_changed(actor: Actor, service: Service) -> None:
    invoice = made(actor, visit(actor.practice, service, builders.client(actor.practice), date(2026, 12, 30)))
    invoice.lines.update(unit_price=P("49.00"), rule_price=None, price_basis="")
    changed(actor, invoice, description="Physiotherapy at home", item_code="ZPHY05")
    changed(actor, invoice, treated_on=date(2026, 12, 29), appointment=None)
    assert invoice.lines.get().rule_price is None
    with pytest.raises(Refused, match=r"is £55\.00"):
        changed(actor, invoice, unit_price=P("48.00"))


@pytest.mark.parametrize(
    "fields",
    [{"insurer_slug": ""}, {"treated_on": date(2026, 12, 29)}],
    ids=["another-payer", "another-day"],
)
def test_another_payer_or_day_asks_for_the_price_anew(actor: Actor, service: Service, fields: dict[str, Any]) -> None:
    agree(actor, "52.00", valid_from=date(2026, 12, 30))
    client = builders.client(actor.practice, insurer="vitalityhealth")
    invoice = made(actor, visit(actor.practice, service, client, date(2026, 12, 30)))
    with pytest.raises(Refused, match=r"is £55\.00"):
        changed(actor, invoice, appointment=None, **fields)
    changed(actor, invoice, appointment=None, unit_price=P("55.00"), **fields)
    assert invoice.lines.get().rule_price == P("55.00")


def test_a_reason_that_is_taken_away_is_asked_for_again(actor: Actor, service: Service) -> None:
    client = builders.client(actor.practice)
    invoice = by_hand(actor, client, line(service, "50.00", price_reason="A colleague"), "bupa")
    changed(actor, invoice, description="Still a colleague")
    assert invoice.lines.get().price_reason == "A colleague"
    with pytest.raises(Refused, match="say why"):
        changed(actor, invoice, price_reason="")


def test_what_is_billed_below_the_contract_price_is_told_with_what_is_lost(actor: Actor, service: Service) -> None:
    client = builders.client(actor.practice, insurer="bupa")
    invoice = by_hand(actor, client, line(service, "55.00", units=2, discount=P("5.00")), "bupa")
    assert line_prices.below_contract(actor.practice, "bupa", list(invoice.lines.all())) == []
    agree(actor, "95.00", insurer_slug="bupa")
    [found] = line_prices.below_contract(actor.practice, "bupa", list(invoice.lines.all()))
    assert (found.place, found.lost) == (0, P("85.00"))
    assert found.sentence == (
        "£85.00 is lost: the contract price of BUPA from 1 Jan 2026 is £95.00, and less is billed."
    )
    assert line_prices.below_contract(actor.practice, "", list(invoice.lines.all())) == []


# What may happen between treatment and payment: each is a day, a price and who it is about.
DAYS = [date(2026, 12, 1) + timedelta(days=7 * week) for week in range(8)]
EVENTS = st.lists(
    st.tuples(st.sampled_from(["own", "agreed", "invoice"]), st.sampled_from(DAYS), st.integers(1, 20_000)),
    min_size=1,
    max_size=12,
)


@given(EVENTS, st.randoms(use_true_random=False))
@pace(max_examples=examples(40), deadline=None)
def test_in_whatever_order_the_line_says_what_held_on_its_day_for_its_payer_when_it_was_made(
    events: list[tuple[str, date, int]], dice: Any
) -> None:
    practice = builders.practice()
    actor = Actor(practice, None, datetime(2027, 3, 1, 9, tzinfo=UTC))
    service = builders.service(practice, price=P("55.00"), isc="ZPHY02")
    clients = {slug: builders.client(practice, insurer=slug) for slug in ("vitalityhealth", "bupa", "")}
    visits = [visit(practice, service, client, day) for day in DAYS for client in clients.values()]
    dice.shuffle(visits)
    own: dict[date | None, Decimal] = {None: P("55.00")}
    agreed: dict[date, Decimal] = {}
    expected: dict[Any, Decimal] = {}

    def latest(prices: dict[Any, Decimal], day: date) -> Decimal | None:
        known = [first for first in prices if first is None or first <= day]
        return prices[max(known, key=lambda first: first or date.min)] if known else None

    for what, day, pence in events:
        amount = P(pence) / 100
        if what == "own" and day not in own:
            service_rates.follow(actor, service=service, changed={"price": amount}, valid_from=day)
            own[day] = amount
        elif what == "agreed" and all(first < day for first in agreed):
            agree(actor, str(amount), valid_from=day)
            agreed[day] = amount
        elif what == "invoice" and visits:
            one = visits.pop()
            on = one.starts_at.date()
            payer = next(slug for slug, client in clients.items() if client == one.client)
            price = (latest(agreed, on) if payer == "vitalityhealth" else None) or latest(own, on)
            row = made(actor, Appointment.objects.get(pk=one.pk)).lines.get()
            assert price is not None
            expected[row.pk] = price
            assert row.unit_price == price
    kept = {
        row.pk: row.unit_price for invoice in Invoice.objects.filter(practice=practice) for row in invoice.lines.all()
    }
    assert kept == expected
    assert ServiceRate.objects.filter(service=service).count() == len(own)
