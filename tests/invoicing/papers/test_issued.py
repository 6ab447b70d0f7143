"""An issued paper does not change: whatever is changed afterwards, it prints as the same bytes; a correction is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from clearbill.bill.problem import Refused
from clearbill.clients.models import Client, Policy
from clearbill.invoicing import credit_notes, patient_share, payments, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, draft_of, line_of
from clearbill.invoicing.models import Invoice, IssuedPaper, LedgerEntry
from clearbill.invoicing.papers import issued, pdf, statements
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, Role
from clearbill.workspace.models import Practitioner, Site
from tests import builders
from tests.builders import NOW, TODAY
from tests.documents.examples import text
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_time_of_the_story")]
P = Decimal
LATER = NOW + timedelta(days=23)


@pytest.fixture
def practice() -> Practice:
    return builders.practice(
        account_name="Riverside Ltd", sort_code="12-34-56", account_number="12345678", footer="Thank you."
    )


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


def actor(practice: Practice, now: Any = NOW) -> Actor:
    return Actor(Practice.objects.get(pk=practice.pk), None, now)


def make(practice: Practice, *, insurer: str = "bupa", price: str = "70.00") -> Invoice:
    """An invoice of one line with a site, an authorisation and a registered practitioner."""
    client = builders.client(practice, insurer=insurer, membership_number="BUPA-ZZ0001", address_2="Old Town")
    if insurer:
        builders.authorisation(client, "BUPAAUTH1")
    draft = InvoiceDraft(
        client=client,
        practitioner=builders.practitioner(practice, registration_body="HCPC", registration_number="PH000001"),
        site=builders.site(practice),
        issued_on=TODAY,
        insurer_slug=insurer,
    )
    line = LineDraft(description="Physiotherapy", treated_on=date(2026, 11, 9), unit_price=P(price))
    return services.create(actor(practice), draft=draft, lines=[line])


def marry(invoice: Invoice) -> None:
    Client.objects.filter(pk=invoice.client_id).update(title="Mrs", last_name="Married")


def move(invoice: Invoice) -> None:
    Client.objects.filter(pk=invoice.client_id).update(address_1="New Road 2", address_2="", postcode="ZZ9 9ZZ")


def be_renumbered(invoice: Invoice) -> None:
    number = f"X-{invoice.client_id.hex[:8]}"
    Client.objects.filter(pk=invoice.client_id).update(birth_date=date(1985, 4, 13), number=number)


def change_insurer(invoice: Invoice) -> None:
    Policy.objects.filter(client=invoice.client_id).update(insurer_slug="axa-health", membership_number="AXA-ZZ000001")


def join_another_insurer(invoice: Invoice) -> None:
    Policy.objects.filter(client=invoice.client_id, valid_from=None).update(valid_to=date(2026, 11, 29))
    policy = builders.policy(invoice.client, valid_from=date(2026, 11, 30))
    builders.authorisation(policy, "AXAAUTH1")


def correct_the_policy(invoice: Invoice) -> None:
    Policy.objects.filter(client=invoice.client_id).update(membership_number="BUPA-ZZ0002")
    for policy in Policy.objects.filter(client=invoice.client_id):
        policy.authorisations.update(code="BUPAAUTH2")


def rename_the_practice(invoice: Invoice) -> None:
    Practice.objects.update(name="Hillside", address_1="9 Hill", phone="1", email="new@example.org", footer="New foot.")


def change_the_account(invoice: Invoice) -> None:
    Practice.objects.update(account_name="Hillside Ltd", sort_code="99-99-99", account_number="99999999")


def change_the_vat_number(invoice: Invoice) -> None:
    Practice.objects.update(vat_number="")


def rename_the_practitioner(invoice: Invoice) -> None:
    Practitioner.objects.update(name="Rosa Newname", registration_number="PH999999", registration_body="GMC")


def rename_the_site(invoice: Invoice) -> None:
    Site.objects.update(name="Hill Rooms")


CHANGES: list[Callable[[Invoice], None]] = [
    marry,
    move,
    be_renumbered,
    change_insurer,
    join_another_insurer,
    correct_the_policy,
    rename_the_practice,
    change_the_account,
    change_the_vat_number,
    rename_the_practitioner,
    rename_the_site,
]


def everything(practice: Practice) -> dict[str, str]:
    """One of each paper: the addresses at which they are opened."""
    to_insurer, to_client = make(practice), make(practice, insurer="", price="90.00")
    share = patient_share.invoice_share(
        actor(practice), invoice=to_insurer, parts=[patient_share.ShareLine("your excess", P("30.00"))]
    )
    paid = payments.record_payment(
        actor(practice), invoice=to_client, amount=P("100.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    back = payments.record_refund(actor(practice), invoice=to_client, amount=P("10.00"), paid_on=TODAY)
    lines = {line.pk: P("20.00") for line in to_client.lines.all()}
    note = credit_notes.create(actor(practice), invoice=to_client, amounts=lines, reason="Half")
    of_insurer = {line.pk: P("5.00") for line in to_insurer.lines.all()}
    other = credit_notes.create(actor(practice), invoice=to_insurer, amounts=of_insurer, reason="Part")
    told = statements.statement(practice, to_client.client, first_on=date(2026, 9, 1), last_on=TODAY)
    kept = issued.issue_statement(actor(practice), told)
    return {
        "invoice to the insurer": f"/invoices/{to_insurer.pk}/pdf",
        "invoice to the client": f"/invoices/{to_client.pk}/pdf",
        "share": f"/invoices/{share.pk}/pdf",
        "receipt": f"/invoices/{to_client.pk}/payments/{paid.pk}/receipt",
        "receipt for a refund": f"/invoices/{to_client.pk}/payments/{back.pk}/receipt",
        "credit note": f"/invoices/credit-notes/{note.pk}/pdf",
        "credit note for the insurer": f"/invoices/credit-notes/{other.pk}/pdf",
        "statement": f"/invoices/papers/{kept.pk}/pdf",
    }


def test_no_change_of_any_record_changes_any_paper_that_was_issued(practice: Practice, desk: Any) -> None:
    papers = everything(practice)
    was = {name: desk.get(address).content for name, address in papers.items()}
    assert all(content.startswith(b"%PDF") for content in was.values())
    for change in CHANGES:
        for invoice in Invoice.objects.all():
            change(invoice)
        now = {name: desk.get(address).content for name, address in papers.items()}
        assert [name for name in papers if now[name] != was[name]] == [], change.__name__


@hypothesis.settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*CHANGES, None]), max_size=8))
def test_in_whatever_order_things_change_and_are_corrected_each_edition_prints_as_it_was_issued(
    practice: Practice, order: list[Callable[[Invoice], None] | None]
) -> None:
    """None is a correction of the invoice itself."""
    with transaction.atomic():
        invoice = make(practice)
        printed = {1: pdf.issued(issued.editions(invoice).get()).content}
        for place, change in enumerate(order):
            if change is None:
                correct(invoice, f"{100 + place}.00")
                last = issued.editions(invoice).latest("edition")
                printed[last.edition] = pdf.issued(last).content
            else:
                change(invoice)
        assert len(printed) == 1 + order.count(None)
        assert {one.edition: pdf.issued(one).content for one in issued.editions(invoice)} == printed
        for one in issued.editions(invoice):
            assert "AXA-ZZ000001" not in str(one.page)
            assert "AXAAUTH1" not in str(one.page)
        transaction.set_rollback(True)


def correct(invoice: Invoice, price: str, now: Any = LATER) -> Invoice:
    row = Invoice.objects.get(pk=invoice.pk)
    lines = [line_of(line) for line in row.lines.all()]
    changed = [LineDraft(description=one.description, treated_on=one.treated_on, unit_price=P(price)) for one in lines]
    return services.change(actor(invoice.practice, now), invoice=row, draft=draft_of(row), lines=changed)


def test_a_correction_is_a_new_edition_with_its_day_and_the_first_one_can_still_be_opened(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice)
    first = desk.get(f"/invoices/{invoice.pk}/pdf").content
    assert "Edition" not in text(first)
    correct(invoice, "65.00")
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    one, two = issued.editions(invoice)
    assert f'href="/invoices/papers/{one.pk}/pdf"' in page
    assert f'href="/invoices/papers/{two.pk}/pdf"' in page
    assert desk.get(f"/invoices/papers/{one.pk}/pdf").content == first
    answer = desk.get(f"/invoices/{invoice.pk}/pdf")
    told = text(answer.content)
    assert "Edition 2 of 3 Dec 2026, replaces edition 1 of 10 Nov 2026" in told
    assert "Total £65.00" in told
    assert answer["Content-Disposition"] == 'inline; filename="invoice-CB10001-edition-2.pdf"'
    assert AuditEntry.objects.get(action="changed the invoice").changes["edition"] == 2


def test_a_save_that_changes_nothing_on_the_invoice_makes_no_edition(practice: Practice) -> None:
    invoice = make(practice)
    move(invoice)
    correct(invoice, "70.00")
    assert issued.editions(invoice).get().edition == 1


def test_a_clients_move_is_told_on_the_page_and_a_new_edition_has_the_new_address(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice)
    assert "Issue a new edition" not in desk.get(f"/invoices/{invoice.pk}").content.decode()
    move(invoice)
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    assert "The client’s address has changed since it was issued." in " ".join(page.split())
    assert "Old Town" in page
    assert "New Road 2" not in page
    answer = desk.post(f"/invoices/{invoice.pk}/new-edition", follow=True).content.decode()
    assert "Edition 2 of invoice CB10001 issued. The earlier one is kept." in answer
    assert "New Road 2" in answer
    assert "has changed since" not in answer
    assert AuditEntry.objects.get(action="issued a new edition").changes == {
        "paper": "invoice-CB10001-edition-2.pdf",
        "edition": 2,
        "changed": ["the client’s address"],
    }
    again = desk.post(f"/invoices/{invoice.pk}/new-edition", follow=True).content.decode()
    assert "Nothing that stands on it has changed" in again
    assert issued.editions(invoice).count() == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (marry, "The client’s name has changed"),
        (be_renumbered, "The client’s date of birth and the Client number have changed"),
        (change_insurer, "The Membership Number and the Authorisation have changed"),
        (correct_the_policy, "The Membership Number and the Authorisation have changed"),
        (rename_the_practice, "The practice’s details have changed"),
        (change_the_account, "The practice’s details have changed"),
        (rename_the_practitioner, "The practitioner’s name and the registration have changed"),
        (rename_the_site, "The site’s name has changed"),
    ],
)
def test_the_page_says_what_has_changed_and_shows_what_was_issued(
    practice: Practice, desk: Any, change: Callable[[Invoice], None], words: str
) -> None:
    invoice = make(practice)
    before = paper_of(desk, invoice)
    change(invoice)
    assert words in " ".join(desk.get(f"/invoices/{invoice.pk}").content.decode().split())
    assert paper_of(desk, invoice) == before


def paper_of(desk: Any, invoice: Invoice) -> str:
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    return str(page.split("<article", 1)[1].split("</article>", 1)[0])


def test_joining_another_insurer_changes_nothing_on_an_invoice_of_a_day_before(practice: Practice, desk: Any) -> None:
    invoice = make(practice)
    join_another_insurer(invoice)
    assert "since it was issued" not in desk.get(f"/invoices/{invoice.pk}").content.decode()
    with pytest.raises(Refused, match="Nothing that stands on it"):
        services.reissue(actor(practice, LATER), invoice=invoice)


def test_no_edition_bears_the_number_of_another_insurer(practice: Practice, desk: Any) -> None:
    """The policy was overwritten with the next insurer's: the number is then left out, and the page says so."""
    invoice = make(practice)
    change_insurer(invoice)
    services.reissue(actor(practice, LATER), invoice=invoice)
    told = text(desk.get(f"/invoices/{invoice.pk}/pdf").content)
    assert "Billed to BUPA" in told
    assert "AXA" not in told
    assert "Membership Number" not in told


