"""Credit notes: their numbers, their limits, their VAT, and the books after them; money paid back."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.invoicing import credit_notes, ledger, patient_share, payments, queries, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import CreditNote, Invoice, InvoiceLine, LedgerEntry
from clearbill.invoicing.papers import issued, pdf, statements
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, Role, User
from tests import builders
from tests.builders import NOW, TODAY
from tests.examples import examples

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def by(practice: Practice) -> User:
    return builders.member(practice).user


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


def line(price: str = "70.00", **fields: Any) -> LineDraft:
    given = {"treated_on": date(2026, 11, 9), "price_reason": "Agreed with the client.", **fields}
    return LineDraft(description="Physiotherapy", unit_price=P(price), **given)


def make(practice: Practice, *lines: LineDraft, insurer: str = "", **fields: Any) -> Invoice:
    visit = next((one.appointment for one in lines if one.appointment), None)
    draft = InvoiceDraft(
        client=visit.client if visit else builders.client(practice),
        practitioner=builders.practitioner(practice),
        issued_on=TODAY,
        insurer_slug=insurer,
        **fields,
    )
    return services.create(Actor(practice, None, NOW), draft=draft, lines=list(lines) or [line()])


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


def credit(invoice: Invoice, *amounts: str, by: User | None = None, **fields: Any) -> CreditNote:
    """Credit these amounts of the invoice's lines, in their order."""
    wanted = {row.pk: P(amount) for row, amount in zip(invoice.lines.all(), amounts, strict=False)}
    rest: dict[str, Any] = {"reason": "The price was wrong.", **fields}
    return credit_notes.create(Actor(invoice.practice, by, NOW), invoice=invoice, amounts=wanted, **rest)


def pay(invoice: Invoice, amount: str, source: str = LedgerEntry.PATIENT) -> LedgerEntry:
    return payments.record_payment(
        Actor(invoice.practice, None, NOW), invoice=invoice, amount=P(amount), received_on=TODAY, source=source
    )


def void(invoice: Invoice) -> Invoice:
    return services.void(Actor(invoice.practice, None, NOW), invoice=invoice, reason="By mistake")


def test_a_credit_note_is_taken_off_the_invoice_and_told_in_the_trail(practice: Practice, by: User) -> None:
    invoice = make(practice)
    made = credit(invoice, "20.00", by=by)
    invoice.refresh_from_db()
    assert (made.number, made.total, made.vat_total) == ("CN10001", P("20.00"), P("0.00"))
    assert (invoice.credited_total, invoice.open_total, invoice.net_total) == (P("20.00"), P("50.00"), P("70.00"))
    assert (made.entry.kind, made.entry.reference, made.entry.source) == ("credited", "CN10001", "practice")
    told = AuditEntry.objects.get(action="made a credit note")
    assert told.changes == {"credit_note": "CN10001", "amount": {"$pounds": "20.00"}, "reason": "The price was wrong."}


def test_numbers_are_their_own_follow_each_other_and_none_is_lost_by_a_refusal(practice: Practice) -> None:
    invoice = make(practice)
    first = credit(invoice, "20.00")
    with pytest.raises(Refused):
        credit(invoice, "51.00")
    second = credit(invoice, "50.00")
    assert [invoice.number, first.number, second.number] == ["CB10001", "CN10001", "CN10002"]
    assert credit(make(builders.practice("Elsewhere")), "1.00").number == "CN10001"


def test_a_form_sent_twice_makes_one_credit_note(practice: Practice) -> None:
    invoice, key = make(practice), uuid4()
    assert credit(invoice, "20.00", credit_note_id=key) == credit(invoice, "20.00", credit_note_id=key)
    assert Invoice.objects.get(pk=invoice.pk).credited_total == P("20.00")


def test_never_more_is_credited_than_a_line_or_the_invoice_has_left(practice: Practice) -> None:
    invoice = make(practice, line("70.00"), line("30.00"), patient_paid=P("40.00"))
    with pytest.raises(Refused, match=r"£30\.00 is left of"):
        credit(invoice, "0.00", "30.01")
    credit(invoice, "70.00", "30.00")
    with pytest.raises(Refused, match="Nothing is left"):
        credit(invoice, "0.01")


