"""Credit notes: made after a look at what they will say, then shown. And money paid back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from clearbill.bill import money
from clearbill.db.ids import parse_id
from clearbill.invoicing import credit_notes, ledger, payments, queries
from clearbill.invoicing import payments as invoicing_payments
from clearbill.invoicing.models import CreditNote, Invoice, IssuedPaper, Mailing
from clearbill.invoicing.papers import issued, mail, pages
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.invoices.document_forms import CreditForm, RefundForm
from clearbill.web.invoices.invoice import show
from clearbill.web.invoices.paper_shown import IssuedShown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required(Permission.RECORD_MONEY)
def new(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Ask how much and why, show what the credit note will say, and make it when that is confirmed."""
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    over = [one for one in credit_notes.creditable_lines(row) if one.amount]
    form = CreditForm(request.POST or None, over=over, most=credit_notes.creditable(row))
    key = request.POST.get("key", "")
    if (made := _made(row, key)) is not None:
        return redirect("credit-note", made.pk)
    if sentence := credit_notes.reason_not_creditable(row):
        messages.error(request, sentence)
        return redirect("invoice", row.pk)
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        return _confirm(request, row, form)
    return _page(request, row, form)


def _confirm(request: PracticeRequest, row: Invoice, form: CreditForm) -> HttpResponse:
    with refusal_shown(request, form) as outcome:
        if "confirmed" not in request.POST:
            credits = credit_notes.credits_of(row, form.amounts)
            return _page(request, row, form, credits)
        made = credit_notes.create(
            actor_of(request),
            invoice=row,
            amounts=form.amounts,
            reason=form.cleaned_data["reason"],
            credit_note_id=form.cleaned_data["key"],
        )
    if outcome.is_refused:
        return _page(request, row, form)
    messages.success(request, f"Credit note {made.number} made: {money.show(made.total)} off invoice {row.number}.")
    return redirect("credit-note", made.pk)


def _page(request: PracticeRequest, row: Invoice, form: CreditForm, credits: Any = None) -> HttpResponse:
    total = money.total(one.amount for one in credits or [])
    context = {
        "invoice": row,
        "form": form,
        "most": form.most,
        "credits": credits,
        "total": total,
        "vat": money.total(one.vat for one in credits or []),
        "open_after": ledger.open_amount(row) - total,
        "frees_visits": credit_notes.would_free_visits(row, total),
    }
    return render(request, "invoices/credit.html", context)


def _made(row: Invoice, key: str) -> CreditNote | None:
    made_id = parse_id(key)
    return row.credit_notes.filter(pk=made_id).first() if made_id else None


@member_required(Permission.SEE_CLINICAL)
def credit_note(request: PracticeRequest, credit_note_id: UUID) -> HttpResponse:
    row = get_own_or_404(
        CreditNote.objects.select_related("invoice__client", "practice", "by"), request.practice, credit_note_id
    )
    context = {
        "note": row,
        "lines": row.lines.select_related("line"),
        "papers": [_issued(row)],
        "mailings": mail.mailings_of(request.practice, (Mailing.CREDIT_NOTE, [str(row.pk)])),
    }
    return render(request, "invoices/credit_note.html", context)


def _issued(row: CreditNote) -> IssuedShown:
    kept = list(issued.of_subject(row.practice, IssuedPaper.CREDIT_NOTE, row.pk).select_related("by"))
    return IssuedShown(
        what=f"credit note {row.number}",
        papers=kept[::-1],
        changed=issued.changed_since(kept[-1], pages.credit_note(row)) if kept else [],
        reissue=reverse("credit-note-reissue", args=[row.pk]),
    )


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def reissue(request: PracticeRequest, credit_note_id: UUID) -> HttpResponse:
    """Issue a new edition with what is true of client and practice today."""
    row = get_own_or_404(CreditNote.objects.select_related("invoice", "practice"), request.practice, credit_note_id)
    with refusal_shown(request):
        made = credit_notes.reissue(actor_of(request), credit_note=row)
        messages.success(
            request, f"Edition {made.edition} of credit note {row.number} issued. The earlier one is kept."
        )
    return redirect("credit-note", row.pk)


@member_required(Permission.SEE_MONEY, to_change=Permission.RECORD_MONEY)
def refund(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Record that money was paid back."""
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    if request.method != "POST":
        return redirect("invoice", row.pk)
    form = RefundForm(request.POST, invoice=row, auto_id="refund_%s")
    if not form.is_valid():
        return _refused_refund(request, row, form)
    with refusal_shown(request, form, "amount") as outcome:
        invoicing_payments.record_refund(actor_of(request), invoice=row, **form.cleaned_data)
    if outcome.is_refused:
        return _refused_refund(request, row, form)
    messages.success(request, "Refund recorded.")
    return redirect("invoice", row.pk)


def _refused_refund(request: PracticeRequest, row: Any, form: RefundForm) -> HttpResponse:
    """Show the form as it was typed; where nothing is left to be paid back there is no form, and a sentence must do."""
    if payments.refundable(row) and not row.voided_at:
        return show(request, row, refund_form=form)
    messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("invoice", row.pk)
