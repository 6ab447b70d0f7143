"""How a client paid: kept beside the entry, corrected without touching it, and told on every paper."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clearbill import documents
from clearbill.bill.problem import Refused
from clearbill.documents.invoices import receipt_page
from clearbill.invoicing import payments, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice, LedgerEntry, Method, PaymentMethod
from clearbill.invoicing.papers import issued, pages, statements
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, Role
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def actor(practice: Practice) -> Actor:
    return Actor(practice, builders.member(practice).user, NOW)


def own_invoice(practice: Practice) -> Invoice:
    return builders.invoice(practice, client=builders.client(practice, insurer=""))


def pay(actor: Actor, invoice: Invoice, amount: str = "20.00", **fields: Any) -> LedgerEntry:
    given = {"source": LedgerEntry.PATIENT, "method": Method.CARD, "received_on": TODAY, **fields}
    return payments.record_payment(actor, invoice=invoice, amount=P(amount), **given)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_payment_and_a_refund_keep_how_they_were_made(actor: Actor) -> None:
    invoice = own_invoice(actor.practice)
    entry = pay(actor, invoice, "90.00", method=Method.CASH)
    back = payments.record_refund(actor, invoice=invoice, amount=P("20.00"), paid_on=TODAY, method=Method.CHEQUE)
    assert (entry.paid_by, back.paid_by) == ("Cash", "Cheque")
    assert AuditEntry.objects.get(action="recorded a payment").changes["method"] == "cash"


def test_what_an_insurer_paid_and_what_was_recorded_before_has_none(actor: Actor) -> None:
    invoice = builders.invoice(actor.practice)
    assert pay(actor, invoice, source=LedgerEntry.INSURER).paid_by == ""
    assert pay(actor, invoice, method="").paid_by == ""
    assert not PaymentMethod.objects.exists()


def test_the_same_sum_in_two_ways_is_two_payments_and_in_one_way_the_same_one(actor: Actor) -> None:
    invoice = own_invoice(actor.practice)
    pay(actor, invoice)
    pay(actor, invoice, method=Method.CASH)
    with pytest.raises(Refused, match="already recorded"):
        pay(actor, invoice, method=Method.CASH)


def test_one_that_was_recorded_without_a_method_is_not_recorded_again_with_one(actor: Actor) -> None:
    invoice = own_invoice(actor.practice)
    pay(actor, invoice, method="")
    with pytest.raises(Refused, match="already recorded"):
        pay(actor, invoice)


def test_a_new_edition_of_a_receipt_is_of_the_payment_as_it_stands_and_not_as_it_was_read_before(actor: Actor) -> None:
    rows = LedgerEntry.objects.select_related("method", "invoice", "taken_back_by")
    entry = rows.get(pk=pay(actor, own_invoice(actor.practice)).pk)
    payments.correct_method(actor, entry=entry, method=Method.CASH)
    with pytest.raises(Refused, match=issued.NOTHING_NEW):
        payments.reissue_receipt(actor, entry=entry)
    payments.reverse_payment(actor, entry=entry)
    with pytest.raises(Refused, match="taken back"):
        payments.reissue_receipt(actor, entry=entry)


def test_a_wrong_method_is_corrected_beside_the_entry_and_the_trail_keeps_both(actor: Actor) -> None:
    invoice = own_invoice(actor.practice)
    entry = pay(actor, invoice)
    before = LedgerEntry.objects.filter(pk=entry.pk).values().get()
    payments.correct_method(actor, entry=entry, method=Method.CASH)
    payments.correct_method(actor, entry=entry, method=Method.CASH)
    assert LedgerEntry.objects.filter(pk=entry.pk).values().get() == before
    assert LedgerEntry.objects.get().paid_by == "Cash"
    assert AuditEntry.objects.get(action="corrected how a payment was made").changes["method"] == ["card", "cash"]
    with pytest.raises(Refused, match="Choose how"):
        payments.correct_method(actor, entry=entry, method="barter")


def test_a_corrected_method_makes_the_next_edition_of_the_receipt(actor: Actor) -> None:
    entry = pay(actor, own_invoice(actor.practice))
    payments.correct_method(actor, entry=entry, method=Method.CASH)
    told = [dict(one.page["facts"])["Paid by"] for one in issued.receipts_of(actor.practice, [entry])[entry.pk]]
    assert told == ["Card", "Cash"]
    payments.reverse_payment(actor, entry=entry)
    payments.correct_method(actor, entry=entry, method=Method.CHEQUE)
    assert len(issued.receipts_of(actor.practice, [entry])[entry.pk]) == 2


def test_only_a_clients_money_has_a_method(actor: Actor) -> None:
    invoice = builders.invoice(actor.practice)
    of_insurer = pay(actor, invoice, source=LedgerEntry.INSURER)
    entry = pay(actor, invoice)
    payments.reverse_payment(actor, entry=entry)
    reversal = LedgerEntry.objects.get(takes_back=entry)
    for other in (of_insurer, reversal):
        with pytest.raises(Refused, match="Only a client’s payment"):
            payments.correct_method(actor, entry=other, method=Method.CASH)


def test_what_was_paid_before_the_invoice_keeps_its_method_while_there_is_such_a_sum(actor: Actor) -> None:
    client = builders.client(actor.practice, insurer="")
    line = LineDraft(description="Visit", treated_on=TODAY, unit_price=P("70.00"))
    draft = InvoiceDraft(
        client=client,
        practitioner=builders.practitioner(actor.practice),
        issued_on=TODAY,
        patient_paid=P("15.00"),
        patient_paid_method=Method.CASH,
    )
    made = services.create(actor, draft=draft, lines=[line])
    assert made.patient_paid_method == "cash"
    lines = [line_of(row) for row in made.lines.all()]
    made = services.change(actor, invoice=made, draft=replace(draft_of(made), patient_paid=P("0.00")), lines=lines)
    assert made.patient_paid_method == ""


def test_the_desk_is_asked_how_it_was_paid_and_can_say_so_later(practice: Practice) -> None:
    desk = builders.signed_in(builders.member(practice))
    invoice = own_invoice(practice)
    where = f"/invoices/{invoice.pk}"
    data = {"amount": "20", "received_on": "10 Nov 2026", "source": "patient", "reference": "Till 2"}
    page = text(desk.post(f"{where}/payments", data))
    assert "Choose how it was paid." in page
    assert 'value="Till 2"' in page
    assert desk.post(f"{where}/payments", {**data, "method": "card"}).status_code == 302
    entry = LedgerEntry.objects.get()
    page = text(desk.get(where))
    assert "10 Nov 2026, card, Till 2" in page
    assert "Correct how it was paid" in page
    desk.post(f"{where}/payments/{entry.pk}/method", {"method": "cash"})
    assert "10 Nov 2026, cash, Till 2" in text(desk.get(where))
    assert "Choose how it was paid." in text(desk.post(f"{where}/payments/{entry.pk}/method", {}, follow=True))
    PaymentMethod.objects.all().delete()
    assert "Say how it was paid" in text(desk.get(where))
    of_insurer = {**data, "source": "insurer", "reference": "Other", "method": ""}
    assert desk.post(f"{where}/payments", of_insurer).status_code == 302


def test_who_may_not_record_money_and_a_stranger_correct_nothing(practice: Practice, actor: Actor) -> None:
    invoice = own_invoice(practice)
    entry = pay(actor, invoice)
    where = f"/invoices/{invoice.pk}/payments/{entry.pk}/method"
    reader = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert reader.post(where, {"method": "cash"}).status_code == 403
    assert stranger.post(where, {"method": "cash"}).status_code == 404
    other = own_invoice(practice)
    desk = builders.signed_in(builders.member(practice))
    assert desk.post(f"/invoices/{other.pk}/payments/{entry.pk}/method", {"method": "cash"}).status_code == 404
    assert LedgerEntry.objects.get().paid_by == "Card"


def test_statement_and_papers_say_how_it_was_paid(practice: Practice, actor: Actor) -> None:
    invoice = own_invoice(practice)
    pay(actor, invoice, reference="Till 2")
    pay(actor, invoice, "5.00", method="")
    told = statements.statement(practice, invoice.client, first_on=TODAY, last_on=TODAY)
    words = [one.words for one in told.movements]
    assert f"Payment, thank you: {invoice.number} (Card, Till 2)" in words
    assert f"Payment, thank you: {invoice.number}" in words


@pytest.mark.parametrize(("amount", "label"), [("20.00", "Paid by"), ("-20.00", "Paid back by")])
def test_a_receipt_says_how_it_was_paid_where_that_is_known(amount: str, label: str) -> None:
    given = {"invoice_number": "CB10001", "invoiced_on": TODAY, "received_on": TODAY, "to": ("Ms Testa Sample",)}
    sums = {"amount": P(amount), "total": P("70.00"), "open": P("50.00"), "as_of": TODAY}
    sender = pages.sender(Practice(name="Riverside"))
    facts = [documents.Receipt(**given, **sums, method=method) for method in ("Card", "")]  # type: ignore[arg-type]
    told, untold = (dict(receipt_page(sender, one).facts) for one in facts)
    assert told[label] == "Card"
    assert label not in untold
