"""Papers as PDF, and a client's statement of account."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.invoicing import mail as mailings
from clearbill.invoicing import pdf as printing
from clearbill.invoicing import queries, statements
from clearbill.invoicing.errors import BillingRefused
from clearbill.invoicing.models import CreditNote, Entry, Mailing
from clearbill.invoicing.pdf import Paper
from clearbill.invoicing.statements import Statement
from clearbill.web.invoices.document_forms import StatementForm
from clearbill.web.pdf import as_pdf
from clearbill.web.sign_in.access import PracticeRequest, door, find


@as_pdf("invoice")
def invoice(request: PracticeRequest, invoice_id: UUID) -> Paper:
    return printing.invoice(find(queries.invoice(request.practice), request.practice, invoice_id))


@as_pdf("credit-note")
def credit_note(request: PracticeRequest, credit_note_id: UUID) -> Paper:
    return printing.credit_note(find_credit_note(request, credit_note_id))


@as_pdf("invoice")
def receipt(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> Paper:
    return printing.receipt(find_entry(request, invoice_id, entry_id), as_of=dates.today())


@as_pdf("statement")
def statement_pdf(request: PracticeRequest, client_id: UUID) -> Paper:
    form = StatementForm(request.GET)
    if not form.is_valid():
        raise BillingRefused("These days cannot be used. Choose them again.")
    return printing.statement(statement_of(request, client_id, form))


@require_safe
@door()
def statement(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    """The account over some days, as a page, with its PDF and what was sent of it."""
    client = find(Client.objects.all(), request.practice, client_id)
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
        "mailings": mailings.of(request.practice, (Mailing.STATEMENT, [str(client.pk)])),
    }
    return render(request, "invoices/statement.html", context)


def statement_of(request: PracticeRequest, client_id: UUID, form: StatementForm) -> Statement:
    """Return the statement for a valid form. Raises Http404 for another practice's client."""
    client = find(Client.objects.select_related("practice"), request.practice, client_id)
    return statements.statement(request.practice, client, **form.cleaned_data)


def days_of(told: Statement) -> str:
    return urlencode({"first_on": told.first_on, "last_on": told.last_on})


def find_entry(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> Entry:
    rows = Entry.objects.filter(invoice_id=invoice_id).select_related(
        "invoice__client", "invoice__practice", "taken_back_by"
    )
    return find(rows, request.practice, entry_id)


def find_credit_note(request: PracticeRequest, credit_note_id: UUID) -> CreditNote:
    rows = CreditNote.objects.select_related("invoice__client", "practice")
    return find(rows, request.practice, credit_note_id)
