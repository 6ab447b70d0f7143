"""The bank accounts: what they are called, and which are closed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill.problem import Refused
from clearbill.money.bank import queries
from clearbill.money.bank.accounts import save_account
from clearbill.money.bank.models import Account
from clearbill.people.permissions import Permission
from clearbill.web.money.bank.forms import AccountForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required()
def accounts(request: PracticeRequest) -> HttpResponse:
    """Every account with its lines, and what it is called."""
    return _show(request)


@require_POST
@member_required(Permission.RECORD_MONEY)
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


def _show(request: PracticeRequest, forms: dict[UUID, AccountForm] | None = None) -> HttpResponse:
    """Show the accounts; `forms` is the one that could not be saved, by its account."""
    given = forms or {}
    rows = [(row, given.get(row.pk) or _form(row)) for row in queries.accounts_with_lines(request.practice)]
    return render(request, "money/bank/accounts.html", {"rows": rows, "wrong": list(given.values())})


def _form(row: Account) -> AccountForm:
    return AccountForm(prefix=str(row.pk), initial={"name": row.name, "is_closed": row.is_closed})