def test_of_an_insurers_invoice_only_what_the_insurer_is_asked_for_is_credited(practice: Practice) -> None:
    invoice = make(practice, line("70.00"), insurer="bupa", patient_paid=P("40.00"))
    with pytest.raises(Refused, match=r"Only £30\.00 can be credited"):
        credit(invoice, "70.00")


def test_what_the_patient_had_paid_before_the_invoice_is_credited_and_paid_back(practice: Practice, desk: Any) -> None:
    """The price was wrong, and the patient had paid all of it at the desk."""
    invoice = make(practice, line("100.00"), patient_paid=P("100.00"))
    credit(invoice, "20.00")
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    assert "£20.00 too much was paid." in page
    refund = {"amount": "20.01", "paid_on": "10/11/2026", "reference": "", "method": "card"}
    said = desk.post(f"/invoices/{invoice.pk}/refund", refund, follow=True).content.decode()
    assert "£20.00 can be paid back on this invoice." in said
    said = desk.post(f"/invoices/{invoice.pk}/refund", refund | {"amount": "20"}, follow=True).content.decode()
    assert "Refund recorded." in said
    assert "<dt>Paid back</dt><dd>£20.00</dd>" in said
    assert "the refund of £20.00" in said
    assert "for -£20" not in said
    assert "of -£20" not in said
    row = Invoice.objects.get(pk=invoice.pk)
    assert (row.open_total, row.credited_total, row.paid_total, row.received) == (0, 20, -20, 80)
    of = statements.statement(practice, row.client, first_on=TODAY, last_on=date(2026, 12, 31))
    assert [(one.words, one.balance) for one in of.movements] == [
        (f"Invoice {row.number}", 0),
        (f"Credit note CN10001 for {row.number}", -20),
        (f"Paid back: {row.number} (Card)", 0),
    ]
    assert pdf.issued(issued.editions(invoice).get()).content.startswith(b"%PDF")


def test_all_of_an_invoice_that_was_paid_at_the_visit_is_credited_and_paid_back(practice: Practice) -> None:
    invoice = make(practice, line("100.00"), patient_paid=P("100.00"))
    credit(invoice, "100.00")
    payments.record_refund(Actor(practice, None, NOW), invoice=invoice, amount=P("100.00"), paid_on=TODAY)
    row = Invoice.objects.get(pk=invoice.pk)
    assert (row.open_total, row.received, credit_notes.creditable(row)) == (0, 0, 0)


def test_once_all_of_an_invoice_is_credited_its_visit_can_be_invoiced_again_and_only_once(
    practice: Practice, desk: Any
) -> None:
    visit = builders.appointment(practice)
    actor = Actor(practice, None, NOW)
    first = services.invoice_appointments(actor, appointments=[visit])
    credit(first, "69.99")
    with pytest.raises(services.AlreadyInvoiced):
        services.invoice_appointments(actor, appointments=[visit])
    asked = {"key": str(uuid4()), "reason": "The price was wrong.", "amount": "0.01"}
    page = desk.post(f"/invoices/{first.pk}/credit", asked).content.decode()
    assert "With this the whole invoice is credited: its visits can be invoiced again." in page
    desk.post(f"/invoices/{first.pk}/credit", asked | {"confirmed": "1"})
    assert list(queries.unbilled(practice)) == [visit]
    assert f"/invoices/from-appointment/{visit.pk}" in desk.get(f"/calendar/{visit.pk}").content.decode()
    second = services.invoice_appointments(actor, appointments=[visit])
    assert not queries.unbilled(practice).exists()
    with pytest.raises(services.AlreadyInvoiced) as caught:
        services.invoice_appointments(actor, appointments=[visit])
    assert caught.value.invoice == second
    assert second.number in desk.get(f"/calendar/{visit.pk}").content.decode()
    for step in (lambda: services.restore(actor, invoice=first), lambda: void(first)):
        with suppress(Refused):
            step()
    assert [row.invoice for row in InvoiceLine.objects.live().filter(appointment=visit)] == [second]


