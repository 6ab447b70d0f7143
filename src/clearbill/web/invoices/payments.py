"""Void and restore an invoice; what was paid on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.invoicing import errors as invoicing_services
from clearbill.invoicing import ledger as books
from clearbill.invoicing import payments as services_again
from clearbill.invoicing import queries, services
from clearbill.invoicing.models import Invoice
from clearbill.people.permissions import May
from clearbill.web.invoices.forms import PaymentForm, VoidForm
from clearbill.web.invoices.invoice import show
from clearbill.web.sign_in.access import PracticeRequest, door, find


@door(May.CHANGE_INVOICES)
def void(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Ask why, then void. It can be restored."""
    row = find(Invoice.objects.select_related("client"), request.practice, invoice_id)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            services.void(practice=request.practice, by=request.user, now=timezone.now(), invoice=row, reason=reason)
            messages.success(request, f"Invoice {row.number} is void. Its number is not used again.")
        except invoicing_services.BillingRefused as exc:
            messages.error(request, str(exc))
        return redirect("invoice", row.pk)
    return render(request, "invoices/void.html", {"invoice": row, "form": form})


@require_POST
@door(May.CHANGE_INVOICES)
def restore(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    row = find(Invoice.objects.all(), request.practice, invoice_id)
    try:
        services.restore(practice=request.practice, by=request.user, now=timezone.now(), invoice=row)
        messages.success(request, f"Invoice {row.number} stands again.")
    except invoicing_services.BillingRefused as exc:
        messages.error(request, str(exc))
    return redirect("invoice", row.pk)


@door(to_change=May.RECORD_MONEY)
def record_payment(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Record money received."""
    row = find(queries.invoice(request.practice), request.practice, invoice_id)
    if request.method != "POST":
        return redirect("invoice", row.pk)
    has_claim = row.claims.filter(is_current=True).exists()
    form = PaymentForm(request.POST, open_amount=books.open_amount(row), has_claim=has_claim)
    if not form.is_valid():
        return show(request, row, form)
    try:
        services_again.record_payment(
            practice=request.practice, by=request.user, now=timezone.now(), invoice=row, **form.cleaned_data
        )
    except invoicing_services.BillingRefused as exc:
        form.add_error("amount", str(exc))
        return show(request, row, form)
    messages.success(request, "Payment recorded.")
    return redirect("invoice", row.pk)