def test_an_invoice_that_can_no_longer_be_changed_has_no_new_edition_either(practice: Practice, desk: Any) -> None:
    invoice = make(practice, insurer="")
    move(invoice)
    line = invoice.lines.get()
    credit_notes.create(actor(practice), invoice=invoice, amounts={line.pk: P("10.00")}, reason="Half")
    page = desk.get(f"/invoices/{invoice.pk}").content.decode()
    assert "has changed since it was issued" in " ".join(page.split())
    assert "Issue a new edition" not in page
    assert "A credit note was made on this invoice, so it stays as it was given out." in page
    answer = desk.post(f"/invoices/{invoice.pk}/new-edition", follow=True).content.decode()
    assert "so it stays as it was given out" in answer
    assert issued.editions(invoice).count() == 1


def test_an_accountant_neither_opens_nor_issues_editions_and_a_stranger_finds_none(practice: Practice) -> None:
    invoice = make(practice)
    move(invoice)
    address = f"/invoices/papers/{issued.editions(invoice).get().pk}/pdf"
    accountant = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert accountant.get(address).status_code == 403
    assert accountant.post(f"/invoices/{invoice.pk}/new-edition").status_code == 403
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"/invoices/{invoice.pk}/pdf-with-payments").status_code == 404
    assert stranger.post(f"/invoices/{invoice.pk}/new-edition").status_code == 404
    assert issued.editions(invoice).count() == 1


