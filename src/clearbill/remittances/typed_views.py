"""A payment that came by post is typed in."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import money
from clearbill.people.access import May, PracticeRequest, door
from clearbill.remittances import typing_in
from clearbill.remittances.typed_forms import BaseBillForms, PaymentForm, bill_forms, typed, with_more_lines


@door(May.RECORD_MONEY)
def type_in(request: PracticeRequest) -> HttpResponse:
    """Show the form; add lines to it, or keep the payment."""
    if request.method != "POST":
        return _show(request, PaymentForm(initial={"form_id": uuid4()}), bill_forms())
    if "more" in request.POST:
        return _show(request, PaymentForm(initial=request.POST.dict()), with_more_lines(request.POST))
    form, bills = PaymentForm(request.POST), bill_forms(request.POST)
    if not (form.is_valid() & bills.is_valid()) or not _adds_up(form, bills):
        return _show(request, form, bills)
    try:
        done = typing_in.record(
            practice=request.practice, by=request.user, now=timezone.now(), typed=typed(form, bills)
        )
    except typing_in.NotTypedIn as why:
        if why.bill is None:
            form.add_error("payment_reference", str(why))
        else:
            bills.forms[bills.places()[why.bill]].add_error("invoice_number", str(why))
        return _show(request, form, bills)
    _tell(request, done)
    return redirect("money-payment", done.remittance.pk)


def _adds_up(form: PaymentForm, bills: BaseBillForms) -> bool:
    amount, told = typed(form, bills).amount, form.cleaned_data["total"]
    if abs(amount) > money.LARGEST:
        form.add_error(None, "The bills come to more than £99,999,999.99, which cannot be right.")
    elif told is not None and told != amount:
        form.add_error("total", f"The bills add up to {money.show(amount)}, not to {money.show(told)}.")
    return not form.errors


def _tell(request: PracticeRequest, done: typing_in.TypedIn) -> None:
    if done.allocated is None:
        messages.info(request, "This form was sent before; the payment is here once.")
        return
    put, wait = done.allocated.allocated, done.allocated.unmatched
    said = f"{put:,} bill{'' if put == 1 else 's'} put to claims"
    messages.success(
        request, f"Kept: {said}, {wait:,} wait{'s' if wait == 1 else ''} for you." if wait else f"Kept: {said}."
    )


def _show(request: PracticeRequest, form: PaymentForm, bills: BaseBillForms) -> HttpResponse:
    context = {"form": form, "bills": bills, "entries": _entries(form, bills) if form.is_bound else []}
    return render(request, "remittances/type_in.html", context)


def _entries(form: PaymentForm, bills: BaseBillForms) -> list[tuple[str, str]]:
    """Return everything that is wrong, each with the id of its field: what the summary above the form says."""
    entries = [("", str(error)) for error in (*form.non_field_errors(), *bills.non_form_errors())]
    for place, one in enumerate([form, *bills.forms]):
        where = f"Bill {place}, " if place else ""
        entries += [(bound.auto_id, f"{where}{bound.label}: {error}") for bound in one for error in bound.errors]
    return entries
