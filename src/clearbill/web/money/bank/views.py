"""Pages of the bank: outstanding payments, unexplained lines, every line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.db.ids import parse_id
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.bank import (
    arrival_status,
    line_candidates,
    manual_match,
    outstanding,
    queries,
    remittance_candidates,
)
from clearbill.money.bank.arrival_status import StatementPeriod
from clearbill.money.bank.models import BankLine, IgnoreRule, Match
from clearbill.money.remittances.models import Remittance
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.bank import line_file
from clearbill.web.money.bank.forms import AsideForm, ExcuseForm, FilterForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

PER_PAGE = 25

QUEUE, LONG_QUEUE = 10, 100


@member_required(Permission.SEE_BANK)
def bank(request: PracticeRequest) -> HttpResponseBase:
    """The three figures, the two queues, and the lines. The filter is posted: it may hold a patient's name."""
    reach = arrival_status.statement_period(request.practice)
    if reach is None:
        return render(request, "money/bank/bank.html", {"reach": None})
    shown = request.GET.get("show", "")
    accounts = list(queries.accounts(request.practice))
    posted = request.POST if request.method == "POST" else None
    form = FilterForm(posted, accounts=accounts)
    rows = queries.listed(request.practice, form.wanted())
    if wants_file(request):
        return list_file(request, "bank", line_file.table(rows))
    page = Paginator(rows, PER_PAGE).get_page(request.POST.get("page") or request.GET.get("page"))
    context = {
        "reach": reach,
        "figures": queries.figures(request.practice, reach),
        "not_seen": _not_seen(request, reach)[: LONG_QUEUE if shown == "not-seen" else QUEUE],
        "unexplained": _unexplained(request)[: LONG_QUEUE if shown == "unexplained" else QUEUE],
        "long_queue": LONG_QUEUE,
        "taken_back": queries.matches_reversed(request.practice)[:QUEUE],
        "accounts": accounts,
        "form": form,
        "is_filtered": form.is_bound and any(form.data.get(name) for name in form.fields),
        "page": page,
        "sums": queries.sums(rows),
        "late_after": arrival_status.LATE_AFTER,
    }
    return render(request, "money/bank/bank.html", context)


@member_required(Permission.SEE_BANK)
def line(request: PracticeRequest, line_id: UUID) -> HttpResponse:
    """One line: what it was matched with, or what it is likeliest to be."""
    return _show(request, _line(request, line_id))


@require_POST
@member_required(Permission.RECONCILE)
def match(request: PracticeRequest, line_id: UUID) -> HttpResponse:
    """Match a line with what was clicked: payments of an insurer, an entry of the books, or an invoice to record on."""
    row = _line(request, line_id)
    actor = actor_of(request)

    def step() -> str:
        if invoice_id := request.POST.get("invoice"):
            invoice = get_own_or_404(Invoice.objects.all(), request.practice, parse_id(invoice_id))
            manual_match.record_patient_payment(actor, line=row, invoice=invoice)
            return f"Recorded as paid by the patient on invoice {invoice.number}. You can undo this."
        if entry_id := request.POST.get("entry"):
            entry = get_own_or_404(LedgerEntry.objects.all(), request.practice, _number(entry_id))
            manual_match.match_entry(actor, line=row, entry=entry)
            return "Matched with the payment that is in the books. You can undo this."
        wanted = [
            get_own_or_404(Remittance.objects.all(), request.practice, parse_id(pk))
            for pk in _several(request, "payment")
        ]
        manual_match.match_payments(actor, lines=[row], payments=wanted)
        return f"Matched with payment {', '.join(one.payment_reference for one in wanted)}. You can undo this."

    return _step(request, step, redirect("bank-line", row.pk) if request.POST.get("back") == "line" else None)


@require_POST
@member_required(Permission.RECONCILE)
def match_payment(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    """Match a payment with the lines that were clicked."""
    row = get_own_or_404(Remittance.objects.all(), request.practice, remittance_id)

    def step() -> str:
        lines = [_line(request, parse_id(pk)) for pk in _several(request, "line")]
        manual_match.match_payments(actor_of(request), lines=lines, payments=[row])
        return f"Payment {row.payment_reference} is matched. You can undo this."

    return _step(request, step, redirect("money-payment", row.pk) if request.POST.get("back") == "payment" else None)


@require_POST
@member_required(Permission.RECONCILE)
def undo(request: PracticeRequest, group: UUID) -> HttpResponse:
    one = Match.objects.filter(practice=request.practice, group=group).first()
    if one is None:
        raise Http404

    def step() -> str:
        manual_match.undo(actor_of(request), group=group)
        return "Undone. The line waits to be explained again."

    return _step(request, step, redirect("bank-line", one.line_id))


@require_POST
@member_required(Permission.RECONCILE)
def set_aside(request: PracticeRequest, line_id: UUID) -> HttpResponse:
    row = _line(request, line_id)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form)

    def step() -> str:
        count = manual_match.ignore_line(actor_of(request), line=row, **form.cleaned_data)
        return "Set aside. You can undo this." if count == 1 else f"{count:,} lines set aside. You can undo this."

    return _step(request, step, redirect("bank-line", row.pk))