def test_the_first_edition_of_a_void_invoice_opens_as_issued_and_its_copy_says_that_it_is_void(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice)
    first = desk.get(f"/invoices/{invoice.pk}/pdf").content
    services.void(actor(practice), invoice=invoice, reason="Wrong client")
    assert "Void" in text(desk.get(f"/invoices/{invoice.pk}/pdf").content)
    assert desk.get(f"/invoices/papers/{issued.editions(invoice).get().pk}/pdf").content == first
    services.restore(actor(practice), invoice=invoice)
    assert desk.get(f"/invoices/{invoice.pk}/pdf").content == first


def test_practitioner_and_registration_stand_on_invoice_and_receipt(practice: Practice, desk: Any) -> None:
    invoice = make(practice, insurer="")
    entry = payments.record_payment(
        actor(practice), invoice=invoice, amount=P("70.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    for address in (f"/invoices/{invoice.pk}/pdf", f"/invoices/{invoice.pk}/payments/{entry.pk}/receipt"):
        assert "Practitioner Rosa Therapist Registration HCPC PH000001" in text(desk.get(address).content)
    Practitioner.objects.update(registration_number="")
    assert "Registration" not in text(desk.get(f"/invoices/{make_another(invoice).pk}/pdf").content)


def make_another(of: Invoice) -> Invoice:
    fresh = Practitioner.objects.get(pk=of.practitioner_id)
    draft = InvoiceDraft(client=of.client, practitioner=fresh, issued_on=TODAY)
    line = LineDraft(description="Physiotherapy", treated_on=TODAY, unit_price=P("70.00"))
    return services.create(actor(of.practice), draft=draft, lines=[line])


def test_a_statement_that_was_given_out_is_listed_and_opens_as_it_was(practice: Practice, desk: Any) -> None:
    invoice = make(practice, insurer="")
    address = f"/invoices/statements/{invoice.client_id}"
    days = {"first_on": "1 Nov 2026", "last_on": "10 Nov 2026"}
    desk.get(address, days)
    assert not IssuedPaper.objects.filter(kind="statement").exists()
    first = desk.get(f"{address}/pdf", days).content
    assert desk.get(f"{address}/pdf", days).content == first
    move(invoice)
    second = desk.get(f"{address}/pdf", days).content
    assert "New Road 2" in text(second)
    kept = list(IssuedPaper.objects.filter(kind="statement").order_by("edition"))
    assert [pdf.issued(one).content for one in kept] == [first, second]
    page = desk.get(address).content.decode()
    assert all(f'href="/invoices/papers/{one.pk}/pdf"' in page for one in kept)


def test_an_invoice_that_an_earlier_version_made_is_kept_before_its_first_change(practice: Practice) -> None:
    invoice = make(practice)
    IssuedPaper.objects.all().delete()
    correct(invoice, "65.00")
    one, two = issued.editions(invoice)
    assert (one.is_kept_late, two.is_kept_late) == (True, False)
    assert "£70.00" in text(pdf.issued(one).content)
    assert "replaces edition 1" in text(pdf.issued(two).content)


def test_keeping_the_paper_costs_an_invoice_few_statements(practice: Practice) -> None:
    visit = builders.appointment(practice)
    with CaptureQueriesContext(connection) as seen:
        services.invoice_appointments(actor(practice), appointments=[visit])
    of_papers = [one for one in seen.captured_queries if "issuedpaper" in one["sql"].lower()]
    assert len(of_papers) == 1


def test_an_e_mail_says_which_edition_it_carried_and_a_void_invoice_goes_to_nobody(
    practice: Practice, desk: Any, settings: Any
) -> None:
    settings.EMAIL_GOES_OUT = True
    invoice = make(practice)
    typed = {"to": "t@example.org", "title": "Invoice", "text": "Hello,"}
    one = issued.editions(invoice).get()
    desk.post(f"/invoices/{invoice.pk}/email", {**typed, "paper": str(one.pk), "key": str(uuid4())})
    correct(invoice, "65.00")
    proposed = desk.get(f"/invoices/{invoice.pk}/email").context["form"].initial
    assert "our invoice CB10001, edition 2, £65.00." in proposed["text"]
    two = issued.editions(invoice).get(edition=2)
    desk.post(f"/invoices/{invoice.pk}/email", {**typed, "paper": str(two.pk), "key": str(uuid4())})
    assert [message.attachments[0][1] for message in mail.outbox] == [pdf.issued(one).content, pdf.issued(two).content]
    page = desk.get(f"/invoices/{invoice.pk}").content.decode().split('id="mail-heading"', 1)[1]
    assert f'href="/invoices/papers/{one.pk}/pdf"' in page
    assert " ".join(page.split()).count("</a>, edition 2") == 1
    told = AuditEntry.objects.filter(action="sent an e-mail").values_list("changes__paper", flat=True)
    assert set(told) == {"invoice CB10001", "invoice CB10001, edition 2"}
    services.void(actor(practice), invoice=invoice, reason="Wrong client")
    answer = desk.post(f"/invoices/{invoice.pk}/email", {**typed, "key": str(uuid4())}, follow=True)
    assert "This invoice is void, so it is not sent to anybody." in answer.content.decode()
    assert len(mail.outbox) == 2


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_receipt_with_a_name_that_was_wrong_has_a_new_edition_and_the_first_one_stays(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice, insurer="")
    entry = payments.record_payment(
        actor(practice), invoice=invoice, amount=P("20.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    receipt, again = (f"/invoices/{invoice.pk}/payments/{entry.pk}/{end}" for end in ("receipt", "new-edition"))
    first = desk.get(receipt).content
    assert "Nothing that stands on it has changed" in words(desk.post(again, follow=True))
    marry(invoice)
    page = words(desk.get(f"/invoices/{invoice.pk}"))
    assert "Receipt for £20.00 of 10 Nov 2026" in page
    assert page.count("The client’s name has changed since it was issued.") == 2
    assert "Edition 2 of the receipt issued." in words(desk.post(again, follow=True))
    one, two = issued.of_subject(practice, IssuedPaper.RECEIPT, entry.pk)
    assert desk.get(f"/invoices/papers/{one.pk}/pdf").content == first
    assert desk.get(receipt).content == pdf.issued(two).content
    assert "Mrs Testa Married" in text(desk.get(receipt).content)
    assert "replaces edition 1" in text(desk.get(receipt).content)


def test_the_receipt_of_a_payment_that_was_taken_back_can_still_be_seen_and_has_no_new_edition(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice, insurer="")
    entry = payments.record_payment(
        actor(practice), invoice=invoice, amount=P("20.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    first = desk.get(f"/invoices/{invoice.pk}/payments/{entry.pk}/receipt").content
    payments.reverse_payment(actor(practice), entry=entry)
    marry(invoice)
    page = words(desk.get(f"/invoices/{invoice.pk}"))
    paper = issued.of_subject(practice, IssuedPaper.RECEIPT, entry.pk).get()
    assert "The payment was taken back; the receipt stays to be seen" in page
    assert f'href="/invoices/papers/{paper.pk}/pdf"' in page
    assert desk.get(f"/invoices/papers/{paper.pk}/pdf").content == first
    answer = desk.post(f"/invoices/{invoice.pk}/payments/{entry.pk}/new-edition", follow=True)
    assert "This payment was taken back" in words(answer)
    assert issued.of_subject(practice, IssuedPaper.RECEIPT, entry.pk).count() == 1


def test_a_credit_note_has_a_new_edition_with_the_same_amounts_and_the_first_one_stays(
    practice: Practice, desk: Any
) -> None:
    invoice = make(practice, insurer="")
    amounts = {invoice.lines.get().pk: P("20.00")}
    note = credit_notes.create(actor(practice), invoice=invoice, amounts=amounts, reason="Half")
    address = f"/invoices/credit-notes/{note.pk}"
    first = desk.get(f"{address}/pdf").content
    assert "Edition 1" not in words(desk.get(address))
    rename_the_practice(invoice)
    assert "The practice’s details have changed since it was issued." in words(desk.get(address))
    assert desk.get(f"{address}/pdf").content == first
    answer = words(desk.post(f"{address}/new-edition", follow=True))
    assert "Edition 2 of credit note CN10001 issued." in answer
    one, _ = issued.of_subject(practice, IssuedPaper.CREDIT_NOTE, note.pk)
    assert desk.get(f"/invoices/papers/{one.pk}/pdf").content == first
    told = text(desk.get(f"{address}/pdf").content)
    assert "Hillside" in told
    assert "Credited £20.00" in told
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    assert stranger.post(f"{address}/new-edition").status_code == 404
