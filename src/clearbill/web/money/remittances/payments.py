"""The Money pages: what insurers paid, what waits for a person, and one payment with its bills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.claims.models import Claim
from clearbill.exports.lists import LISTS
from clearbill.forms.fields import TextField
from clearbill.imports import undo as imports_undo
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.bank import manual_match
from clearbill.money.remittances import poll, queries, void
from clearbill.money.remittances.allocation import candidates, manual, rules
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, has_permission, member_required


class MatchForm(forms.Form):
    """The claim that a payment's bill is about, by its invoice number."""

    number = TextField(label="Invoice number", max_length=20)
    is_sure = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A claim that was chosen for a bill, and what speaks against it."""

    claim: Claim
    sentence: str


class WithdrawForm(forms.Form):
    reason = TextField(label="Why is it taken out?", max_length=300, help_text="Such as: the wrong column was read.")


class AsideForm(forms.Form):
    reason = TextField(
        label="Why is it set aside?", max_length=500, help_text="Such as: a bill from before Clearbill, kept elsewhere."
    )


PER_PAGE, TO_SETTLE = 25, 50


@member_required(Permission.SEE_MONEY)
def money(request: PracticeRequest) -> HttpResponseBase:
    """What waits for a person first, then all payments, newest first."""
    slugs = queries.insurers_paid(request.practice)
    insurer = request.GET.get("insurer", "")
    insurer = insurer if insurer in slugs else ""
    found = queries.payments(request.practice, insurer=insurer)
    if wants_file(request):
        return list_file(request, "remittances", LISTS["remittances"].table(found))
    waiting = queries.unallocated(request.practice)
    sees_clients = has_permission(request, Permission.SEE_CLINICAL)
    context = {
        "waiting": [_told(advice) for advice in waiting[:TO_SETTLE]] if sees_clients else [],
        "waiting_count": waiting.count(),
        "aside_count": queries.unallocated(request.practice, state=ClaimPayment.SET_ASIDE).count(),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "insurers": slugs,
        "insurer": insurer,
        "asked": queries.poll_status(request.practice, now=timezone.now()),
        "corrections": queries.new_corrections(request.practice)[:TO_SETTLE],
        "without_bills": queries.without_bills(request.practice)[:TO_SETTLE],
    }
    return render(request, "money/remittances/money.html", context)


@member_required(Permission.SEE_CLINICAL)
def aside(request: PracticeRequest) -> HttpResponse:
    """What was set aside, to be brought back."""
    rows = queries.unallocated(request.practice, state=ClaimPayment.SET_ASIDE)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "money/remittances/aside.html", {"page": page})


@member_required(Permission.SEE_MONEY)
def payment(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    """One payment with what it says of each bill."""
    return show_payment(request, get_own_or_404(queries.payment(request.practice), request.practice, remittance_id))


@member_required(Permission.SEE_CLINICAL)
def document(request: PracticeRequest, remittance_id: UUID) -> StreamingHttpResponse:
    """The document that the payment came in, byte for byte."""
    row = get_own_or_404(queries.payment(request.practice), request.practice, remittance_id)
    answer = StreamingHttpResponse(row.document.pieces(), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="payment-{row.pk}.txt"'
    answer["Cache-Control"] = "no-store"
    return answer


@member_required(Permission.SEE_CLINICAL)
def advice(request: PracticeRequest, advice_id: int) -> HttpResponse:
    """One bill of a payment: what it says, why it waits, and the claims it may be about."""
    return _show(request, get_own_or_404(queries.advice(request.practice), request.practice, advice_id))


@require_POST
@member_required(Permission.RECORD_MONEY)
def match(request: PracticeRequest, advice_id: int) -> HttpResponse:
    """Put it to the claim that was clicked, or to the one whose invoice number was typed."""
    row = get_own_or_404(queries.advice(request.practice), request.practice, advice_id)
    form = MatchForm(request.POST)
    if not form.is_valid():
        return _show(request, row, match_form=form)
    number = form.cleaned_data["number"]
    claim = Claim.objects.filter(practice=request.practice, number__iexact=number, is_current=True).first()
    if claim is None:
        form.add_error("number", f"There is no claim with the invoice number {number}.")
        return _show(request, row, match_form=form)
    with refusal_shown(request, form, "number") as outcome:
        try:
            manual.allocate(actor_of(request), advice=row, claim=claim, is_sure=form.cleaned_data["is_sure"])
        except manual.Doubtful as doubt:
            return _show(request, row, doubt=Doubt(claim, str(doubt)))
    if outcome.is_refused:
        return _show(request, row, match_form=form)
    messages.success(request, f"Put to claim {claim.number}. You can undo this.")
    return redirect("money-advice", row.pk)


@require_POST
@member_required(Permission.RECORD_MONEY)
def set_aside(request: PracticeRequest, advice_id: int) -> HttpResponse:
    row = get_own_or_404(queries.advice(request.practice), request.practice, advice_id)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return _show(request, row, aside_form=form)
    reason = form.cleaned_data["reason"]
    return _step(
        request,
        row,
        partial(manual.ignore, reason=reason),
        "Set aside. You can undo this.",
    )


@require_POST
@member_required(Permission.RECORD_MONEY)
def undo(request: PracticeRequest, advice_id: int) -> HttpResponse:
    row = get_own_or_404(queries.advice(request.practice), request.practice, advice_id)
    return _step(request, row, manual.deallocate, "Taken off the claim. The books keep both entries.")


@require_POST
@member_required(Permission.RECORD_MONEY)
def bring_back(request: PracticeRequest, advice_id: int) -> HttpResponse:
    row = get_own_or_404(queries.advice(request.practice), request.practice, advice_id)
    return _step(request, row, manual.unignore, "It waits to be settled again.")


@require_POST
@member_required(Permission.RECORD_MONEY)
def take_back_payment(request: PracticeRequest, entry_id: int) -> HttpResponse:
    """Take back what was entered on an invoice by mistake; its claim and the line of the bank follow."""
    row = get_own_or_404(LedgerEntry.objects.select_related("invoice"), request.practice, entry_id)
    with refusal_shown(request):
        manual_match.reverse_payment(actor_of(request), entry=row)
        what = "Refund" if row.is_refund else "Payment"
        messages.success(request, f"{what} taken back. Both entries stay in the books.")
    return redirect("invoice", row.invoice_id)


@require_POST
@member_required(Permission.RECORD_MONEY)
def ask(request: PracticeRequest) -> HttpResponse:
    """Let the worker ask Healthcode now."""
    if poll.poll_now(practice=request.practice, now=timezone.now()):
        messages.success(request, "Clearbill asks Healthcode now. Reload the page in a moment.")
    else:
        messages.error(request, "Connect Healthcode first, under Workspace Settings.")
    return redirect("money")


def show_payment(request: PracticeRequest, row: Remittance, form: WithdrawForm | None = None) -> HttpResponse:
    """Return the page of one payment; `form` is why it should be taken out, where that was not said well.

    Those who see no clients' records get its amounts alone.
    """
    if not has_permission(request, Permission.SEE_CLINICAL):
        bills = Paginator(queries.amounts(row), PER_PAGE).get_page(request.GET.get("page"))
        return render(request, "money/remittances/payment_amounts.html", {"remittance": row, "page": bills})
    page = Paginator(queries.advices(row), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "remittance": row,
        "page": page,
        "told": [_told(advice) for advice in page],
        "adjustments": row.adjustments.all(),
        "corrections": row.corrections.select_related("seen_by"),
        "can_be_withdrawn": void.can_be_voided(row),
        "withdraw_form": form or WithdrawForm(),
    }
    return render(request, "money/remittances/payment.html", context)


def _step(request: PracticeRequest, row: ClaimPayment, step: Callable[..., ClaimPayment], said: str) -> HttpResponse:
    with refusal_shown(request):
        step(actor_of(request), advice=row)
        messages.success(request, said)
    return redirect("money-advice", row.pk)


def _show(
    request: PracticeRequest,
    row: ClaimPayment,
    match_form: MatchForm | None = None,
    aside_form: AsideForm | None = None,
    doubt: Doubt | None = None,
) -> HttpResponse:
    is_waiting = row.state in manual.WAITING
    context = {
        **_told(row),
        "remittance": row.remittance,
        "is_waiting": is_waiting,
        "candidates": candidates.candidates_for(row) if is_waiting else [],
        "match_form": match_form or MatchForm(),
        "aside_form": aside_form or AsideForm(),
        "doubt": doubt,
    }
    return render(request, "money/remittances/advice.html", context)


def _told(advice: ClaimPayment) -> dict[str, Any]:
    """An advice with the sentence on why it waits, "" where it does not."""
    return {"advice": advice, "why": rules.MISMATCHES.get(advice.why, "")}


@require_POST
@member_required(Permission.RECORD_MONEY)
def withdraw(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    """Take out a payment that was read or typed wrongly."""
    row = get_own_or_404(queries.payment(request.practice), request.practice, remittance_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return show_payment(request, row, form)
    reason = form.cleaned_data["reason"]
    with refusal_shown(request) as outcome:
        imports_undo.void_remittance(actor_of(request), remittance=row, reason=reason)
    if outcome.is_refused:
        return redirect("money-payment", row.pk)
    messages.success(request, f"Payment {row.payment_reference} is taken out. The books keep both entries.")
    return redirect("money")