@require_POST
@member_required(Permission.RECONCILE)
def bring_back(request: PracticeRequest, line_id: UUID) -> HttpResponse:
    row = _line(request, line_id)

    def step() -> str:
        manual_match.unignore_line(actor_of(request), line=row)
        return "It waits to be explained again."

    return _step(request, step, redirect("bank-line", row.pk))


@require_POST
@member_required(Permission.RECONCILE)
def excuse(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    """Stop waiting for a payment, with a reason."""
    row = get_own_or_404(Remittance.objects.all(), request.practice, remittance_id)
    form = ExcuseForm(request.POST)

    def step() -> str:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        manual_match.stop_expecting(actor_of(request), payment=row, reason=reason)
        return "It is not waited for. You can undo this."

    return _step(request, step, redirect("money-payment", row.pk))


@require_POST
@member_required(Permission.RECONCILE)
def expect_again(request: PracticeRequest, remittance_id: UUID) -> HttpResponse:
    row = get_own_or_404(Remittance.objects.all(), request.practice, remittance_id)

    def step() -> str:
        manual_match.expect_again(actor_of(request), payment=row)
        return "It is waited for again."

    return _step(request, step, redirect("money-payment", row.pk))


@require_POST
@member_required(Permission.RECONCILE)
def no_longer_usual(request: PracticeRequest, usual_id: UUID) -> HttpResponse:
    row = get_own_or_404(IgnoreRule.objects.all(), request.practice, usual_id)
    count = manual_match.delete_ignore_rule(actor_of(request), usual_line=row)
    messages.success(request, f"{count:,} {plural(count, 'line waits', 'lines wait')} to be explained again.")
    return redirect("bank-statements")


def _not_seen(request: PracticeRequest, reach: StatementPeriod) -> list[dict[str, Any]]:
    rows = list(queries.outstanding_remittances(request.practice, reach)[:LONG_QUEUE])
    found = remittance_candidates.lines_for(request.practice, outstanding.outstanding_of(rows))
    today = dates.today()
    return [
        {
            "payment": row,
            "stands": arrival_status.arrival_status(row, reach, today=today),
            "best": next(iter(found.get(row.pk, [])), None),
        }
        for row in rows
    ]


def _unexplained(request: PracticeRequest) -> list[dict[str, Any]]:
    """What can be settled with one click comes first, then what speaks of an insurer, the newest first in each."""
    rows = list(queries.unexplained(request.practice)[:LONG_QUEUE])
    found = line_candidates.candidates_for(request.practice, rows)
    told = [_told(row, found[row.pk]) for row in rows]
    return sorted(told, key=lambda one: (-one["best"].weight if one["best"] else 0, not one["came_without"]))


def _told(row: BankLine, found: list[line_candidates.Candidate]) -> dict[str, Any]:
    """A line with its candidates, and whether an insurer's remittance must be asked for."""
    has_payment = any(one.payments for one in found)
    return {
        "line": row,
        "candidates": found,
        "best": found[0] if found else None,
        "is_unsure": len(found) > 1 and found[0].weight == found[1].weight,
        "came_without": bool(row.insurer_slug) and not has_payment,
    }


def _line(request: PracticeRequest, line_id: UUID | None) -> BankLine:
    return get_own_or_404(queries.lines(request.practice), request.practice, line_id)


def _number(text: str) -> int:
    """Return the number of an entry, 0, which none has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _several(request: PracticeRequest, name: str) -> list[str]:
    """Return what was sent under this name, each once; at most a handful can be clicked."""
    found = list(dict.fromkeys(request.POST.getlist(name)))[:20]
    if not found:
        raise Http404
    return found


def _step(request: PracticeRequest, step: Callable[[], str], back: HttpResponse | None) -> HttpResponse:
    with refusal_shown(request):
        messages.success(request, step())
    return back or redirect("bank")


def _show(request: PracticeRequest, row: BankLine, form: AsideForm | None = None) -> HttpResponse:
    is_open = row.state in manual_match.OPEN
    found = line_candidates.candidates_for(request.practice, [row])[row.pk] if is_open else []
    undone = row.matches.exclude(undone_at=None).select_related("remittance", "entry__invoice", "undone_by", "by")
    context = {
        **_told(row, found),
        "is_open": is_open,
        "aside_form": form or AsideForm(),
        "undone": undone,
        "file": queries.statements(request.practice).filter(pk=row.file_id).first(),
    }
    return render(request, "money/bank/line.html", context)
