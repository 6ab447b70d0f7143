"""Type in a payment that came by letter, from the list of payments or from its claim."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.bill.text import plural
from clearbill.claims.models import Claim
from clearbill.db.ids import parse_id
from clearbill.forms.rows import fill_as_typed
from clearbill.money.remittances import manual_entry, overpayments, queries
from clearbill.money.remittances.overpayments import Overpayment
from clearbill.people.permissions import Permission
from clearbill.web.money.remittances.manual_entry_forms import (
    BillRows,
    PaymentForm,
    bill_rows,
    fit,
    typed,
    with_more_lines,
)
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required


@member_required(Permission.RECORD_MONEY)
def type_in(request: PracticeRequest) -> HttpResponse:
    """Show the form; add lines to it, or keep the payment. `?claim=` names the claim that the letter is about.

    With `back` it is what the practice paid back of what the insurer had paid too much.
    """
    claim = _claim(request)
    if request.method != "POST":
        return _show(request, *_empty(claim, _back(request, claim)))
    if "more" in request.POST:
        form = PaymentForm()
        fill_as_typed(form, request.POST)
        return _show(request, form, with_more_lines(request.POST))
    form, bills = PaymentForm(request.POST), bill_rows(request.POST)
    if not (form.is_valid() & bills.is_valid()) or not fit(form, bills):
        return _show(request, form, bills)
    try:
        done = manual_entry.enter(actor_of(request), typed=typed(form, bills))
    except manual_entry.EntryRefused as why:
        if why.bill is None:
            form.add_error("payment_reference", str(why))
        else:
            bills.forms[bills.places()[why.bill]].add_error("invoice_number", str(why))
        return _show(request, form, bills)
    _tell(request, done)
    is_settled = done.allocated is not None and not done.allocated.unmatched
    return redirect("claim", claim.pk) if claim and is_settled else redirect("money-payment", done.remittance.pk)


def _claim(request: PracticeRequest) -> Claim | None:
    claim_id = parse_id(request.GET.get("claim", ""))
    return queries.claim_for_entry(request.practice, claim_id) if claim_id else None


def _back(request: PracticeRequest, claim: Claim | None) -> Overpayment | None:
    return overpayments.overpayment_on(claim.invoice) if claim and "back" in request.GET else None


def _empty(claim: Claim | None, back: Overpayment | None) -> tuple[PaymentForm, BillRows]:
    payment: dict[str, Any] = {"form_id": uuid4()}
    if claim is None:
        return PaymentForm(initial=payment), bill_rows()
    bill = {"invoice_number": claim.number}
    if back:
        bill["paid"], payment["payment_reference"] = (
            overpayments.pounds(back.amount),
            overpayments.refund_reference(claim),
        )
    return PaymentForm(initial={**payment, "insurer": claim.insurer_slug}), bill_rows(initial=[bill])


def _tell(request: PracticeRequest, done: manual_entry.EntryResult) -> None:
    if done.allocated is None:
        messages.info(request, "This form was sent before; the payment is here once.")
        return
    put, wait = done.allocated.allocated, done.allocated.unmatched
    said = f"{put:,} {plural(put, 'bill')} put to claims"
    messages.success(
        request, f"Kept: {said}, {wait:,} {plural(wait, 'waits', 'wait')} for you." if wait else f"Kept: {said}."
    )


def _show(request: PracticeRequest, form: PaymentForm, bills: BillRows) -> HttpResponse:
    claim = _claim(request)
    context = {"form": form, "bills": bills, "claim": claim, "back": _back(request, claim)}
    return render(request, "money/remittances/type_in.html", context)
