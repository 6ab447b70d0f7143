"""Documents as PDF, and a client's statement of account."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clearbill.bill import dates
from clearbill.bill.problem import Refused
from clearbill.clients import merges
from clearbill.clients.models import Client
from clearbill.invoicing import queries
from clearbill.invoicing.models import CreditNote, Invoice, IssuedPaper, LedgerEntry, Mailing
from clearbill.invoicing.papers import issued, mail, pdf, statements
from clearbill.invoicing.papers.pdf import PdfDocument
from clearbill.invoicing.papers.statements import Statement
from clearbill.people.permissions import Permission
from clearbill.web.invoices.document_forms import StatementForm
from clearbill.web.pdf import as_pdf
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@as_pdf("invoice")
def invoice(request: PracticeRequest, invoice_id: UUID) -> PdfDocument:
    """The last edition as it was issued; of a void invoice a copy that says so."""
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    return _copy(request, row) if row.voided_at else pdf.issued(issued.of_invoice(actor_of(request), row))


@as_pdf("invoice")
def invoice_copy(request: PracticeRequest, invoice_id: UUID) -> PdfDocument:
    """The last edition, and below it how the invoice stands today."""
    return _copy(request, get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id))


@as_pdf("credit-note")
def credit_note(request: PracticeRequest, credit_note_id: UUID) -> PdfDocument:
    return pdf.issued(issued.of_credit_note(actor_of(request), find_credit_note(request, credit_note_id)))


@as_pdf("invoice")
def receipt(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> PdfDocument:
    return pdf.issued(issued.of_receipt(actor_of(request), find_entry(request, invoice_id, entry_id)))


@as_pdf("statement")
def statement_pdf(request: PracticeRequest, client_id: UUID) -> PdfDocument:
    """The statement; as it is given out so, it is kept."""
    form = StatementForm(request.GET)
    if not form.is_valid():
        raise Refused("These days cannot be used. Choose them again.")
    return pdf.issued(issued.issue_statement(actor_of(request), statement_of(request, client_id, form)))


@as_pdf("invoices")
def paper(request: PracticeRequest, paper_id: UUID) -> PdfDocument:
    """Any paper as it was issued."""
    return pdf.issued(get_own_or_404(IssuedPaper.objects.all(), request.practice, paper_id))


def _copy(request: PracticeRequest, row: Invoice) -> PdfDocument:
    return pdf.copy_of_invoice(issued.of_invoice(actor_of(request), row), row, as_of=dates.today())


@require_safe
@member_required(Permission.SEE_CLINICAL)
def statement(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    """The account over some days, as a page, with its PDF and what was sent of it."""
    client = get_own_or_404(Client.objects.all(), request.practice, client_id)
    form = StatementForm(request.GET)
    told = statement_of(request, client_id, form) if form.is_valid() else None
    days = days_of(told) if told else ""
    # An untouched form shows the days it stands for; a wrong one what was typed.
    shown = StatementForm(initial={"first_on": told.first_on, "last_on": told.last_on}) if told else form
    context = {
        "client": client,
        "form": shown,
        "told": told,
        "pdf": f"{reverse('statement-pdf', args=[client.pk])}?{days}",
        "mail": f"{reverse('statement-mail', args=[client.pk])}?{days}",
        "mailings": mail.mailings_of(request.practice, (Mailing.STATEMENT, [str(client.pk)])),
        "papers": issued.of_subject(request.practice, IssuedPaper.STATEMENT, *merges.keys_of_person(client)).order_by(
            "-issued_on", "-edition"
        ),
    }
    return render(request, "invoices/statement.html", context)


def statement_of(request: PracticeRequest, client_id: UUID, form: StatementForm) -> Statement:
    """Return the statement for a valid form. Raises Http404 for another practice's client."""
    client = get_own_or_404(Client.objects.select_related("practice"), request.practice, client_id)
    return statements.statement(request.practice, client, **form.cleaned_data)


def days_of(told: Statement) -> str:
    return urlencode({"first_on": told.first_on, "last_on": told.last_on})


def find_entry(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> LedgerEntry:
    rows = LedgerEntry.objects.filter(invoice_id=invoice_id).select_related(
        "practice", "invoice__client", "invoice__practice", "invoice__practitioner", "taken_back_by"
    )
    return get_own_or_404(rows, request.practice, entry_id)


def find_credit_note(request: PracticeRequest, credit_note_id: UUID) -> CreditNote:
    rows = CreditNote.objects.select_related("invoice__client", "practice")
    return get_own_or_404(rows, request.practice, credit_note_id)
