"""The bank accounts: what they are called, which are closed, and which are one with another."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill.problem import Refused
from clearbill.money.bank import account_merge, queries
from clearbill.money.bank.accounts import save_account
from clearbill.money.bank.models import Account
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.bank.forms import AccountForm, MergeForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required(Permission.SEE_BANK)
def accounts(request: PracticeRequest) -> HttpResponse:
    """Every account with its lines, and what it is called."""
    return _show(request)


@require_POST
@member_required(Permission.RECONCILE)
def account(request: PracticeRequest, account_id: UUID) -> HttpResponse:
    """Save what an account is called, and whether it is closed."""
    row = get_own_or_404(Account.objects.all(), request.practice, account_id)
    form = AccountForm(request.POST, prefix=str(row.pk))
    if form.is_valid():
        try:
            saved = save_account(actor_of(request), account=row, **form.cleaned_data)
        except Refused as exc:
            form.add_error("name", str(exc))
        else:
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect("bank-accounts")
    return _show(request, {row.pk: form})


@member_required(Permission.SEE_BANK, to_change=Permission.RECONCILE)
def merge(request: PracticeRequest, account_id: UUID) -> HttpResponse:
    """Say what merging an account into another one moves, and do it once that was seen."""
    row = get_own_or_404(queries.accounts(request.practice), request.practice, account_id)
    others = list(queries.accounts(request.practice).exclude(pk=row.pk))
    form = MergeForm(request.POST or request.GET or None, accounts=others)
    context = {"account": row, "form": form, "others": others}
    if form.is_bound and form.is_valid():
        survivor = form.cleaned_data["into"]
        if request.method == "POST":
            with refusal_shown(request, form, "into") as outcome:
                account_merge.merge(actor_of(request), merged=row, survivor=survivor)
            if not outcome.is_refused:
                messages.success(request, f"“{row.name}” is merged into “{survivor.name}”. You can take it apart.")
                return redirect("bank-accounts")
        context |= {"into": survivor, "found": account_merge.preview(merged=row, survivor=survivor)}
    return render(request, "money/bank/merge.html", context)


@require_POST
@member_required(Permission.RECONCILE)
def take_apart(request: PracticeRequest, account_id: UUID) -> HttpResponse:
    """Take the merge of an account apart."""
    row = get_own_or_404(queries.merged_accounts(request.practice), request.practice, account_id)
    with refusal_shown(request):
        account_merge.take_apart(actor_of(request), merged=row)
        messages.success(request, f"“{row.name}” has its own lines again.")
    return redirect("bank-accounts")


def _show(request: PracticeRequest, forms: dict[UUID, AccountForm] | None = None) -> HttpResponse:
    """Show the accounts; `forms` is the one that could not be saved, by its account."""
    given = forms or {}
    rows = [(row, given.get(row.pk) or _form(row)) for row in queries.accounts_with_lines(request.practice)]
    context = {"rows": rows, "wrong": list(given.values()), "merged": queries.merged_accounts(request.practice)}
    return render(request, "money/bank/accounts.html", context)


def _form(row: Account) -> AccountForm:
    return AccountForm(prefix=str(row.pk), initial={"name": row.name, "is_closed": row.is_closed})