def test_a_void_invoice_does_not_stand_again_beside_the_one_that_followed_a_credited_one(practice: Practice) -> None:
    visit = builders.appointment(practice)
    actor = Actor(practice, None, NOW)
    first = services.invoice_appointments(actor, appointments=[visit])
    void(first)
    second = services.invoice_appointments(actor, appointments=[visit])
    credit(second, "70.00")
    third = services.invoice_appointments(actor, appointments=[visit])
    with pytest.raises(services.AlreadyInvoiced):
        services.restore(actor, invoice=first)
    assert [row.invoice for row in InvoiceLine.objects.live().filter(appointment=visit)] == [third]


@pytest.mark.parametrize(("price", "paid"), [("0.30", "0.10"), ("70.07", "0.07"), ("1234.56", "1234.56")])
def test_what_was_paid_at_the_visit_is_a_part_of_the_whole_to_the_penny(
    practice: Practice, price: str, paid: str
) -> None:
    visit = builders.appointment(practice)
    invoice = make(practice, line(price, appointment=visit), patient_paid=P(paid))
    credit(invoice, str(P(price) - P("0.01")))
    assert not queries.unbilled(practice).exists()
    credit(invoice, "0.01")
    assert list(queries.unbilled(practice)) == [visit]


def test_a_visit_that_cost_nothing_is_invoiced_once(practice: Practice) -> None:
    visit = builders.appointment(practice)
    make(practice, line("0.00", appointment=visit))
    assert not queries.unbilled(practice).exists()


def test_nothing_negative_nothing_of_another_invoice_and_nothing_without_a_reason(practice: Practice) -> None:
    invoice, other = make(practice), make(practice)
    theirs = other.lines.get().pk
    for amounts in ({invoice.lines.get().pk: P("-1.00")}, {theirs: P("1.00")}, {}, {theirs: P("0.00")}):
        with pytest.raises(Refused):
            credit_notes.create(Actor(practice, None, NOW), invoice=invoice, amounts=amounts, reason="Wrong")
    with pytest.raises(Refused, match="Say why"):
        credit(invoice, "1.00", reason="  ")
    assert not CreditNote.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_what_was_written_off_or_deducted_cannot_be_credited_as_well(practice: Practice) -> None:
    invoice = make(practice)
    with builders.holding(invoice):
        ledger.post(
            invoice,
            kind=LedgerEntry.WRITTEN_OFF,
            amount=P("50.00"),
            on=TODAY,
            source=LedgerEntry.PRACTICE,
            by=None,
            now=NOW,
        )
    with pytest.raises(Refused, match=r"Only £20\.00"):
        credit(invoice, "20.01")
    credit(invoice, "20.00")
    assert Invoice.objects.get(pk=invoice.pk).open_total == 0


@pytest.mark.parametrize(
    "status",
    [
        Status.CREATED,
        Status.SUBMITTED,
        Status.UNKNOWN,
        Status.AWAITING_COLLECTION,
        Status.COLLECTED,
        Status.REJECTED,
        Status.PART_PAID,
    ],
)
def test_a_bill_on_its_way_to_the_insurer_stays_as_it_is(practice: Practice, status: Status) -> None:
    invoice = make(practice, insurer="bupa")
    claim(invoice, status)
    with pytest.raises(Refused, match="a bill that goes to the insurer stays as it is"):
        credit(invoice, "10.00")


@pytest.mark.parametrize("status", [None, Status.CANCELLED, Status.DECLINED])
def test_a_bill_that_went_to_no_insurer_or_came_back_can_be_credited(practice: Practice, status: Status | None) -> None:
    invoice = make(practice, insurer="bupa")
    if status:
        claim(invoice, status)
    credit(invoice, "70.00")
    assert Invoice.objects.get(pk=invoice.pk).open_total == 0


