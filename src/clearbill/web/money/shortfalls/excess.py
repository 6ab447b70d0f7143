"""Take an excess at the visit."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import money
from clearbill.invoicing import patient_share_limits as asked
from clearbill.invoicing.models import Invoice
from clearbill.money.shortfalls import excess as excesses
from clearbill.money.shortfalls.errors import NotDecided
from clearbill.people.permissions import May
from clearbill.web.money.shortfalls.forms import ExcessForm
from clearbill.web.sign_in.access import PracticeRequest, door, find


@door(May.RECORD_MONEY)
def excess(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Ask for the amount; then the invoice for it is made and paid at once."""
    row = find(Invoice.objects.select_related("client__cover"), request.practice, invoice_id)
    form = ExcessForm(request.POST or None, initial={"amount": excesses.usual_amount(row)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = excesses.take(
                practice=request.practice,
                by=request.user,
                now=timezone.now(),
                invoice=row,
                amount=given["amount"],
                reference=given["reference"],
                share_id=given["once"],
            )
        except NotDecided as refused:
            form.add_error("amount", str(refused))
        else:
            messages.success(request, f"{money.show(made.net_total)} taken on invoice {made.number}.")
            return redirect("invoice", made.pk)
    elif request.method != "POST" and (sentence := excesses.why_not(row)):
        messages.warning(request, sentence)
        return redirect("invoice", row.pk)
    return render(request, "money/shortfalls/excess.html", {"invoice": row, "form": form, "room": asked.room(row)})
