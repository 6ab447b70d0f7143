"""The shortfall card of one claim, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates, deductions, money
from clearbill.bill.dates import uk_day
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.shortfalls import holds, list_queries, manual_deductions, queries, services
from clearbill.money.shortfalls.models import Decision, Letter
from clearbill.money.shortfalls.shortfall import DECIDED, Deduction, Shortfall
from clearbill.people.actor import Actor
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.shortfalls.forms import AskForm, NoteForm, OwesForm, WaitForm, WriteOffForm, in_a_month
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required, require_permission

DECISIONS = {
    Decision.ASKED: "Invoiced to the patient",
    Decision.WRITTEN_OFF: "Written off",
    Decision.DISPUTED: "Disputed",
    Decision.WAITING: "Waits",
}


def of(claim: Claim, today: date, typed: Mapping[str, forms.Form], typed_of: str) -> dict[str, Any]:
    """Return the values of the page. `typed` has the forms that were refused, by kind, for the deduction `typed_of`."""
    card, invoice = queries.shortfall_on(claim.invoice), claim.invoice
    decided = _decided(claim)
    is_open = (
        max(invoice.open_total, money.total([])) if claim.status in manual_deductions.ANSWERED else money.total([])
    )
    owed = owed_by_patient(card)
    shares = list(invoice.shares.order_by("created_at"))
    asked_for = {one.share_id for ones in decided.values() for one in ones}
    return {
        "claim": claim,
        "invoice": invoice,
        "card": card,
        "deductions": [
            _told(one, today, decided.get(one.key, []), typed if one.token == typed_of else {})
            for one in card.deductions
        ],
        "owed_by_patient": owed if len(owed) > 1 else [],
        "owed_total": money.total(one.left for one in owed),
        "once": uuid4(),
        "at_visit": [share for share in shares if share.pk not in asked_for and not share.voided_at],
        "shares": shares,
        "letters": Letter.objects.filter(claim__invoice=invoice).order_by("dated_on", "created_at"),
        "unexplained": is_open,
        "noted": _noted(invoice),
        "note_form": typed.get("note") or NoteForm(initial={"amount": is_open}, auto_id="note-%s"),
        "reasons": deductions.BY_KEY.values(),
        "typed_forms": list(typed.values()),
    }


def owed_by_patient(card: Shortfall) -> list[Deduction]:
    """Return the deductions that can be invoiced to the patient as they stand."""
    return [one for one in card.deductions if one.left and one.owed_by == deductions.PATIENT]


def _told(one: Deduction, today: date, decided: list[Decision], typed: Mapping[str, forms.Form]) -> dict[str, Any]:
    first = {"amount": one.left}

    def form(name: str, kind: type[forms.Form], **initial: Any) -> forms.Form:
        return typed.get(name) or kind(initial=initial, auto_id=f"{name}-{one.token}-%s")

    return {
        "one": one,
        "state": one.state(today),
        "is_decided": one.state(today) == DECIDED,
        "is_due": bool(one.mark and one.mark.come_back_on and one.mark.come_back_on <= today),
        "is_the_patients": one.owed_by == deductions.PATIENT,
        "whose_word": _whose_word(one),
        "decided": [{"row": row, "word": DECISIONS[row.kind], "is_over": _is_over(row)} for row in decided],
        "ask": form("ask", AskForm, **first),
        "write_off": form("write-off", WriteOffForm, **first),
        "wait": form("wait", WaitForm, come_back_on=in_a_month()),
        "owes": form("owes", OwesForm, owed_by=one.owed_by, why=one.verdict.why if one.verdict else ""),
        "typed": set(typed),
    }


def _whose_word(one: Deduction) -> str:
    if one.verdict:
        said = f"said by {one.verdict.by or 'Clearbill'} on {dates.show(uk_day(one.verdict.at))}"
        return f"{said}: {one.verdict.why}" if one.verdict.why else said
    if one.said is None:
        return "as is usual for this reason" if one.reason.name else "the reason is not one that Clearbill knows"
    return "the insurer says so" if one.said else "the insurer says that the patient does not"


def _decided(claim: Claim) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    rows = Decision.objects.filter(invoice=claim.invoice_id).select_related("by", "undone_by", "share", "letter")
    for row in rows.order_by("at", "created_at"):
        found.setdefault(row.key, []).append(row)
    return found


def _is_over(row: Decision) -> bool:
    return bool(row.undone_at or (row.share and row.share.voided_at))


def _noted(invoice: Invoice) -> list[LedgerEntry]:
    rows = LedgerEntry.objects.filter(queries.STANDING, invoice=invoice, advice=None, kind=LedgerEntry.SHORT).order_by(
        "pk"
    )
    return [row for row in rows if manual_deductions.is_manual(row)]


ALL = "all"

"""What stands in a form for every deduction that the patient owes."""

FIELD_OF = {"wait": "come_back_on", "owes": "why"}

"""Where a refusal is told in forms that have no amount."""


@member_required(Permission.SEE_CLINICAL)
def shortfall(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """What was deducted from one claim, who owes it, and what was decided."""
    row = _claim(request, claim_id)
    return _show(request, row)


@require_POST
@member_required(Permission.RECORD_MONEY)
def ask(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Invoice one deduction to the patient, or all that the patient owes on one invoice."""
    row = _claim(request, claim_id)
    card = queries.shortfall_on(row.invoice)
    is_all = request.POST.get("of") == ALL
    of_all = {one.key: one.left for one in owed_by_patient(card)} if is_all else {}
    form = _bound(AskForm, request, "ask", amount=money.total(of_all.values()) if is_all else None)

    def act(actor: Actor) -> str:
        amounts = of_all if is_all else {_deduction(request, card).key: form.cleaned_data["amount"]}
        made = services.invoice_patient(actor, claim=row, amounts=amounts, share_id=form.cleaned_data["once"])
        return f"Invoice {made.number}, {money.show(made.net_total)}, made for the patient. Void it to take it back."

    return _do(request, row, "ask", form, act)