def test_what_an_insurer_paid_is_not_credited_to_it(practice: Practice) -> None:
    invoice = make(practice, insurer="bupa")
    pay(invoice, "50.00", LedgerEntry.INSURER)
    claim(invoice, Status.PAID)
    with pytest.raises(Refused, match=r"Only £20\.00"):
        credit(invoice, "20.01")


def test_what_the_client_is_asked_for_instead_is_not_credited_to_the_insurer(practice: Practice) -> None:
    invoice = make(practice, insurer="bupa")
    patient_share.invoice_share(
        Actor(practice, None, NOW), invoice=invoice, parts=[patient_share.ShareLine("your excess", P("30.00"))]
    )
    with pytest.raises(Refused, match=r"Only £40\.00"):
        credit(invoice, "40.01")
    credit(invoice, "40.00")


def test_a_credited_invoice_is_neither_changed_nor_void(practice: Practice) -> None:
    invoice = make(practice)
    credit(invoice, "20.00")
    invoice.refresh_from_db()
    assert "credit note" in services.reason_locked(invoice)
    with pytest.raises(Refused, match="Credit what is left"):
        services.void(Actor(practice, None, NOW), invoice=invoice, reason="Wrong")
    void = make(practice)
    services.void(Actor(practice, None, NOW), invoice=void, reason="Wrong")
    with pytest.raises(Refused, match="void"):
        credit(void, "1.00")


def test_vat_is_credited_in_proportion_and_the_last_part_takes_the_last_penny(practice: Practice) -> None:
    invoice = make(practice, line("33.33", vat_rate=P("20")))
    net, vat = invoice.net_total, invoice.vat_total
    parts = [credit(invoice, "13.33"), credit(invoice, "13.33"), credit(invoice, str(net - P("26.66")))]
    assert [part.vat_total for part in parts] == [P("2.22"), P("2.22"), P("2.23")]
    assert sum(part.vat_total for part in parts) == vat
    assert sum(part.total for part in parts) == net


@given(
    prices=st.lists(st.tuples(st.integers(1, 20_000), st.sampled_from(["0", "5", "20"])), min_size=1, max_size=5),
    parts=st.lists(st.integers(1, 100), max_size=5),
    paid=st.integers(0, 100),
)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_balance_and_vat_is_whole_after_any_credits(
    practice: Practice, prices: list[tuple[int, str]], parts: list[int], paid: int
) -> None:
    with transaction.atomic():
        invoice = make(practice, *(line(str(P(pence) / 100), vat_rate=P(rate)) for pence, rate in prices))
        if amount := (invoice.net_total * paid / 100).quantize(P("0.01")):
            pay(invoice, str(amount))
        for percent in [*parts, 100]:
            invoice.refresh_from_db()
            wanted = (credit_notes.creditable(invoice) * percent / 100).quantize(P("0.01"))
            if not wanted:
                continue
            spread = credit_notes.spread_over_lines(wanted, credit_notes.creditable_lines(invoice))
            assert sum(spread.values()) == wanted
            credit_notes.create(Actor(practice, None, NOW), invoice=invoice, amounts=spread, reason="Any")
        row = Invoice.objects.get(pk=invoice.pk)
        assert row.net_total == (
            row.credited_total + row.paid_total + row.open_total + row.short_total + row.written_off_total
        )
        assert row.credited_total == row.net_total
        assert sum(note.vat_total for note in row.credit_notes.all()) == row.vat_total
        assert all(one.amount == one.vat == 0 for one in credit_notes.creditable_lines(row))


def test_what_was_paid_too_much_after_a_credit_note_goes_back_and_no_more(practice: Practice) -> None:
    invoice = make(practice)
    pay(invoice, "70.00")
    with pytest.raises(Refused, match="Nothing can be paid back"):
        payments.record_refund(Actor(practice, None, NOW), invoice=invoice, amount=P("1.00"), paid_on=TODAY)
    credit(invoice, "20.00")
    with pytest.raises(Refused, match=r"£20\.00 can be paid back"):
        payments.record_refund(Actor(practice, None, NOW), invoice=invoice, amount=P("20.01"), paid_on=TODAY)
    back = payments.record_refund(Actor(practice, None, NOW), invoice=invoice, amount=P("20.00"), paid_on=TODAY)
    row = Invoice.objects.get(pk=invoice.pk)
    assert (back.amount, row.open_total, row.paid_total) == (P("-20.00"), 0, P("50.00"))
    payments.reverse_payment(Actor(practice, None, NOW), entry=back)
    assert Invoice.objects.get(pk=invoice.pk).open_total == P("-20.00")


