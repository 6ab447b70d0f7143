"""What the card page shows of one claim: the card in words, and a form for each thing that can be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from clearbill.bill import money
from clearbill.billing.models import Entry, Invoice
from clearbill.claims.models import Claim
from clearbill.diary.times import uk_day
from clearbill.shortfalls import noting, reading, reasons
from clearbill.shortfalls.card import DECIDED, Card, Deduction
from clearbill.shortfalls.forms import AskForm, NoteForm, OwesForm, WaitForm, WriteOffForm, in_a_month
from clearbill.shortfalls.models import Decision, Letter

DECISIONS = {
    Decision.ASKED: "Invoiced to the patient",
    Decision.WRITTEN_OFF: "Written off",
    Decision.DISPUTED: "Disputed",
    Decision.WAITING: "Waits",
}


def of(claim: Claim, today: date, typed: Mapping[str, forms.Form], typed_of: str) -> dict[str, Any]:
    """Return the values of the page. `typed` has the forms that were refused, by kind, for the deduction `typed_of`."""
    card, invoice = reading.card(claim.invoice), claim.invoice
    decided = _decided(claim)
    is_open = max(invoice.open_total, money.total([])) if claim.status in noting.ANSWERED else money.total([])
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
        "reasons": reasons.BY_KEY.values(),
        "typed_forms": list(typed.values()),
    }


def owed_by_patient(card: Card) -> list[Deduction]:
    """Return the deductions that can be invoiced to the patient as they stand."""
    return [one for one in card.deductions if one.left and one.owed_by == reasons.PATIENT]


def day(value: date | None) -> str:
    """Return a day as 23 Nov 2026."""
    return f"{value.day} {value:%b %Y}" if value else ""


def _told(one: Deduction, today: date, decided: list[Decision], typed: Mapping[str, forms.Form]) -> dict[str, Any]:
    first = {"amount": one.left}

    def form(name: str, kind: type[forms.Form], **initial: Any) -> forms.Form:
        return typed.get(name) or kind(initial=initial, auto_id=f"{name}-{one.token}-%s")

    return {
        "one": one,
        "state": one.state(today),
        "is_decided": one.state(today) == DECIDED,
        "is_due": bool(one.mark and one.mark.come_back_on and one.mark.come_back_on <= today),
        "is_the_patients": one.owed_by == reasons.PATIENT,
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
        said = f"said by {one.verdict.by or 'Clearbill'} on {day(uk_day(one.verdict.at))}"
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


def _noted(invoice: Invoice) -> list[Entry]:
    rows = Entry.objects.filter(reading.STANDING, invoice=invoice, advice=None, kind=Entry.SHORT).order_by("pk")
    return [row for row in rows if noting.is_noted(row)]