@require_POST
@member_required(Permission.WRITE_OFF)
def write_off(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, queries.shortfall_on(row.invoice)), _bound(WriteOffForm, request, "write-off")

    def act(actor: Actor) -> str:
        given = form.cleaned_data
        made = services.write_off(
            actor, claim=row, key=one.key, amount=given["amount"], reason=given["reason"], decision_id=given["once"]
        )
        return f"{money.show(made.amount)} is written off. You can undo this."

    return _do(request, row, "write-off", form, act)


@require_POST
@member_required(Permission.RECORD_MONEY)
def wait(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, queries.shortfall_on(row.invoice)), _bound(WaitForm, request, "wait")

    def act(actor: Actor) -> str:
        made = holds.hold(actor, claim=row, key=one.key, **form.cleaned_data)
        return f"It waits, and comes back on {dates.show(made.come_back_on)}."

    return _do(request, row, "wait", form, act)


@require_POST
@member_required(Permission.RECORD_MONEY)
def owes(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = _claim(request, claim_id)
    one, form = _deduction(request, queries.shortfall_on(row.invoice)), _bound(OwesForm, request, "owes")

    def act(actor: Actor) -> str:
        services.override_liability(actor, claim=row, key=one.key, **form.cleaned_data)
        return "Saved who owes it."

    return _do(request, row, "owes", form, act)


@require_POST
@member_required(Permission.RECORD_MONEY)
def note(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Note a deduction that came by letter."""
    row, form = _claim(request, claim_id), NoteForm(request.POST, auto_id="note-%s")

    def act(actor: Actor) -> str:
        manual_deductions.record_deduction(actor, claim=row, **form.cleaned_data)
        return "Noted. Decide what becomes of it."

    return _do(request, row, "note", form, act)


@require_POST
@member_required(Permission.RECORD_MONEY)
def take_back(request: PracticeRequest, claim_id: UUID, entry_id: int) -> HttpResponse:
    """Take back a deduction that somebody noted by mistake."""
    row = _claim(request, claim_id)
    entry = get_own_or_404(LedgerEntry.objects.filter(invoice=row.invoice_id), request.practice, entry_id)

    def act(actor: Actor) -> str:
        manual_deductions.reverse_deduction(actor, claim=row, entry=entry)
        return "Taken back. The books keep both entries."

    return _do(request, row, "", None, act)


@require_POST
@member_required(Permission.RECORD_MONEY)
def undo(request: PracticeRequest, claim_id: UUID, decision_id: UUID) -> HttpResponse:
    """Undo a write-off, a dispute or a wait; an invoice to the patient is void on its own page."""
    row = _claim(request, claim_id)
    decision = get_own_or_404(Decision.objects.filter(invoice=row.invoice_id), request.practice, decision_id)
    if decision.kind == Decision.ASKED:
        raise Http404
    if decision.kind == Decision.WRITTEN_OFF:
        require_permission(request, Permission.WRITE_OFF)

    def act(actor: Actor) -> str:
        step = services.undo_write_off if decision.kind == Decision.WRITTEN_OFF else holds.release
        step(actor, claim=row, decision=decision)
        return "Undone. It is to be decided again."

    return _do(request, row, "", None, act)


def _claim(request: PracticeRequest, claim_id: UUID) -> Claim:
    return get_own_or_404(list_queries.claims_with_details(request.practice), request.practice, claim_id)


def _deduction(request: PracticeRequest, card: Shortfall) -> Deduction:
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
    shown_at = None if request.POST.get("of") == ALL else form
    with refusal_shown(request, shown_at, FIELD_OF.get(name, "amount")) as outcome:
        messages.success(request, act(actor_of(request)))
    if outcome.is_refused and shown_at is not None:
        return _show(request, row, {name: shown_at})
    return redirect("shortfall", row.pk)


def _show(request: PracticeRequest, row: Claim, typed: dict[str, forms.Form] | None = None) -> HttpResponse:
    row = _claim(request, row.pk)
    typed_of = request.POST.get("of", "") if typed else ""
    told = of(row, dates.today(), typed or {}, typed_of)
    return render(request, "money/shortfalls/card.html", told)