def test_what_an_insurer_paid_too_much_is_not_paid_back_to_the_patient(practice: Practice) -> None:
    invoice = make(practice, insurer="bupa")
    pay(invoice, "10.00")
    pay(invoice, "100.00", LedgerEntry.INSURER)
    with pytest.raises(Refused, match=r"£10\.00 can be paid back"):
        payments.record_refund(Actor(practice, None, NOW), invoice=invoice, amount=P("40.00"), paid_on=TODAY)


# The pages


def typed(invoice: Invoice, **fields: str) -> dict[str, str]:
    return {"reason": "The price was wrong.", "key": str(uuid4()), **fields}


def test_the_page_shows_what_it_will_say_before_anything_is_made(practice: Practice, desk: Any) -> None:
    invoice = make(practice, line("60.00"), line("30.00"))
    address = f"/invoices/{invoice.pk}/credit"
    data = typed(invoice, amount="£45")
    page = desk.post(address, data).content.decode()
    for words in ("£30.00", "£15.00", "£45.00", "cannot be undone", "Then open"):
        assert words in page
    assert not CreditNote.objects.exists()
    answer = desk.post(address, {**data, "confirmed": "1"})
    made = CreditNote.objects.get()
    assert answer.url == f"/invoices/credit-notes/{made.pk}"
    assert [part.amount for part in made.lines.all()] == [P("30.00"), P("15.00")]
    assert desk.post(address, {**data, "confirmed": "1"}).url == answer.url
    assert CreditNote.objects.count() == 1
    assert "The price was wrong." in desk.get(answer.url).content.decode()
    assert answer.url in desk.get(f"/invoices/{invoice.pk}").content.decode()


def test_change_leads_back_to_the_form_with_everything_as_typed(practice: Practice, desk: Any) -> None:
    invoice = make(practice, line("60.00"), line("30.00"))
    second = invoice.lines.last()
    data = typed(invoice, **{f"line-{second.pk}": "12.50"})
    page = desk.post(f"/invoices/{invoice.pk}/credit", {**data, "change": "1"}).content.decode()
    assert 'value="12.50"' in page
    assert "The price was wrong." in page
    assert "cannot be undone" not in page


def test_a_single_line_can_be_credited_by_itself(practice: Practice, desk: Any) -> None:
    invoice = make(practice, line("60.00"), line("30.00"))
    second = invoice.lines.last()
    desk.post(f"/invoices/{invoice.pk}/credit", typed(invoice, confirmed="1", **{f"line-{second.pk}": "12.50"}))
    part = CreditNote.objects.get().lines.get()
    assert (part.line, part.amount) == (second, P("12.50"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": ""}, "Say how much is credited."),
        ({"amount": "70.01"}, "Only £70.00 can be credited"),
        ({"amount": "ten"}, "is not an amount"),
        ({"amount": "-1"}, "cannot be negative"),
        ({"amount": "10", "reason": ""}, "Say why; the client reads it."),
        ({"amount": "10", "reason": "x" * 301}, "300 at most"),
    ],
)
def test_a_form_that_cannot_be_right_says_so_at_its_field(
    practice: Practice, desk: Any, fields: dict[str, str], words: str
) -> None:
    invoice = make(practice)
    page = desk.post(f"/invoices/{invoice.pk}/credit", typed(invoice, confirmed="1", **fields)).content.decode()
    assert words in page
    assert not CreditNote.objects.exists()


