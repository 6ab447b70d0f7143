"""The accounts page: the books of a period to be taken along, and the codes under which they are kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import chain, groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from clearbill.bill import dates
from clearbill.forms.fields import CodeField, DayField
from clearbill.forms.settings import SettingsForm
from clearbill.people.permissions import Permission
from clearbill.reports import services
from clearbill.reports.chart_of_accounts import FIELDS, Account
from clearbill.reports.filters import last_month
from clearbill.reports.journal import entries, exports, queries
from clearbill.reports.models import AccountCodes
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.downloads import download
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required

LONGEST_DAYS = 366


class PeriodForm(forms.Form):
    """The days whose books are taken along; the month before this one at first."""

    first_on = DayField(label="From")
    last_on = DayField(label="To")

    def __init__(self, data: Any, *, today: date) -> None:
        first_on, last_on = last_month(today)
        super().__init__(
            data if "first_on" in data else {"first_on": dates.show(first_on), "last_on": dates.show(last_on)}
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and first_on > last_on:
            raise ValidationError("The first day lies after the last one. Exchange them.")
        if first_on and last_on and (last_on - first_on).days > LONGEST_DAYS:
            raise ValidationError("Take a year at most at a time.")
        return given


class CodesForm(SettingsForm):
    """The code of each account, as the accounting software has it."""

    class Meta(SettingsForm.Meta):
        model = AccountCodes
        exclude = ["practice"]
        field_classes = dict.fromkeys(FIELDS.values(), CodeField)
        help_texts = {
            "debtors_insurers": "What insurers owe you.",
            "debtors_clients": "What clients owe you.",
            "shortfall": "What insurers deducted, until the client is asked for it.",
            "bank": "A clearing account, not the bank account itself: Xero takes no manual journal on a bank account.",
            "income": "Your income, before VAT.",
            "vat": "Used where an invoice has VAT.",
            "written_off": "What you gave up.",
            "adjustments": "What insurers added or took off that is for no bill, such as interest or a recovery.",
            "tax_rate": "The name of the rate for every line, spelt as in Xero. "
            "VAT has lines of its own, so none is added.",
        }


EACH = "each"


@member_required(Permission.SEE_INCOME)
def accounts(request: PracticeRequest) -> HttpResponse:
    """What was moved in the period, account by account, and the files."""
    form = PeriodForm(request.GET, today=dates.today())
    codes = queries.codes_of(request.practice)
    context: dict[str, Any] = {"form": form, "codes": codes, "most_lines": exports.XERO_MOST_LINES}
    if form.is_valid():
        context |= _moved(request, codes, form.cleaned_data["first_on"], form.cleaned_data["last_on"])
    return render(request, "money/accounts/accounts.html", context)


def _moved(request: PracticeRequest, codes: AccountCodes, first_on: date, last_on: date) -> dict[str, Any]:
    """Add up the period, day by day so that a long one takes little memory."""
    found = queries.transactions(request.practice, first_on, last_on)
    counts = {"lines": 0, "day_lines": 0}
    sums = {account: (Decimal("0.00"), Decimal("0.00")) for account in Account}
    for _, group in groupby(found, key=lambda one: one.on):
        day = list(group)
        counts["lines"] += sum(len(one.lines) for one in day)
        counts["day_lines"] += sum(len(one.lines) for one in entries.by_day(day))
        for account, (debit, credit) in entries.totals(day).items():
            sums[account] = (sums[account][0] + debit, sums[account][1] + credit)
    rows = [
        {"account": account, "code": exports.code_of(codes, account), "debit": debit, "credit": credit}
        for account, (debit, credit) in sums.items()
    ]
    total = sum((debit for debit, _ in sums.values()), Decimal("0.00"))
    return {"rows": rows, "total": total, "first_on": first_on, "last_on": last_on, **counts}


@member_required(Permission.SEE_INCOME, to_change=Permission.RECORD_MONEY)
@serialized
def codes(request: PracticeRequest) -> HttpResponse:
    """The account codes, and the tax rate."""
    kept = queries.codes_of(request.practice)
    edit = ConcurrentEdit(request, [kept], CodesForm(instance=kept), name=f"codes:{request.practice.pk}")
    form = CodesForm(edit.data, instance=kept)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        services.change_codes(actor_of(request), codes=form.cleaned_data)
        messages.success(request, "Account codes kept.")
        return redirect("accounts")
    return render(request, "money/accounts/codes.html", {"form": form, "edit": edit})


@member_required(Permission.SEE_INCOME)
def xero(request: PracticeRequest) -> StreamingHttpResponse:
    """The journal for Xero: one for each day, or with by=each one for each invoice and entry.

    Where Xero takes it in one file it is a CSV file, else a zip of several.
    """
    first_on, last_on = _period(request)
    found = queries.transactions(request.practice, first_on, last_on)
    parts = exports.for_xero(found if request.GET.get("by") == EACH else entries.by_day(found))
    codes, name = queries.codes_of(request.practice), f"xero-journal-{first_on}-{last_on}"
    first, second = next(parts), next(parts, None)
    if second is None:
        return download(exports.xero(first, codes), f"{name}.csv")
    content = exports.xero_zip(chain([first, second], parts), codes, name=name)
    return download(content, f"{name}.zip", "application/zip")


@member_required(Permission.SEE_INCOME)
def hledger(request: PracticeRequest) -> StreamingHttpResponse:
    """The books as plain text with double entry."""
    first_on, last_on = _period(request)
    text = exports.hledger(
        queries.transactions(request.practice, first_on, last_on),
        queries.codes_of(request.practice),
        title=request.practice.name,
        first_on=first_on,
        last_on=last_on,
    )
    return download(text, f"books-{first_on}-{last_on}.journal", "text/plain; charset=utf-8")


def _period(request: PracticeRequest) -> tuple[date, date]:
    form = PeriodForm(request.GET, today=dates.today())
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["first_on"], form.cleaned_data["last_on"]
