"""Void and restore an invoice; what was paid on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.invoicing import payments, queries, services
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.invoices.documents import find_entry
from clearbill.web.invoices.forms import PaymentForm, VoidForm
from clearbill.web.invoices.invoice import show, warn_of_repeats
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required(Permission.CHANGE_INVOICES)
def void(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Ask why, then void. It can be restored."""
    row = get_own_or_404(Invoice.objects.select_related("client"), request.practice, invoice_id)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        with refusal_shown(request):
            services.void(actor_of(request), invoice=row, reason=reason)
            messages.success(request, f"Invoice {row.number} is void. Its number is not used again.")
        return redirect("invoice", row.pk)
    return render(request, "invoices/void.html", {"invoice": row, "form": form})


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def restore(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    row = get_own_or_404(Invoice.objects.all(), request.practice, invoice_id)
    with refusal_shown(request):
        services.restore(actor_of(request), invoice=row)
        messages.success(request, f"Invoice {row.number} stands again.")
        warn_of_repeats(request, [row])
    return redirect("invoice", row.pk)


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def reissue_receipt(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> HttpResponse:
    """Issue a new edition of a receipt with what is true of client and practice today."""
    entry = find_entry(request, invoice_id, entry_id)
    with refusal_shown(request):
        made = payments.reissue_receipt(actor_of(request), entry=entry)
        messages.success(request, f"Edition {made.edition} of the receipt issued. The earlier one is kept.")
    return redirect("invoice", invoice_id)


@member_required(Permission.SEE_MONEY, to_change=Permission.RECORD_MONEY)
def record_payment(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Record money received."""
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    if request.method != "POST":
        return redirect("invoice", row.pk)
    has_claim = row.claims.filter(is_current=True).exists()
    form = PaymentForm(request.POST, invoice=row, has_claim=has_claim)
    if not form.is_valid():
        return show(request, row, form)
    with refusal_shown(request, form, "amount") as outcome:
        payments.record_payment(actor_of(request), invoice=row, **form.cleaned_data)
    if outcome.is_refused:
        return show(request, row, form)
    messages.success(request, "Payment recorded.")
    return redirect("invoice", row.pk)


@require_POST
@member_required(Permission.RECORD_MONEY)
def correct_method(request: PracticeRequest, invoice_id: UUID, entry_id: int) -> HttpResponse:
    """Say anew how a client paid."""
    row = get_own_or_404(Invoice.objects.all(), request.practice, invoice_id)
    entry = get_own_or_404(LedgerEntry.objects.filter(invoice=row), request.practice, entry_id)
    with refusal_shown(request):
        payments.correct_method(actor_of(request), entry=entry, method=request.POST.get("method", ""))
        messages.success(request, "How it was paid is saved.")
    return redirect("invoice", row.pk)