def test_an_amount_that_differs_from_its_lines_is_asked_about(practice: Practice, desk: Any) -> None:
    invoice = make(practice, line("60.00"), line("30.00"))
    first = invoice.lines.first()
    data = typed(invoice, amount="20", confirmed="1", **{f"line-{first.pk}": "10"})
    assert "The lines below come to £10.00" in desk.post(f"/invoices/{invoice.pk}/credit", data).content.decode()


def test_a_bill_with_the_insurer_offers_no_credit_note_and_says_why_when_asked(practice: Practice, desk: Any) -> None:
    invoice = make(practice, insurer="bupa")
    claim(invoice, Status.COLLECTED)
    assert f"/invoices/{invoice.pk}/credit" not in desk.get(f"/invoices/{invoice.pk}").content.decode()
    answer = desk.get(f"/invoices/{invoice.pk}/credit", follow=True)
    assert "stays as it is" in answer.content.decode()


def test_a_paid_invoice_that_is_credited_asks_for_the_refund_to_be_recorded(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    pay(invoice, "70.00")
    credit(invoice, "20.00")
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    assert "£20.00 too much was paid." in page
    assert "Record money paid back" in page
    data = {"amount": "20", "paid_on": "10 Nov 2026", "reference": "BACS", "method": "transfer"}
    assert "Refund recorded." in desk.post(f"/invoices/{invoice.pk}/refund", data, follow=True).content.decode()
    assert Invoice.objects.get(pk=invoice.pk).open_total == 0
    refused = desk.post(f"/invoices/{invoice.pk}/refund", {"amount": "x"}, follow=True).content.decode()
    assert "is not an amount" in refused


def test_a_refund_that_is_refused_stays_as_it_was_typed_and_says_why_at_its_field(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice)
    pay(invoice, "70.00")
    credit(invoice, "20.00")
    where = f"/invoices/{invoice.pk}/refund"
    for amount, sentence in (("x", "is not an amount"), ("20.01", "£20.00")):
        typed = {"amount": amount, "paid_on": "10 Nov 2026", "method": "card", "reference": "By card"}
        page = desk.post(where, typed).content.decode()
        assert '<details class="pay" open>' in page
        assert 'value="By card"' in page
        assert sentence in page.partition('id="refund_amount-why">')[2].partition("</p>")[0]
        assert '<a href="#refund_amount">' in page
    assert desk.get(where).url == f"/invoices/{invoice.pk}"
    assert Invoice.objects.get(pk=invoice.pk).open_total == -20


def test_a_credited_invoice_is_not_shown_as_paid(practice: Practice, desk: Any) -> None:
    credit(make(practice), "70.00")
    page = desk.get("/invoices/").content.decode()
    assert "Credited" in page


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.ACCOUNTANT])
def test_who_may_not_record_money_makes_no_credit_note(practice: Practice, role: str) -> None:
    invoice, other = make(practice), builders.signed_in(builders.member(practice, role))
    assert other.get(f"/invoices/{invoice.pk}/credit").status_code == 403
    assert other.post(f"/invoices/{invoice.pk}/credit", typed(invoice, amount="1", confirmed="1")).status_code == 403
    assert other.post(f"/invoices/{invoice.pk}/refund", {"amount": "1"}).status_code == 403
    made = credit(invoice, "1.00")
    may_read = role == Role.PRACTITIONER
    assert other.get(f"/invoices/credit-notes/{made.pk}").status_code == (200 if may_read else 403)


def test_a_strangers_credit_note_does_not_exist(practice: Practice) -> None:
    invoice = make(practice)
    made = credit(invoice, "1.00")
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    for address in ("", "/pdf", "/email"):
        assert stranger.get(f"/invoices/credit-notes/{made.pk}{address}").status_code == 404
    assert stranger.get(f"/invoices/{invoice.pk}/credit").status_code == 404


def test_with_several_lines_one_of_the_two_ways_must_be_used(practice: Practice, desk: Any) -> None:
    invoice = make(practice, line("60.00"), line("30.00"))
    page = desk.post(f"/invoices/{invoice.pk}/credit", typed(invoice, amount="")).content.decode()
    assert "Say how much is credited, up to £90.00." in page
