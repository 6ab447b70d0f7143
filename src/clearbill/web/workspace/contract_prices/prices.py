"""Workspace Settings > Business > Contract prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.forms.settings import SettingsForm
from clearbill.invoicing.prices import line_prices
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.web.workspace.contract_prices.forms import (
    DescribeForm,
    EndForm,
    PriceForm,
    WithdrawForm,
    first_price,
    next_price,
)
from clearbill.workspace.contract_prices import queries, services
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.queries import PriceFilter

PER_PAGE = 25


@member_required(Permission.SEE)
def price_list(request: PracticeRequest) -> HttpResponseBase:
    wanted = _filter(request)
    rows = queries.prices(request.practice, wanted, on=dates.today())
    if wants_file(request):
        return list_file(request, "contract-prices", queries.table(rows))
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "states": queries.STATES,
        "insurers": queries.insurers_priced(request.practice),
        "today": dates.today(),
    }
    return render(request, "workspace/contract_prices/prices.html", context)


@member_required(Permission.CHANGE_SETTINGS)
def new(request: PracticeRequest) -> HttpResponse:
    form = PriceForm(request.POST or None, instance=first_price(request.practice, request.GET, dates.today()))
    if request.method == "POST" and form.is_valid() and (price := _added(request, form)):
        return redirect("contract-price", price.pk)
    context = {"form": form, "codes": queries.codes_billed(request.practice)}
    return render(request, "workspace/contract_prices/price_new.html", context)


@member_required(Permission.CHANGE_SETTINGS)
def price(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    """One price with those before and after it, and what can be done with it."""
    return _show(request, get_own_or_404(ContractPrice.objects.all(), request.practice, price_id))


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
@serialized
def describe(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    row, form, edit = _edited(request, price_id, DescribeForm)
    if not (form.is_valid() and edit.is_settled(form)):
        return _show(request, row, describe_form=form, describe_edit=edit)
    return _done(request, row, form, "describe_form", services.describe, "The words are saved.")


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def follow(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    """A new price from a day on: the present one ends the day before."""
    row = get_own_or_404(ContractPrice.objects.all(), request.practice, price_id)
    given = {**request.POST.dict(), "insurer_slug": row.insurer_slug, "code": row.code}
    form = PriceForm(given, instance=next_price(row))
    if form.is_valid() and (after := _added(request, form)):
        return redirect("contract-price", after.pk)
    return _show(request, row, follow_form=form)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
@serialized
def end(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    row, form, edit = _edited(request, price_id, EndForm)
    if not (form.is_valid() and edit.is_settled(form)):
        return _show(request, row, end_form=form, end_edit=edit)
    last = form.cleaned_data["valid_to"]
    said = f"Its last day is {dates.show(last)}." if last else "It goes on without a last day."
    return _done(request, row, form, "end_form", services.end, said, {"last": last})


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def withdraw(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    row, form = get_own_or_404(ContractPrice.objects.all(), request.practice, price_id), WithdrawForm(request.POST)
    if not form.is_valid():
        return _show(request, row, withdraw_form=form)
    return _done(request, row, form, "withdraw_form", services.withdraw, "Withdrawn. You can bring it back.")


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def bring_back(request: PracticeRequest, price_id: UUID) -> HttpResponse:
    row = get_own_or_404(ContractPrice.objects.all(), request.practice, price_id)
    return _done(request, row, EndForm({}), "", services.bring_back, "Claims are measured by it again.", {})


@member_required(Permission.CHANGE_SETTINGS)
def load(request: PracticeRequest) -> HttpResponse:
    """A list of contract prices is brought as every file is."""
    return redirect(f"{reverse('imports')}?kind=prices")


def _filter(request: PracticeRequest) -> PriceFilter:
    given = {name: request.GET.get(name, "").replace("\x00", "")[:80] for name in ("insurer", "state", "sort")}
    return PriceFilter(text=" ".join(request.GET.get("q", "").replace("\x00", "").split())[:80], **given)


def _added(request: PracticeRequest, form: PriceForm) -> ContractPrice | None:
    """Add what was typed and say so; None where it cannot be, with the reason at its field."""
    with refusal_shown(request, form) as outcome:
        row = services.add(actor_of(request), details=form.cleaned_data)
    if outcome.is_refused:
        return None
    messages.success(request, f"The price of {row.code} holds from {dates.show(row.valid_from)}.")
    if count := line_prices.invoiced_otherwise(row):
        lines = f"{count:,} {plural(count, 'line is', 'lines are')} invoiced already at another price"
        messages.info(request, f"{lines} and {plural(count, 'stays', 'stay')} so: see Prices you bill under Expected.")
    return row


def _edited(
    request: PracticeRequest, price_id: UUID, kind: type[SettingsForm]
) -> tuple[ContractPrice, SettingsForm, ConcurrentEdit]:
    row = get_own_or_404(ContractPrice.objects.all(), request.practice, price_id)
    edit = ConcurrentEdit(request, [row], kind(instance=row))
    return row, kind(edit.data, instance=row), edit


def _done(
    request: PracticeRequest,
    row: ContractPrice,
    form: forms.BaseForm,
    name: str,
    step: Callable[..., None],
    said: str,
    given: dict[str, Any] | None = None,
) -> HttpResponse:
    """Take the step and say so; where it is refused, show the page with the reason at its field."""
    values = form.cleaned_data if given is None else given
    with refusal_shown(request, form if name else None) as outcome:
        step(actor_of(request), price=row, **values)
        messages.success(request, said)
    if outcome.is_refused and name:
        row.refresh_from_db()
        return _show(request, row, **{name: form})
    return redirect("contract-price", row.pk)


def _show(request: PracticeRequest, row: ContractPrice, **sent: forms.BaseForm | ConcurrentEdit) -> HttpResponse:
    """The page of a price; the form that was sent as it was sent, the others fresh."""
    fresh = {
        "describe_edit": ConcurrentEdit(request, [row], DescribeForm(instance=row)),
        "end_edit": ConcurrentEdit(request, [row], EndForm(instance=row)),
        "describe_form": DescribeForm(instance=row, auto_id="describe_form_%s"),
        "follow_form": PriceForm(instance=next_price(row), auto_id="follow_form_%s"),
        "end_form": EndForm(instance=row, auto_id="end_form_%s"),
        "withdraw_form": WithdrawForm(auto_id="withdraw_form_%s"),
    }
    for name, form in sent.items():
        if isinstance(form, forms.BaseForm):
            form.auto_id = f"{name}_%s"
    context = {"price": row, "series": queries.price_history(row), "today": dates.today(), **fresh, **sent}
    return render(request, "workspace/contract_prices/price.html", context)
