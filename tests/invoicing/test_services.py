"""Making, changing, voiding and restoring invoices, and money received on them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger, payments, queries, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import Invoice, InvoiceLine, LedgerEntry
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, User
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def by(practice: Practice) -> User:
    return builders.member(practice).user


def line(price: str = "70.00", **fields: Any) -> LineDraft:
    given = {"treated_on": date(2026, 11, 9), "price_reason": "Agreed with the client.", **fields}
    return LineDraft(description="Physiotherapy", unit_price=P(price), **given)


def draft(practice: Practice, **fields: Any) -> InvoiceDraft:
    given: dict[str, Any] = {
        "client": fields.pop("client", None) or builders.client(practice),
        "practitioner": fields.pop("practitioner", None) or builders.practitioner(practice),
        "issued_on": TODAY,
        "insurer_slug": "bupa",
    }
    return InvoiceDraft(**{**given, **fields})


def make(practice: Practice, by: User, *lines: LineDraft, **fields: Any) -> Invoice:
    key = fields.pop("invoice_id", None)
    head = draft(practice, **fields)
    return services.create(Actor(practice, by, NOW), draft=head, lines=list(lines) or [line()], invoice_id=key)


def of(practice: Practice, by: User, *visits: Appointment) -> Invoice:
    return services.invoice_appointments(Actor(practice, by, NOW), appointments=visits)


def claim(invoice: Invoice, status: Status) -> Claim:
    return Claim.objects.create(
        practice=invoice.practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        practitioner=invoice.practitioner,
        status=status.value,
        bill={},
        status_at=NOW,
    )


def pay(practice: Practice, by: User, invoice: Invoice, amount: str = "20.00", **fields: Any) -> LedgerEntry:
    given = {"received_on": TODAY, "source": LedgerEntry.PATIENT, "reference": "", **fields}
    return payments.record_payment(Actor(practice, by, NOW), invoice=invoice, amount=P(amount), **given)


def test_numbers_follow_each_other_with_the_practices_prefix(practice: Practice, by: User) -> None:
    assert [make(practice, by).number, make(practice, by).number] == ["CB10001", "CB10002"]
    other = builders.practice("Elsewhere")
    assert make(other, by).number == "CB10001"


def test_an_invoice_of_a_visit_takes_the_isc_as_item_code(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice)
    made = of(practice, by, visit)
    row = made.lines.get()
    assert (row.item_code, row.description, row.net) == ("ZPHY01", visit.service.name, P("70.00"))
    assert row.treated_on == date(2026, 11, 9)
    assert (made.insurer_slug, made.net_total, made.issued_on) == ("bupa", P("70.00"), TODAY)


def test_a_client_without_cover_is_billed_in_person(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice, client=builders.client(practice, insurer=""))
    assert of(practice, by, visit).insurer_slug == ""


def test_a_visit_is_never_invoiced_twice(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice)
    first = of(practice, by, visit)
    with pytest.raises(services.AlreadyInvoiced) as caught:
        of(practice, by, visit)
    assert caught.value.invoice == first
    assert Invoice.objects.count() == 1


def test_only_a_completed_visit_is_invoiced(practice: Practice, by: User) -> None:
    for state in (Appointment.BOOKED, Appointment.MISSED, Appointment.CANCELLED):
        with pytest.raises(Refused, match="once it is completed"):
            of(practice, by, builders.appointment(practice, state=state))
    assert not Invoice.objects.exists()


def test_one_invoice_is_for_one_client(practice: Practice, by: User) -> None:
    with pytest.raises(Refused, match="one client"):
        of(practice, by, builders.appointment(practice), builders.appointment(practice))


def test_ticked_visits_become_one_invoice_for_each_client_and_practitioner(practice: Practice, by: User) -> None:
    first = builders.appointment(practice)
    again = builders.appointment(
        practice, client=first.client, practitioner=first.practitioner, starts_at=NOW - timedelta(days=8)
    )
    other = builders.appointment(practice)
    made = services.invoice_all(Actor(practice, by, NOW), appointments=[first, again, other]).invoices
    assert [one.lines.count() for one in made] == [2, 1]
    assert [row.treated_on.day for row in made[0].lines.all()] == [2, 9]


def test_making_many_invoices_is_all_or_nothing(practice: Practice, by: User) -> None:
    good, bad = builders.appointment(practice), builders.appointment(practice, state=Appointment.BOOKED)
    with pytest.raises(Refused):
        services.invoice_all(Actor(practice, by, NOW), appointments=[good, bad])
    assert not Invoice.objects.exists()


def test_a_form_sent_twice_makes_one_invoice(practice: Practice, by: User) -> None:
    key = uuid4()
    assert make(practice, by, invoice_id=key).pk == make(practice, by, invoice_id=key).pk == key
    assert Invoice.objects.count() == 1


def test_any_sum_of_pennies_is_kept_exactly(practice: Practice, by: User) -> None:
    dice = Random(5)
    head = draft(practice)
    for _ in range(60):
        rows = []
        for _ in range(dice.randint(1, 4)):
            price = P(dice.randint(0, 30_000)) / 100
            off = (price * dice.randint(0, 100) / 100).quantize(P("0.01"))
            rows.append(line(str(price), discount=off, vat_rate=dice.choice([P("0"), P("20")])))
        made = services.create(Actor(practice, by, NOW), draft=head, lines=rows)
        made.refresh_from_db()
        assert made.net_total == sum(row.net for row in InvoiceLine.objects.filter(invoice=made))


def test_what_the_patient_paid_before_is_taken_off(practice: Practice, by: User) -> None:
    made = make(practice, by, line("70.00", discount=P("5.00"), vat_rate=P("20")), patient_paid=P("18.00"))
    assert (made.gross_total, made.discount_total, made.vat_total) == (P("70.00"), P("5.00"), P("13.00"))
    assert made.net_total == P("60.00")


@pytest.mark.parametrize(
    ("rows", "paid", "words"),
    [
        ([line("10.00", discount=P("10.01"))], "0.00", "discount"),
        ([line("10.00")], "10.01", "patient cannot have paid more"),
        ([line("9999999.99", units=11)], "0.00", "more than"),
        ([], "0.00", "1 to 100 lines"),
    ],
)
def test_an_invoice_that_cannot_be_is_refused(
    practice: Practice, by: User, rows: list[LineDraft], paid: str, words: str
) -> None:
    head = draft(practice, patient_paid=P(paid))
    with pytest.raises(Refused, match=words):
        services.create(Actor(practice, by, NOW), draft=head, lines=rows)


def test_a_refused_invoice_uses_up_no_number(practice: Practice, by: User) -> None:
    with pytest.raises(Refused):
        make(practice, by, line("1.00", discount=P("2.00")))
    assert make(practice, by).number == "CB10001"


def test_another_practices_client_is_not_billed(practice: Practice, by: User) -> None:
    with pytest.raises(Refused, match="own"):
        make(practice, by, client=builders.client(builders.practice("Elsewhere")))


def test_a_change_replaces_the_lines_and_says_what_was(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice)
    made = of(practice, by, visit)
    head = draft(practice, client=made.client, practitioner=made.practitioner)
    changed = services.change(
        Actor(practice, by, NOW),
        invoice=made,
        draft=head,
        lines=[line("80.00", appointment=visit, item_code="ZPHY02"), line("5.00")],
    )
    assert (changed.number, changed.net_total, changed.lines.count()) == (made.number, P("85.00"), 2)
    entry = AuditEntry.objects.get(action="changed the invoice")
    assert entry.changes["net_total"] == [{"$pounds": "70.00"}, {"$pounds": "85.00"}]
    assert entry.changes["lines"]


@pytest.mark.parametrize(
    ("status", "fixed"),
    [(status, status not in {Status.CREATED, Status.REJECTED, Status.CANCELLED, Status.DECLINED}) for status in Status],
)
def test_an_invoice_is_fixed_once_its_claim_is_under_way(
    practice: Practice, by: User, status: Status, fixed: bool
) -> None:
    made = make(practice, by)
    claim(made, status)
    head = draft(practice, client=made.client)
    if fixed:
        with pytest.raises(Refused, match="stays as it was sent"):
            services.change(Actor(practice, by, NOW), invoice=made, draft=head, lines=[line("1.00")])
    else:
        services.change(Actor(practice, by, NOW), invoice=made, draft=head, lines=[line("1.00")])
        assert Invoice.objects.get().net_total == P("1.00")


def test_a_void_invoice_frees_its_visits_and_keeps_its_number(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice)
    first = of(practice, by, visit)
    services.void(Actor(practice, by, NOW), invoice=first, reason="Wrong service")
    assert list(queries.unbilled(practice)) == [visit]
    second = of(practice, by, visit)
    assert second.number != first.number
    assert queries.void_reason(practice, first) == "Wrong service"


def test_a_void_needs_a_reason_and_no_claim_or_money(practice: Practice, by: User) -> None:
    made = make(practice, by)
    with pytest.raises(Refused, match="Say why"):
        services.void(Actor(practice, by, NOW), invoice=made, reason="  ")
    pay(practice, by, made)
    with pytest.raises(Refused, match="Money was received"):
        services.void(Actor(practice, by, NOW), invoice=made, reason="Wrong")
    claimed = make(practice, by)
    claim(claimed, Status.REJECTED)
    with pytest.raises(Refused, match="Rejected"):
        services.void(Actor(practice, by, NOW), invoice=claimed, reason="Wrong")


def test_a_void_invoice_is_restored_unless_its_visit_is_invoiced_again(practice: Practice, by: User) -> None:
    visit = builders.appointment(practice)
    first = of(practice, by, visit)
    services.void(Actor(practice, by, NOW), invoice=first, reason="Wrong")
    assert services.restore(Actor(practice, by, NOW), invoice=first).voided_at is None
    services.void(Actor(practice, by, NOW), invoice=first, reason="Wrong")
    of(practice, by, visit)
    with pytest.raises(services.AlreadyInvoiced):
        services.restore(Actor(practice, by, NOW), invoice=first)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"state": Appointment.CANCELLED}, "charged to the client only, never to an insurer"),
        ({"state": Appointment.BOOKED}, "once it is completed"),
        ({"starts_at": NOW - timedelta(days=4)}, "was moved to 6 Nov 2026. Make a new invoice of it instead"),
        ({"client": builders.client}, "is another client’s by now. Make a new invoice of it instead"),
        ({"practitioner": builders.practitioner}, "is with Rosa Therapist by now"),
        ({"service": builders.service}, "is for another service by now"),
    ],
)
def test_a_void_invoice_is_restored_only_where_it_could_be_made_as_it_is(
    practice: Practice, by: User, changed: dict[str, Any], message: str
) -> None:
    visit = builders.appointment(practice)
    made = of(practice, by, visit)
    services.void(Actor(practice, by, NOW), invoice=made, reason="Wrong")
    changed = {name: value(practice) if callable(value) else value for name, value in changed.items()}
    Appointment.objects.filter(pk=visit.pk).update(**changed)
    with pytest.raises(Refused, match=message):
        services.restore(Actor(practice, by, NOW), invoice=made)
    made.refresh_from_db()
    assert made.voided_at is not None


def test_a_void_invoice_with_vat_is_not_restored_once_the_practice_has_no_vat_number(
    practice: Practice, by: User
) -> None:
    made = make(practice, by, line("70.00", vat_rate=P("20.00")))
    services.void(Actor(practice, by, NOW), invoice=made, reason="Wrong")
    practice.vat_number = ""
    practice.save()
    with pytest.raises(Refused, match="VAT number"):
        services.restore(Actor(practice, by, NOW), invoice=made)


def test_a_payment_lessens_what_is_open(practice: Practice, by: User) -> None:
    made = make(practice, by)
    pay(practice, by, made, "20.00")
    pay(practice, by, made, "30.00", source=LedgerEntry.INSURER, reference="PAY1")
    (row,) = queries.invoices(practice)
    assert (row.paid_total, row.open_total, ledger.open_amount(row)) == (P("50.00"), P("20.00"), P("20.00"))
    assert AuditEntry.objects.filter(action="recorded a payment").count() == 2


def test_the_same_payment_is_recorded_once(practice: Practice, by: User) -> None:
    made = make(practice, by)
    pay(practice, by, made)
    with pytest.raises(Refused, match="already recorded"):
        pay(practice, by, made)
    assert pay(practice, by, made, reference="second")


def test_a_payment_of_nothing_or_on_a_void_invoice_is_refused(practice: Practice, by: User) -> None:
    made = make(practice, by)
    for amount in ("0.00", "-5.00"):
        with pytest.raises(Refused):
            pay(practice, by, made, amount)
    services.void(Actor(practice, by, NOW), invoice=made, reason="Wrong")
    with pytest.raises(Refused, match="void"):
        pay(practice, by, made)


def test_a_payment_can_be_taken_back_unless_it_came_in_one_of_the_insurer(practice: Practice, by: User) -> None:
    made = make(practice, by)
    mine, other = pay(practice, by, made), pay(practice, by, made, source=LedgerEntry.INSURER)
    with builders.holding(made):
        ledger.post_many([_of_a_remittance(made, P("1.00"))])
    theirs = LedgerEntry.objects.latest("pk")
    payments.reverse_payment(Actor(practice, by, NOW), entry=mine)
    with pytest.raises(Refused, match="came in a payment of the insurer"):
        payments.reverse_payment(Actor(practice, by, NOW), entry=theirs)
    for entry in (mine, other):
        payments.reverse_payment(Actor(practice, by, NOW), entry=entry)
    assert [(entry.amount, entry.takes_back) for entry in made.entries.order_by("pk")] == [
        (P("20.00"), None),
        (P("20.00"), None),
        (P("1.00"), None),
        (P("-20.00"), mine),
        (P("-20.00"), other),
    ]
    assert Invoice.objects.get().open_total == P("69.00")
    assert AuditEntry.objects.filter(action="took back a payment").count() == 2
    with pytest.raises(Refused, match="not a payment"):
        payments.reverse_payment(Actor(practice, by, NOW), entry=LedgerEntry.objects.latest("pk"))


def _of_a_remittance(made: Invoice, amount: Decimal) -> dict[str, Any]:
    given = {"practice": made.practice_id, "invoice": made.pk, "kind": LedgerEntry.PAID, "source": LedgerEntry.INSURER}
    rest = {"reference": "", "reason": "", "code": "", "advice": 7, "takes_back": None, "by": None}
    return {**given, "amount": amount, "at": NOW, "on": TODAY, **rest}


def test_a_payment_that_was_taken_back_can_be_recorded_again(practice: Practice, by: User) -> None:
    made = make(practice, by)
    payments.reverse_payment(Actor(practice, by, NOW), entry=pay(practice, by, made))
    assert pay(practice, by, made)
    with pytest.raises(Refused, match="already recorded"):
        pay(practice, by, made)
