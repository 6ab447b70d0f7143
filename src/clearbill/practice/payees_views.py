"""Workspace Settings > Business > Payees and sites: payees and exceptions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.people.access import May, PracticeRequest, door, find
from clearbill.practice import payees_queries, payees_services
from clearbill.practice.models import Payee, PayeeRule, Site
from clearbill.practice.payees_forms import (
    ExceptionForm,
    PayeeForm,
    PayeeNumberForm,
    PayeeNumberRows,
    numbers_in,
    payee_values,
    posted_numbers,
)

ROWS_OF_NUMBERS = "numbers"


@door()
def payees(request: PracticeRequest) -> HttpResponse:
    return _page(request, ExceptionForm(request.practice))


@door(May.CHANGE_SETTINGS)
def new_payee(request: PracticeRequest) -> HttpResponse:
    return _edit(request, None)


@door(May.CHANGE_SETTINGS)
def edit_payee(request: PracticeRequest, payee_id: UUID) -> HttpResponse:
    return _edit(request, find(Payee.objects.all(), request.practice, payee_id))


@require_POST
@door(May.CHANGE_SETTINGS)
def add_exception(request: PracticeRequest) -> HttpResponse:
    form = ExceptionForm(request.practice, request.POST)
    if not form.is_valid():
        return _page(request, form)
    payees_services.put_exception(practice=request.practice, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "The exception is saved. The table below shows who is paid now.")
    return redirect("payees")


@require_POST
@door(May.CHANGE_SETTINGS)
def remove_exception(request: PracticeRequest, rule_id: UUID) -> HttpResponse:
    rule = find(PayeeRule.objects.select_related("payee", "practitioner"), request.practice, rule_id)
    payees_services.remove_exception(practice=request.practice, by=request.user, now=timezone.now(), rule=rule)
    messages.success(request, "The exception is removed.")
    return redirect("payees")


def _page(request: PracticeRequest, form: ExceptionForm) -> HttpResponse:
    practice = request.practice
    context = {
        "payees": Payee.objects.filter(practice=practice).prefetch_related("numbers").order_by("-is_active", "name"),
        "sites": Site.objects.filter(practice=practice).order_by("-is_active", "name"),
        "rules": PayeeRule.objects.filter(practice=practice).select_related("payee", "practitioner"),
        "who": payees_queries.who_is_paid(practice),
        "form": form,
    }
    return render(request, "practice/business/payees.html", context)


def _edit(request: PracticeRequest, payee: Payee | None) -> HttpResponse:
    if request.method != "POST":
        rows = PayeeNumberRows(prefix=ROWS_OF_NUMBERS, initial=list(payee.numbers.values()) if payee else [])
        return _payee_page(request, payee, PayeeForm(initial=payee_values(payee)), rows)
    if request.POST.get("action") == "add-row":
        form, rows = PayeeForm(initial=request.POST.dict()), _with_one_more_row(request)
        return _payee_page(request, payee, form, rows)
    form, rows = PayeeForm(request.POST), posted_numbers(request.POST.dict(), ROWS_OF_NUMBERS)
    if not all([form.is_valid(), rows.is_valid()]):
        return _payee_page(request, payee, form, rows)
    saved = payees_services.save_payee(
        practice=request.practice,
        by=request.user,
        now=timezone.now(),
        payee=payee,
        details=form.cleaned_data,
        numbers=numbers_in(rows),
    )
    messages.success(request, f"{saved} is saved.")
    return redirect("payees")


def _with_one_more_row(request: PracticeRequest) -> BaseFormSet[PayeeNumberForm]:
    """Return the rows as typed and an empty one below, without judging them yet."""
    typed = posted_numbers(request.POST.dict(), ROWS_OF_NUMBERS)
    values = [{name: form[name].value() for name in form.fields} for form in typed.forms]
    return PayeeNumberRows(prefix=ROWS_OF_NUMBERS, initial=values)


def _payee_page(
    request: PracticeRequest, payee: Payee | None, form: PayeeForm, rows: BaseFormSet[PayeeNumberForm]
) -> HttpResponse:
    return render(request, "practice/business/payee.html", {"payee": payee, "form": form, "rows": rows})
