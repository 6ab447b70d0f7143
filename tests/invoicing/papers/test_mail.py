"""Papers by e-mail: looked at before, sent once, remembered; and every way in which it can fail."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.config.mail import PrintedMail
from clearbill.invoicing import credit_notes, payments, services
from clearbill.invoicing.models import Invoice, IssuedPaper, LedgerEntry, Mailing, Method
from clearbill.invoicing.papers import issued, pdf
from clearbill.invoicing.papers import mail as invoicing_mail
from clearbill.invoicing.papers.mail import Subject
from clearbill.people.actor import Actor
from clearbill.people.models import AuditEntry, Practice, Role
from tests import builders
from tests.builders import NOW, TODAY
from tests.invoicing.mail_server import MailServer, mail_server

pytestmark = pytest.mark.django_db
P = Decimal


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


@pytest.fixture
def desk(practice: Practice) -> Any:
    return builders.signed_in(builders.member(practice))


@pytest.fixture
def invoice(practice: Practice) -> Invoice:
    row = builders.invoice(
        practice, number="CB10042", client=builders.client(practice, insurer="", email="t@example.org")
    )
    issued.of_invoice(Actor(practice, None, NOW), row)
    return row


@pytest.fixture
def goes_out(settings: Any) -> None:
    """E-mail is set up; what is sent stays in memory."""
    settings.EMAIL_GOES_OUT = True


@pytest.fixture
def server(settings: Any) -> Any:
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_GOES_OUT, settings.EMAIL_USE_TLS = True, False
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def typed(**fields: str) -> dict[str, str]:
    """What a form carries that was shown with the last edition of the invoice."""
    paper = IssuedPaper.objects.filter(kind=IssuedPaper.INVOICE).latest("edition")
    return {
        "key": str(uuid4()),
        "paper": str(paper.pk),
        "to": "t@example.org",
        "title": "Invoice CB10042",
        "text": "Hello,",
        **fields,
    }


def test_the_page_proposes_address_subject_and_text_without_a_name_or_what_was_treated(
    desk: Any, invoice: Invoice, goes_out: None
) -> None:
    form = desk.get(f"/invoices/{invoice.pk}/email").context["form"]
    assert form.initial["to"] == "t@example.org"
    assert form.initial["title"] == "Invoice CB10042 from Riverside Physiotherapy"
    assert "our invoice CB10042, £70.00." in form.initial["text"]
    for private in ("Testa", "Sample", "P-0", "first visit", "ZPHY01"):
        assert private not in form.initial["title"] + form.initial["text"]


def test_an_invoice_goes_to_a_real_server_with_its_pdf_and_is_remembered(
    desk: Any, practice: Practice, invoice: Invoice, server: MailServer
) -> None:
    practice.reply_to = "accounts@example.org"
    practice.name = "Zoë’s Rooms"
    practice.save()
    answer = desk.post(f"/invoices/{invoice.pk}/email", typed(text="Hello,\n.\nbye"), follow=True)
    page = answer.content.decode()
    assert "Sent to t@example.org." in page
    assert "Invoice CB10042</a> to t@example.org" in page
    [took] = server.messages
    assert (took["To"], took["Subject"], took["Reply-To"]) == (
        "t@example.org",
        "Invoice CB10042",
        "accounts@example.org",
    )
    assert took["From"] == "Zoë’s Rooms <clearbill@localhost>"
    assert took.get_body().get_content().splitlines()[:3] == ["Hello,", ".", "bye"]
    [attached] = took.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("invoice-CB10042.pdf", "application/pdf")
    sent = Mailing.objects.get()
    assert sent.paper is not None
    assert attached.get_content() == pdf.issued(sent.paper).content
    assert f'href="/invoices/papers/{sent.paper_id}/pdf"' in page
    assert (sent.kind, sent.subject_id, sent.to, sent.is_printed) == (
        "invoice",
        str(invoice.pk),
        "t@example.org",
        False,
    )
    assert sent.sent_at is not None
    told = AuditEntry.objects.get(action="sent an e-mail")
    assert told.changes == {"paper": "invoice CB10042", "to": "t@example.org"}


def test_a_form_sent_twice_sends_one_e_mail(desk: Any, invoice: Invoice, server: MailServer) -> None:
    data = typed()
    for _ in range(2):
        assert desk.post(f"/invoices/{invoice.pk}/email", data).status_code == 302
    assert len(server.messages) == Mailing.objects.count() == 1
    desk.post(f"/invoices/{invoice.pk}/email", typed())
    assert len(server.messages) == Mailing.objects.count() == 2


@pytest.mark.parametrize(
    ("refuses", "hangs_up_at", "words"),
    [
        ("RCPT", "", invoicing_mail.REFUSED),
        ("MAIL", "", invoicing_mail.NOT_TAKEN),
        ("DATA", "", invoicing_mail.NOT_TAKEN),
        ("", "MAIL", invoicing_mail.UNSURE),
        ("", "DATA", invoicing_mail.UNSURE),
    ],
)
def test_a_server_that_does_not_take_it_leaves_a_sentence_and_everything_typed(
    desk: Any,
    invoice: Invoice,
    server: MailServer,
    refuses: str,
    hangs_up_at: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.refuses, server.hangs_up_at = refuses, hangs_up_at
    with caplog.at_level(logging.WARNING):
        page = desk.post(f"/invoices/{invoice.pk}/email", typed(text="Typed with care")).content.decode()
    assert words in page
    assert "Typed with care" in page
    assert not server.messages
    assert not Mailing.objects.exists()
    assert not AuditEntry.objects.filter(action="sent an e-mail").exists()
    assert "t@example.org" not in caplog.text


def test_a_server_that_is_not_there_leaves_a_sentence_and_it_can_be_sent_again(
    desk: Any, invoice: Invoice, server: MailServer, settings: Any
) -> None:
    data = typed()
    settings.EMAIL_PORT = 9
    assert invoicing_mail.UNREACHED in desk.post(f"/invoices/{invoice.pk}/email", data).content.decode()
    settings.EMAIL_PORT = server.port
    assert desk.post(f"/invoices/{invoice.pk}/email", data).status_code == 302
    assert len(server.messages) == 1


def test_a_person_is_kept_waiting_for_fifteen_seconds_at_most(settings: Any) -> None:
    assert settings.EMAIL_TIMEOUT == 15


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"to": ""}, "to", "Enter the e-mail address."),
        ({"to": "nobody"}, "to", "This is not an e-mail address."),
        ({"to": "t@example.org\nBcc: x@example.org"}, "to", "This is not an e-mail address."),
        ({"to": "t@example.org, x@example.org"}, "to", "This is not an e-mail address."),
        ({"title": ""}, "title", "Write a subject."),
        ({"title": "x" * 151}, "title", "150 at most"),
        ({"text": ""}, "text", "Write a few words."),
        ({"text": "x" * 4001}, "text", "4000 at most"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(
    desk: Any, invoice: Invoice, goes_out: None, fields: dict[str, str], field: str, words: str
) -> None:
    answer = desk.post(f"/invoices/{invoice.pk}/email", typed(**fields))
    assert words in str(answer.context["form"].errors[field])
    assert not mail.outbox


def test_a_line_break_in_the_subject_is_a_blank(desk: Any, invoice: Invoice, goes_out: None) -> None:
    desk.post(f"/invoices/{invoice.pk}/email", typed(title="Invoice\r\nBcc: x@example.org"))
    assert mail.outbox[0].subject == "Invoice Bcc: x@example.org"
    assert mail.outbox[0].bcc == []


def test_a_client_without_an_address_is_said_and_linked(desk: Any, practice: Practice, goes_out: None) -> None:
    row = builders.invoice(practice)
    page = desk.get(f"/invoices/{row.pk}/email").content.decode()
    assert "has no e-mail address yet" in page
    assert f'href="/clients/{row.client_id}/edit"' in page
    assert desk.get(f"/clients/{row.client_id}/edit").status_code == 200


def test_credit_notes_receipts_and_statements_go_out_too(
    desk: Any, practice: Practice, invoice: Invoice, goes_out: None
) -> None:
    entry = payments.record_payment(
        Actor(practice, None, NOW), invoice=invoice, amount=P("20.00"), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    note = credit_notes.create(
        Actor(practice, None, NOW), invoice=invoice, amounts={invoice.lines.get().pk: P("5.00")}, reason="Wrong"
    )
    addresses = {
        f"/invoices/{invoice.pk}/payments/{entry.pk}/email": ("receipt-CB10042", "Receipt for the payment of £20.00"),
        f"/invoices/credit-notes/{note.pk}/email": ("credit-note-CN10001.pdf", "Credit note CN10001"),
        f"/invoices/statements/{invoice.client_id}/email": (
            f"statement-{invoice.client.number}",
            "Statement of account",
        ),
    }
    for address, (name, title) in addresses.items():
        shown = desk.get(address).context
        first, paper = shown["form"].initial, str(shown["draft"].paper_id or "")
        assert first["title"].startswith(title)
        sent = desk.post(address, typed(paper=paper, title=first["title"], text=first["text"]), follow=True)
        assert "to t@example.org" in sent.content.decode()
        [(filename, content, kind)] = mail.outbox[-1].attachments
        assert filename.startswith(name)
        assert content.startswith(b"%PDF-")
        assert kind == "application/pdf"
        assert "Testa" not in mail.outbox[-1].body + mail.outbox[-1].subject
    assert set(Mailing.objects.values_list("kind", flat=True)) == {"receipt", "credit note", "statement"}


def new_edition(practice: Practice, kind: str, invoice: Invoice) -> str:
    """Issue the next edition of what was made of the invoice; return the address of its e-mail."""
    actor = Actor(practice, None, NOW)
    if kind == Mailing.INVOICE:
        services.reissue(actor, invoice=invoice)
        return f"/invoices/{invoice.pk}/email"
    if kind == Mailing.CREDIT_NOTE:
        note = invoice.credit_notes.get()
        credit_notes.reissue(actor, credit_note=note)
        return f"/invoices/credit-notes/{note.pk}/email"
    entry = invoice.entries.get()
    payments.correct_method(actor, entry=entry, method=Method.CASH)
    return f"/invoices/{invoice.pk}/payments/{entry.pk}/email"


@pytest.mark.parametrize("kind", [Mailing.INVOICE, Mailing.CREDIT_NOTE, Mailing.RECEIPT])
def test_an_edition_that_nobody_looked_at_is_not_sent(
    desk: Any, practice: Practice, invoice: Invoice, goes_out: None, kind: str
) -> None:
    actor = Actor(practice, None, NOW)
    if kind == Mailing.CREDIT_NOTE:
        lines = {invoice.lines.get().pk: P("5.00")}
        credit_notes.create(actor, invoice=invoice, amounts=lines, reason="Wrong")
    if kind == Mailing.RECEIPT:
        payments.record_payment(
            actor, invoice=invoice, amount=P("20.00"), received_on=TODAY, source=LedgerEntry.PATIENT
        )
    Client.objects.update(last_name="Married")
    looked_at = IssuedPaper.objects.get(kind=kind)
    address = new_edition(practice, kind, Invoice.objects.get(pk=invoice.pk))
    data = typed(paper=str(looked_at.pk), text="Typed with care")
    answer = desk.post(address, data)
    page = answer.content.decode()
    assert "another edition by now, so nothing was sent" in page
    assert "Typed with care" in page
    assert not mail.outbox
    last = IssuedPaper.objects.get(kind=kind, edition=2)
    assert f'name="paper" value="{last.pk}"' in page
    assert f'href="/invoices/papers/{last.pk}/pdf"' in page
    assert desk.post(address, {**data, "paper": str(answer.context["draft"].paper_id)}).status_code == 302
    assert Mailing.objects.get().paper == last
    assert mail.outbox[-1].attachments[0][0] == last.name


def test_a_form_that_does_not_say_what_was_looked_at_sends_nothing(desk: Any, invoice: Invoice, goes_out: None) -> None:
    for paper in ("", "nonsense", str(uuid4())):
        page = desk.post(f"/invoices/{invoice.pk}/email", typed(paper=paper)).content.decode()
        assert "so nothing was sent" in page
    assert not mail.outbox


def test_without_an_e_mail_server_the_page_says_that_nobody_receives_it(
    desk: Any, invoice: Invoice, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "clearbill.config.mail.PrintedMail"
    assert "sends no e-mail" in desk.get(f"/invoices/{invoice.pk}/email").content.decode()
    page = desk.post(f"/invoices/{invoice.pk}/email", typed(), follow=True).content.decode()
    assert "nobody receives it" in page
    assert "received by nobody" in page
    assert Mailing.objects.get().is_printed
    printed = capsys.readouterr().out
    assert "Subject: Invoice CB10042" in printed
    assert "[attached and not printed: invoice-CB10042.pdf]" in printed
    assert "JVBER" not in printed  # how a PDF begins, as e-mails write it


def test_a_printed_message_keeps_its_attachments_for_whoever_sends_it_on() -> None:
    message = mail.EmailMessage(
        "A", "B", "a@example.org", ["b@example.org"], attachments=[("c.pdf", b"%PDF", "application/pdf")]
    )
    assert PrintedMail().send_messages([message]) == 1
    assert [one[0] for one in message.attachments] == ["c.pdf"]


def test_one_whose_fate_is_unknown_is_shown_as_such_and_not_sent_again(
    desk: Any, practice: Practice, invoice: Invoice, goes_out: None
) -> None:
    key = uuid4()
    Mailing.objects.create(
        pk=key,
        practice=practice,
        kind=Mailing.INVOICE,
        subject_id=str(invoice.pk),
        label="CB10042",
        to="t@example.org",
        started_at=timezone.now(),
    )
    page = desk.post(f"/invoices/{invoice.pk}/email", typed(key=str(key)), follow=True).content.decode()
    assert "not known whether it went out" in page
    assert "on its way already" in page
    assert not mail.outbox


def test_the_key_of_another_practices_mailing_sends_nothing_and_tells_nothing(
    practice: Practice, invoice: Invoice, goes_out: None
) -> None:
    other = builders.member(builders.practice("Elsewhere"))
    key = uuid4()
    Mailing.objects.create(
        pk=key,
        practice=other.practice,
        kind=Mailing.INVOICE,
        subject_id="x",
        label="CB1",
        to="o@example.org",
        started_at=NOW,
    )
    with pytest.raises(Refused, match="Open the page again"):
        invoicing_mail.send(
            Actor(practice, other.user, NOW),
            paper=issued.of_invoice(Actor(practice, None, NOW), invoice),
            to="t@example.org",
            title="T",
            text="X",
            mailing_id=key,
            subject=Subject(kind=Mailing.INVOICE, row=invoice, subject_id=str(invoice.pk), label="CB10042"),
        )
    assert not mail.outbox


def test_an_accountant_sends_nothing_and_a_stranger_finds_nothing(practice: Practice, invoice: Invoice) -> None:
    accountant = builders.signed_in(builders.member(practice, Role.ACCOUNTANT))
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    for address in (f"/invoices/{invoice.pk}/email", f"/invoices/statements/{invoice.client_id}/email"):
        assert accountant.get(address).status_code == 403
        assert accountant.post(address, typed()).status_code == 403
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, typed()).status_code == 404
    assert not mail.outbox
