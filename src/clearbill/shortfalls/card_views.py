"""The shortfall card of one claim, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import money
from clearbill.billing.models import Entry
from clearbill.claims.models import Claim
from clearbill.people.access import May, PracticeRequest, door, find, require
from clearbill.shortfalls import deciding, listing, marking, noting, reading, showing
from clearbill.shortfalls.card import Card, Deduction
from clearbill.shortfalls.forms import AskForm, NoteForm, OwesForm, WaitForm, WriteOffForm
from clearbill.shortfalls.models import Decision
from clearbill.shortfalls.refusals import NotDecided

ALL = "all"
"""What stands in a form for every deduction that the patient owes."""
FIELD_OF = {"wait": "come_back_on", "owes": "why"}
"""Where a refusal is told in forms that have no amount."""


@door()
def shortfall(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """What was deducted from one claim, who owes it, and what was decided."""
    row = _claim(request, claim_id)
    return _show(request, row)


@require_POST
@door(May.RECORD_MONEY)
def ask(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Invoice one deduction to the patient, or all that the patient owes on one invoice."""
    row = _claim(request, claim_id)
    card = reading.card(row.invoice)
    is_all = request.POST.get("of") == ALL
    of_all = {one.key: one.left for one in showing.owed_by_patient(card)} if is_all else {}
    form = _bound(AskForm, request, "ask", amount=money.total(of_all.values()) if is_all else None)

    def act(**who: Any) -> str:
        amounts = of_all if is_all else {_deduction(request, card).key: form.cleaned_data["amount"]}
        made = deciding.ask_patient(**who, claim=row, amounts=amounts, share_id=form.cleaned_data["once"])
        return f"Invoice {made.number}, {money.show(made.net_total)}, made for the patient. Void it to take it back."

    return _do(request, row, "ask", form, act)


@require_POST
@door(May.WRITE_OFF)
def write_off(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, reading.card(row.invoice)), _bound(WriteOffForm, request, "write-off")

    def act(**who: Any) -> str:
        given = form.cleaned_data
        made = deciding.write_off(
            **who, claim=row, key=one.key, amount=given["amount"], reason=given["reason"], decision_id=given["once"]
        )
        return f"{money.show(made.amount)} is written off. You can undo this."

    return _do(request, row, "write-off", form, act)


@require_POST
@door(May.RECORD_MONEY)
def wait(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, reading.card(row.invoice)), _bound(WaitForm, request, "wait")

    def act(**who: Any) -> str:
        made = marking.wait(**who, claim=row, key=one.key, **form.cleaned_data)
        return f"It waits, and comes back on {showing.day(made.come_back_on)}."

    return _do(request, row, "wait", form, act)


@require_POST
@door(May.RECORD_MONEY)
def owes(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, reading.card(row.invoice)), _bound(OwesForm, request, "owes")

    def act(**who: Any) -> str:
        deciding.say_who_owes(**who, claim=row, key=one.key, **form.cleaned_data)
        return "Saved who owes it."

    return _do(request, row, "owes", form, act)


@require_POST
@door(May.RECORD_MONEY)
def note(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Note a deduction that came by letter."""
    row, form = _claim(request, claim_id), NoteForm(request.POST, auto_id="note-%s")

    def act(**who: Any) -> str:
        noting.note_deduction(**who, claim=row, **form.cleaned_data)
        return "Noted. Decide what becomes of it."

    return _do(request, row, "note", form, act)


@require_POST
@door(May.RECORD_MONEY)
def take_back(request: PracticeRequest, claim_id: UUID, entry_id: int) -> HttpResponse:
    """Take back a deduction that somebody noted by mistake."""
    row = _claim(request, claim_id)
    entry = find(Entry.objects.filter(invoice=row.invoice_id), request.practice, entry_id)

    def act(**who: Any) -> str:
        noting.take_back_deduction(**who, claim=row, entry=entry)
        return "Taken back. The books keep both entries."

    return _do(request, row, "", None, act)


@require_POST
@door(May.RECORD_MONEY)
def undo(request: PracticeRequest, claim_id: UUID, decision_id: UUID) -> HttpResponse:
    """Undo a write-off, a dispute or a wait; an invoice to the patient is void on its own page."""
    row = _claim(request, claim_id)
    decision = find(Decision.objects.filter(invoice=row.invoice_id), request.practice, decision_id)
    if decision.kind == Decision.ASKED:
        raise Http404
    if decision.kind == Decision.WRITTEN_OFF:
        require(request, May.WRITE_OFF)

    def act(**who: Any) -> str:
        step = deciding.undo_write_off if decision.kind == Decision.WRITTEN_OFF else marking.undo
        step(**who, claim=row, decision=decision)
        return "Undone. It is to be decided again."

    return _do(request, row, "", None, act)


def _claim(request: PracticeRequest, claim_id: UUID) -> Claim:
    return find(listing.claim(request.practice), request.practice, claim_id)


def _deduction(request: PracticeRequest, card: Card) -> Deduction:
    """Return the deduction that the form names. Raises Http404 for one that is no longer there."""
    found = next((one for one in card.deductions if one.token == request.POST.get("of")), None)
    if found is None:
        raise Http404
    return found


def _bound(kind: type[forms.Form], request: PracticeRequest, name: str, amount: Decimal | None = None) -> forms.Form:
    """The form as it was typed; `amount` takes the place of what was typed where all is meant."""
    typed = request.POST.dict() | ({"amount": str(amount)} if amount is not None else {})
    return kind(typed, auto_id=f"{name}-{request.POST.get('of', '')[:16]}-%s")


def _do(
    request: PracticeRequest, row: Claim, name: str, form: forms.Form | None, act: Callable[..., str]
) -> HttpResponse:
    """Do it and say so; else show the card with the form as it was typed and what is wrong with it."""
    if form is not None and not form.is_valid():
        return _show(request, row, {name: form})
    try:
        messages.success(request, act(practice=request.practice, by=request.user, now=timezone.now()))
    except NotDecided as refused:
        if form is not None and request.POST.get("of") != ALL:
            form.add_error(FIELD_OF.get(name, "amount"), str(refused))
            return _show(request, row, {name: form})
        messages.error(request, str(refused))
    return redirect("shortfall", row.pk)


def _show(request: PracticeRequest, row: Claim, typed: dict[str, forms.Form] | None = None) -> HttpResponse:
    row = _claim(request, row.pk)
    typed_of = request.POST.get("of", "") if typed else ""
    told = showing.of(row, timezone.localdate(), typed or {}, typed_of)
    return render(request, "shortfalls/card.html", told)
