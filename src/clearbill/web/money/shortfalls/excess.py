"""Charge an excess at the visit."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.bill import money
from clearbill.invoicing import patient_share_limits
from clearbill.invoicing.models import Invoice
from clearbill.money.shortfalls import excess as shortfalls_excess
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.shortfalls.forms import ExcessForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required(Permission.RECORD_MONEY)
@serialized
def excess(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Ask for the amount; then the invoice for it is made and paid at once."""
    row = get_own_or_404(
        Invoice.objects.select_related("client", "policy", "authorisation"), request.practice, invoice_id
    )
    form = ExcessForm(request.POST or None, initial={"amount": shortfalls_excess.amount_left(row)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusal_shown(request, form, "amount"):
            made = shortfalls_excess.charge(
                actor_of(request),
                invoice=row,
                amount=given["amount"],
                reference=given["reference"],
                method=given["method"],
                share_id=given["once"],
            )
            messages.success(request, f"{money.show(made.net_total)} taken on invoice {made.number}.")
            return redirect("invoice", made.pk)
    elif request.method != "POST" and (sentence := shortfalls_excess.reason_not_chargeable(row)):
        messages.warning(request, sentence)
        return redirect("invoice", row.pk)
    return render(
        request,
        "money/shortfalls/excess.html",
        {
            "invoice": row,
            "form": form,
            "excess_left": shortfalls_excess.excess_left(row),
            "room": patient_share_limits.max_patient_share(row),
        },
    )
