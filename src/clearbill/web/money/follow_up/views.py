"""Money > Expected: what was underpaid, what is late, what is billed at another price, how fast each insurer pays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates, insurers
from clearbill.bill.money import ZERO
from clearbill.claims.models import Claim
from clearbill.money.follow_up import late_claims, list_tables, services, underpayment, underpayments
from clearbill.money.follow_up.billed_prices import billed_at_other_price
from clearbill.money.follow_up.late_claims import LateFilter
from clearbill.money.follow_up.models import Chase, DismissedUnderpayment
from clearbill.money.follow_up.payment_history import payment_times, year_before
from clearbill.money.follow_up.payment_times import NO_HISTORY, expected_wait
from clearbill.money.follow_up.underpayments import UnderpaymentFilter
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.money.follow_up import histogram
from clearbill.web.money.follow_up.forms import ASK_AGAIN_AFTER_DAYS, ChaseForm, DismissForm
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace.contract_prices import queries

PER_PAGE = 25

VIEWS = {"": "Underpaid", "late": "Late", "billed": "Prices you bill", "pace": "How fast they pay"}


@member_required(Permission.SEE_CLINICAL)
def expected(request: PracticeRequest) -> HttpResponseBase:
    """One of the lists, on the page or as a file; that of what is underpaid names no patient."""
    show = request.GET.get("show", "")
    parts = {"": _underpaid, "late": _late, "billed": _billed, "pace": _pace}
    show = show if show in parts else ""
    if wants_file(request):
        return _file(request, show)
    context = {"show": show, "views": VIEWS, "today": dates.today(), **parts[show](request)}
    return render(request, f"money/follow_up/{show or 'underpaid'}.html", context)


def _file(request: PracticeRequest, show: str) -> StreamingHttpResponse:
    if show == "late":
        table = list_tables.late(request.practice, _late_filter(request), on=dates.today())
        return list_file(request, "late", table)
    wanted = _radar_filter(request)
    if show == "billed":
        return list_file(request, "prices-billed", list_tables.billed(request.practice, wanted))
    return list_file(request, "underpaid", list_tables.underpaid(request.practice, wanted))


@require_POST
@member_required(Permission.RECORD_MONEY)
def dismiss(request: PracticeRequest, claim_id: UUID, line_no: int) -> HttpResponse:
    claim = get_own_or_404(Claim.objects.all(), request.practice, claim_id)
    form = DismissForm(request.POST)
    found = underpayments.underpayments(request.practice, UnderpaymentFilter(claim_id=claim.pk), count=500).rows
    one = next((one for one in found if one.line_no == line_no), None)
    if not form.is_valid():
        messages.error(request, "Say why it is let go; nothing was dismissed.")
    elif one is None or one.missing != form.cleaned_data["missing"]:
        messages.warning(request, "What is missing on this line has changed meanwhile. Look at it again.")
    else:
        services.dismiss(actor_of(request), claim=claim, found=one, reason=form.cleaned_data["reason"])
        messages.success(request, f"Let go on claim {claim.number}. You find it under “Let go” and can bring it back.")
    return redirect("expected")


@require_POST
@member_required(Permission.RECORD_MONEY)
def undo_dismissal(request: PracticeRequest, dismissal_id: int) -> HttpResponse:
    dismissal = get_own_or_404(DismissedUnderpayment.objects.select_related("claim"), request.practice, dismissal_id)
    services.undo_dismissal(actor_of(request), dismissal=dismissal)
    messages.success(request, f"Claim {dismissal.claim.number} is among the underpaid again.")
    return redirect("expected")


@member_required(Permission.SEE_CLINICAL, to_change=Permission.RECORD_MONEY)
def chase(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """What was expected of a claim, when somebody asked about it, and the form to note that somebody did."""
    claim = get_own_or_404(Claim.objects.select_related("practice", "invoice__client"), request.practice, claim_id)
    today = dates.today()
    form = ChaseForm(request.POST or None, today=today, initial={"chased_on": today})
    if request.method == "POST" and form.is_valid():
        services.record_chase(actor_of(request), claim=claim, **form.cleaned_data)
        again = dates.show(form.cleaned_data["again_on"])
        messages.success(request, f"Noted. Claim {claim.number} is your move again on {again}.")
        return redirect("expected-chase", claim.pk)
    expectation = late_claims.expectation_of(claim, on=today)
    context = {
        "claim": claim,
        "expected": expectation,
        "next": late_claims.next_action(claim, expectation) if expectation else "",
        "chases": claim.chases.select_related("by"),
        "form": form,
        "after_days": ASK_AGAIN_AFTER_DAYS,
    }
    return render(request, "money/follow_up/chase.html", context)


@require_POST
@member_required(Permission.RECORD_MONEY)
def take_back_chase(request: PracticeRequest, chase_id: int) -> HttpResponse:
    row = get_own_or_404(Chase.objects.select_related("claim"), request.practice, chase_id)
    services.delete_chase(actor_of(request), chase=row)
    messages.success(request, "Taken back: nobody asked that day.")
    return redirect("expected-chase", row.claim_id)


def _underpaid(request: PracticeRequest) -> dict[str, Any]:
    wanted = _radar_filter(request)
    radar = underpayments.underpayments(request.practice, wanted, start=_start(request), count=PER_PAGE)
    page = Paginator(range(radar.count), PER_PAGE).get_page(request.GET.get("page"))
    if radar.count and page.start_index() != _start(request) + 1:
        radar = underpayments.underpayments(request.practice, wanted, start=page.start_index() - 1, count=PER_PAGE)
    return {
        "wanted": wanted,
        "period": "all" if wanted.since is None else "",
        "page": page,
        "radar": radar,
        "unpriced": underpayments.unpriced(request.practice, wanted) if not wanted.state else [],
        "patterns": underpayment.PATTERNS,
        "insurers": queries.insurers_priced(request.practice),
    }


def _late(request: PracticeRequest) -> dict[str, Any]:
    today, wanted = dates.today(), _late_filter(request)
    tabs = late_claims.tabs(request.practice, wanted, on=today)
    count = next(tab["count"] for tab in tabs if tab["key"] == wanted.move)
    page = Paginator(range(count), PER_PAGE).get_page(request.GET.get("page"))
    start = (page.number - 1) * PER_PAGE
    rows = late_claims.late_claims(request.practice, wanted, on=today)[start : start + PER_PAGE]
    return {
        "wanted": wanted,
        "page": page,
        "rows": late_claims.expectations(request.practice, list(rows), on=today),
        "tabs": tabs,
        "insurers": late_claims.insurers_waited_for(request.practice),
    }


def _late_filter(request: PracticeRequest) -> LateFilter:
    given = {name: request.GET.get(name, "").replace("\x00", "")[:40] for name in ("move", "insurer", "sort", "number")}
    given["move"] = given["move"] if given["move"] in late_claims.MOVES else late_claims.YOURS
    return LateFilter(**given)


def _billed(request: PracticeRequest) -> dict[str, Any]:
    wanted = _radar_filter(request)
    rows = billed_at_other_price(request.practice, wanted)
    low = sum((one["difference"] for one in rows if not one["is_high"]), ZERO)
    return {
        "wanted": wanted,
        "period": "all" if wanted.since is None else "",
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "low": low,
        "high": sum((one["difference"] for one in rows if one["is_high"]), ZERO),
        "insurers": queries.insurers_priced(request.practice),
    }


def _pace(request: PracticeRequest) -> dict[str, Any]:
    known = payment_times(request.practice, on=dates.today())
    slugs = sorted({*known, *late_claims.insurers_waited_for(request.practice)})
    told: list[dict[str, Any]] = []
    for slug in slugs:
        pace = known.get(slug, NO_HISTORY)
        wait = expected_wait(insurers.by_slug(slug), pace)
        bars = histogram.histogram(pace.counts, late_days=wait.days)
        told.append({"slug": slug, "pace": pace, "wait": wait, "bars": bars})
    told.sort(key=lambda one: -one["pace"].payments)
    return {
        "told": told,
        "height": histogram.HEIGHT,
        "width": len(histogram.histogram({})) * (histogram.WIDTH + histogram.GAP),
    }


def _radar_filter(request: PracticeRequest) -> UnderpaymentFilter:
    names = ("insurer", "pattern", "sort", "number")
    given: dict[str, Any] = {name: request.GET.get(name, "").replace("\x00", "")[:40] for name in names}
    state = underpayments.DISMISSED if request.GET.get("state") == underpayments.DISMISSED else underpayments.OPEN
    since = None if request.GET.get("period") == "all" else year_before(dates.today())
    return UnderpaymentFilter(state=state, since=since, **given)


def _start(request: PracticeRequest) -> int:
    """How many lines come before the page that is asked for; nothing where it is none."""
    typed = request.GET.get("page", "")
    return (max(1, int(typed)) - 1) * PER_PAGE if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
