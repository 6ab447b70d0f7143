"""What is done with a whole payment of an insurer, and what the bank has of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bank import withdrawing
from clearbill.people.access import May, PracticeRequest, door, find
from clearbill.remittances import queries
from clearbill.remittances.forms import WithdrawForm
from clearbill.remittances.views import show_payment


@require_POST
@door(May.RECORD_MONEY)
def withdraw(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    """Take out a payment that was read or typed wrongly."""
    row = find(queries.payment(request.practice), request.practice, remittance_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return show_payment(request, row, form)
    reason = form.cleaned_data["reason"]
    try:
        withdrawing.withdraw(
            practice=request.practice, by=request.user, now=timezone.now(), remittance=row, reason=reason
        )
    except withdrawing.NotWithdrawn as exc:
        messages.error(request, str(exc))
        return redirect("money-payment", row.pk)
    messages.success(request, f"Payment {row.payment_reference} is taken out. The books keep both entries.")
    return redirect("money")
