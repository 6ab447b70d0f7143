"""Papers over HTTP: who may open them, what they are called, and what stands on them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill.problem import Refused
from clearbill.invoicing import patient_share, payments, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import Invoice, IssuedPaper, LedgerEntry
from clearbill.people.actor import Actor
from clearbill.people.models import Practice, Role
from tests import builders
from tests.builders import NOW, TODAY
from tests.documents.examples import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice(sort_code="12-34-56", account_number="12345678", footer="Thank you.")


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


def make(practice: Practice, *, vat: str = "0", insurer: str = "", **fields: Any) -> Invoice:
    draft = InvoiceDraft(
        client=fields.pop("client", None) or builders.client(practice),
        practitioner=builders.practitioner(practice),
        issued_on=TODAY,
        insurer_slug=insurer,
        **fields,
    )
    line = LineDraft(description="Report", treated_on=date(2026, 11, 9), unit_price=P("100.00"), vat_rate=P(vat))
    return services.create(Actor(practice, None, NOW), draft=draft, lines=[line])


def pay(invoice: Invoice, amount: str, source: str = LedgerEntry.PATIENT) -> LedgerEntry:
    return payments.record_payment(
        Actor(invoice.practice, None, NOW), invoice=invoice, amount=P(amount), received_on=TODAY, source=source
    )


def test_the_pdf_opens_in_the_browser_under_its_number_and_is_kept_nowhere(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    answer = desk.get(f"/invoices/{invoice.pk}/pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="invoice-CB10001.pdf"'
    assert answer["Cache-Control"] == "no-store"
    assert "object-src 'self'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    told = text(answer.content)
    for words in ("CB10001", "Ms Testa Sample", "Report", "£100.00", "Sort code 12-34-56", "Thank you."):
        assert words in told


def test_an_invoice_to_the_insurer_carries_what_the_insurer_asks_for(practice: Practice, desk: Any) -> None:
    invoice = make(practice, insurer="bupa", client=builders.client(practice, membership_number="ZZ00000077"))
    told = text(desk.get(f"/invoices/{invoice.pk}/pdf").content)
    for words in ("Billed to BUPA", "For Ms Testa Sample", "Born 12 Apr 1985", "Membership Number ZZ00000077"):
        assert words in told


def test_a_share_names_the_invoice_it_is_a_share_of(practice: Practice, desk: Any) -> None:
    whole = make(practice, insurer="bupa")
    share = patient_share.invoice_share(
        Actor(practice, None, NOW), invoice=whole, parts=[patient_share.ShareLine("your excess", P("30.00"))]
    )
    told = text(desk.get(f"/invoices/{share.pk}/pdf").content)
    assert "Share of invoice CB10001" in told
    assert "your excess" in told
    assert "Membership" not in told


def test_a_copy_tells_what_was_paid_since_and_the_invoice_itself_does_not(practice: Practice, desk: Any) -> None:
    invoice = make(practice, patient_paid=P("10.00"))
    as_issued = desk.get(f"/invoices/{invoice.pk}/pdf").content
    assert "pdf-with-payments" not in desk.get(f"/invoices/{invoice.pk}").content.decode()
    pay(invoice, "30.00")
    assert f"/invoices/{invoice.pk}/pdf-with-payments" in desk.get(f"/invoices/{invoice.pk}").content.decode()
    assert desk.get(f"/invoices/{invoice.pk}/pdf").content == as_issued
    assert "Paid before −£10.00 Total £90.00" in text(as_issued)
    assert "Received" not in text(as_issued)
    answer = desk.get(f"/invoices/{invoice.pk}/pdf-with-payments")
    assert answer["Content-Disposition"] == 'inline; filename="invoice-CB10001-on-2026-11-10.pdf"'
    told = text(answer.content)
    assert "Paid before −£10.00 Total £90.00" in told
    assert "On 10 Nov 2026 it stands so: Received −£30.00 To pay £60.00" in told


def test_vat_is_shown_with_its_rate_and_the_practices_number(practice: Practice, desk: Any) -> None:
    told = text(desk.get(f"/invoices/{make(practice, vat='20').pk}/pdf").content)
    assert "VAT number GB123456789" in told
    assert "20 % £100.00 £20.00" in told
    assert "Total £120.00" in told


def test_an_invoice_with_vat_is_not_made_without_the_practices_vat_number(practice: Practice, desk: Any) -> None:
    Practice.objects.update(vat_number="")
    practice.refresh_from_db()
    with pytest.raises(Refused, match="must show the practice’s VAT number"):
        make(practice, vat="20")
    assert not Invoice.objects.exists()
    assert make(practice).number == "CB10001"
    visit = builders.appointment(practice, service=builders.service(practice, vat_rate=P("20")))
    page = desk.post(f"/invoices/from-appointment/{visit.pk}", follow=True).content.decode()
    assert "must show the practice’s VAT number" in page


def test_an_invoice_with_vat_keeps_the_number_it_was_issued_with(practice: Practice, desk: Any) -> None:
    invoice = make(practice, vat="20")
    Practice.objects.update(vat_number="")
    assert "VAT number GB123456789" in text(desk.get(f"/invoices/{invoice.pk}/pdf").content)


def test_an_invoice_with_vat_that_was_never_kept_is_not_printed_without_the_number(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice, vat="20")
    IssuedPaper.objects.all().delete()
    Practice.objects.update(vat_number="")
    for address in ("pdf", "email"):
        answer = desk.get(f"/invoices/{invoice.pk}/{address}", follow=True)
        assert answer.redirect_chain[0][0] == f"/invoices/{invoice.pk}"
        assert "must show the practice’s VAT number" in answer.content.decode()


def test_a_void_invoice_says_so_and_asks_for_nothing(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    services.void(Actor(practice, None, NOW), invoice=invoice, reason="Wrong client")
    told = text(desk.get(f"/invoices/{invoice.pk}/pdf").content)
    assert "Void" in told
    assert "Sort code" not in told


def test_each_payment_of_the_client_has_a_receipt_with_what_was_open_then(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    first = pay(invoice, "60.00")
    address = f"/invoices/{invoice.pk}/payments/{first.pk}/receipt"
    assert address in desk.get(f"/invoices/{invoice.pk}").content.decode()
    answer = desk.get(address)
    assert answer["Content-Disposition"] == f'inline; filename="receipt-CB10001-{first.pk}.pdf"'
    assert "£40.00 open." in text(answer.content)
    second = pay(invoice, "40.00")
    assert desk.get(address).content == answer.content
    assert "Paid in full." in text(desk.get(f"/invoices/{invoice.pk}/payments/{second.pk}/receipt").content)


def test_nothing_but_a_standing_payment_of_the_client_has_a_receipt(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    insurers, mistake = pay(invoice, "60.00", LedgerEntry.INSURER), pay(invoice, "40.00")
    payments.reverse_payment(Actor(practice, None, NOW), entry=mistake)
    for entry in LedgerEntry.objects.all():
        answer = desk.get(f"/invoices/{invoice.pk}/payments/{entry.pk}/receipt", follow=True)
        assert answer.redirect_chain
        assert "receipt" in answer.content.decode()
    assert "/receipt" not in desk.get(f"/invoices/{invoice.pk}").content.decode()
    other = make(practice)
    assert desk.get(f"/invoices/{other.pk}/payments/{insurers.pk}/receipt").status_code == 404


def test_a_receptionist_reads_every_paper_an_accountant_none_and_a_stranger_finds_none(practice: Practice) -> None:
    invoice = make(practice)
    entry = pay(invoice, "60.00")
    receptionist = builders.signed_in(builders.member(practice, Role.RECEPTIONIST))
    accountant = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    for address in (
        f"{invoice.pk}/pdf",
        f"{invoice.pk}/payments/{entry.pk}/receipt",
        f"statements/{invoice.client_id}",
        f"statements/{invoice.client_id}/pdf",
    ):
        assert receptionist.get(f"/invoices/{address}").status_code == 200
        assert accountant.get(f"/invoices/{address}").status_code == 403
        assert stranger.get(f"/invoices/{address}").status_code == 404


def test_a_paper_takes_no_more_queries_for_more_lines_and_entries(practice: Practice, desk: Any) -> None:
    invoice = make(practice)

    def ask() -> int:
        with CaptureQueriesContext(connection) as seen:
            for address in ("", "/pdf"):
                assert desk.get(f"/invoices/{invoice.pk}{address}").status_code == 200
        return len(seen)

    pay(invoice, "1.00")
    few = ask()
    line = invoice.lines.get()
    for number in range(2, 12):
        line.pk, line.position = None, number
        line.save()
        pay(invoice, f"{number}.00")
    assert ask() == few


# Statements


def steps(practice: Practice, client: Any, desk: Any, first: str = "", last: str = "") -> Any:
    query = {"first_on": first, "last_on": last}
    return desk.get(f"/invoices/statements/{client.pk}", query).context["told"]


def test_a_statement_runs_from_what_was_open_to_what_is_and_ages_it(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, insurer="")
    days = [date(2026, 6, 1), date(2026, 9, 1), date(2026, 11, 1)]
    old, middle, new = [
        builders.invoice(practice, client=client, issued_on=day, number=f"ZZ{day.month}") for day in days
    ]
    pay(old, "20.00")
    LedgerEntry.objects.update(on=date(2026, 8, 31))
    pay(middle, "70.00")
    told = steps(practice, client, desk, "1 Sep 2026", "10 Nov 2026")
    assert told.before == P("50.00")
    assert [(one.on, one.charge, one.credit, one.balance) for one in told.movements] == [
        (days[1], P("70.00"), 0, P("120.00")),
        (days[2], P("70.00"), 0, P("190.00")),
        (TODAY, 0, P("70.00"), P("120.00")),
    ]
    assert [(name, amount) for name, amount in told.aged if amount] == [
        ("0 to 30 days", new.net_total),
        ("Over 90 days", P("50.00")),
    ]
    assert told.after == sum(amount for _, amount in told.aged) == P("120.00")
    paper = text(
        desk.get(f"/invoices/statements/{client.pk}/pdf", {"first_on": "2026-09-01", "last_on": "2026-11-10"}).content
    )
    for words in ("Open before £50.00", "Invoice ZZ9 £70.00 £120.00", "Payment, thank you: ZZ9", "To pay £120.00"):
        assert words in paper


def test_a_statement_as_of_an_earlier_day_knows_nothing_later(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, insurer="")
    invoice = builders.invoice(practice, client=client, issued_on=TODAY - timedelta(days=30))
    pay(invoice, "70.00")
    told = steps(practice, client, desk, "1 Oct 2026", "9 Nov 2026")
    assert told.after == P("70.00")
    assert steps(practice, client, desk, "1 Oct 2026", "10 Nov 2026").after == 0


def test_a_mistake_taken_back_is_left_out_unless_an_earlier_statement_told_of_it(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, insurer="")
    invoice = builders.invoice(practice, client=client, issued_on=date(2026, 9, 1))
    wrong = pay(invoice, "20.00")
    LedgerEntry.objects.update(on=date(2026, 9, 10))
    wrong.refresh_from_db()
    payments.reverse_payment(Actor(practice, None, NOW), entry=wrong)
    assert len(steps(practice, client, desk, "1 Sep 2026", "10 Nov 2026").movements) == 1
    later = steps(practice, client, desk, "1 Oct 2026", "10 Nov 2026")
    assert later.before == P("50.00")
    assert [one.words.split(",")[0] for one in later.movements] == ["Entered by mistake"]
    assert later.after == P("70.00")


def test_what_was_paid_too_much_is_in_the_clients_favour(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, insurer="")
    pay(builders.invoice(practice, client=client), "80.00")
    told = steps(practice, client, desk, "1 Nov 2026", "10 Nov 2026")
    assert told.after == dict(told.aged)["Paid too much"] == P("-10.00")
    paper = text(desk.get(f"/invoices/statements/{client.pk}/pdf").content)
    assert "In your favour £10.00" in paper
    assert "Sort code" not in paper


def test_void_invoices_and_what_the_insurer_owes_are_no_part_of_it(practice: Practice, desk: Any) -> None:
    client = builders.client(practice)
    void = builders.invoice(practice, client=client, insurer_slug="")
    services.void(Actor(practice, None, NOW), invoice=void, reason="Wrong")
    theirs = builders.invoice(practice, client=client)
    pay(theirs, "50.00", LedgerEntry.INSURER)
    told = steps(practice, client, desk, "1 Nov 2026", "10 Nov 2026")
    assert (told.movements, told.after) == ((), 0)
    [one] = told.to_insurers
    assert (one.invoice, one.insurer, one.received, one.open) == (theirs, "BUPA", P("50.00"), P("20.00"))
    page = desk.get(f"/invoices/statements/{client.pk}").content.decode()
    assert "Nothing was asked of the client" in page
    assert "not part of what the client owes" in page


def test_what_insurers_are_billed_stands_on_the_statement_and_is_not_asked_of_the_client(
    practice: Practice, desk: Any
) -> None:
    client = builders.client(practice)
    theirs = builders.invoice(practice, client=client, number="CB20001")
    pay(theirs, "50.00", LedgerEntry.INSURER)
    builders.invoice(practice, client=client, number="CB20002", insurer_slug="")
    days = {"first_on": "1 Nov 2026", "last_on": "10 Nov 2026"}
    paper = text(desk.get(f"/invoices/statements/{client.pk}/pdf", days).content)
    table = paper.split("Billed to your insurer", 1)[1]
    assert "10 Nov 2026 CB20001 BUPA £70.00 £50.00 £20.00" in table
    assert "CB20002" not in table
    assert "not part of what you owe" in table
    assert "To pay £70.00" in paper


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"first_on": "1 Nov 2026", "last_on": "1 Oct 2026"}, "The first day is after the last one."),
        ({"last_on": "1 Jan 2099"}, "This day has not come yet."),
        ({"first_on": "nonsense"}, "is not a date"),
        ({"first_on": "1 Jan 1980"}, "Choose a day from"),
    ],
)
def test_days_that_cannot_be_say_so_and_make_no_paper(
    practice: Practice, desk: Any, days: dict[str, str], words: str
) -> None:
    client = builders.client(practice)
    page = desk.get(f"/invoices/statements/{client.pk}", days).content.decode()
    assert words in page
    assert "/pdf" not in page
    assert desk.get(f"/invoices/statements/{client.pk}/pdf", days).status_code == 302
    assert desk.get(f"/invoices/statements/{client.pk}/email", days).status_code == 404


def test_the_clients_page_leads_to_the_statement_and_its_name_holds_no_name(practice: Practice, desk: Any) -> None:
    client = builders.client(practice, number="P-00042")
    assert f'href="/invoices/statements/{client.pk}"' in desk.get(f"/clients/{client.pk}").content.decode()
    answer = desk.get(f"/invoices/statements/{client.pk}/pdf", {"last_on": "10 Nov 2026"})
    assert answer["Content-Disposition"] == 'inline; filename="statement-P-00042-2026-11-10.pdf"'
