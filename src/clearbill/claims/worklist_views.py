"""The worklist of claims: filters, search, status cells that follow by themselves, several submitted at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill.lifecycle import OPEN, Status
from clearbill.claims import checking, queries, telling
from clearbill.claims.models import Claim
from clearbill.claims.queries import TABS, Filters
from clearbill.claims.standing import days_left, standing
from clearbill.claims.views import submit_and_say
from clearbill.inputs import tidy
from clearbill.people.access import May, PracticeRequest, door

PER_PAGE = 50
MOST_AT_ONCE = 200


@door()
def claims(request: PracticeRequest) -> HttpResponse:
    """The list; a search is posted, so that no name stands in an address."""
    filters = _filters(request)
    # The next page of a search would need its text in the address, so a search shows more at once.
    pages = Paginator(queries.worklist(request.practice, filters), MOST_AT_ONCE if filters.text else PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = [_row(claim) for claim in page]
    return render(
        request,
        "claims/list.html",
        {
            "page": page,
            "rows": rows,
            "filters": filters,
            "tabs": queries.counts(request.practice, filters),
            "sum": queries.open_sum(request.practice),
            "open_ids": [row["claim"].pk for row in rows if row["is_open"]],
            "columns": COLUMNS,
            **queries.filter_choices(request.practice),
            **queries.health(request.practice),
        },
    )


@require_POST
@door()
def standings(request: PracticeRequest) -> HttpResponse:
    """The status cells of the rows that were still moving."""
    ids = [one for one in map(_uuid, request.POST.getlist("open")[:PER_PAGE]) if one]
    rows = [_row(claim) for claim in queries.still_open(request.practice, ids)]
    open_ids = [row["claim"].pk for row in rows if row["is_open"]]
    return render(request, "claims/_standings.html", {"rows": rows, "open_ids": open_ids})


@require_POST
@door(May.SUBMIT_CLAIMS)
def bulk(request: PracticeRequest) -> HttpResponse:
    """First say which of the ticked claims would go and why others would not; submit once confirmed."""
    ids = [one for one in map(_uuid, request.POST.getlist("claim")[:MOST_AT_ONCE]) if one]
    chosen = queries.whole(request.practice).filter(pk__in=ids, status=Status.CREATED.value).order_by("number")
    if not ids or not chosen:
        messages.warning(request, "Tick at least one claim that is Created.")
        return redirect("claims")
    if request.POST.get("confirmed") == "yes":
        sent = sum(submit_and_say(request, row) for row in chosen)
        messages.info(request, f"{sent} of {len(chosen)} submitted.")
        return redirect("claims")
    today = timezone.localdate()
    checked = [(row, telling.told(checking.problems_of(row, on=today))) for row in chosen]
    stuck = [(row, found) for row, found in checked if _blocks(found)]
    ready = [(row, found) for row, found in checked if not _blocks(found)]
    total = sum(row.net_total for row, _ in ready)
    context = {"ready": ready, "stuck": stuck, "total": total, **queries.health(request.practice)}
    return render(request, "claims/bulk.html", context)


COLUMNS = (
    ("number", "Claim", ""),
    ("client", "Client and insurer", ""),
    ("treated", "Treated", ""),
    ("amount", "Amount", "num"),
    ("status", "Status", ""),
    ("", "What happens next", ""),
    ("deadline", "Time left", "num"),
)


def _filters(request: PracticeRequest) -> Filters:
    practitioner = _uuid(request.GET.get("practitioner", ""))
    tab, sort = request.GET.get("tab", ""), request.GET.get("sort", "")
    return Filters(
        tab=tab if tab in TABS else "",
        insurer=request.GET.get("insurer", "")[:40],
        practitioner=str(practitioner) if practitioner else "",
        text=tidy(request.POST.get("q", ""))[:80] if request.method == "POST" else "",
        sort=sort if sort.lstrip("-") in queries.SORTS else "",
    )


def _row(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim,
        "standing": standing(claim, getattr(claim, "refusal", None)),
        "is_open": Status(claim.status) in OPEN,
        "days_left": days_left(claim, timezone.localdate()),
        "age_days": (timezone.now() - claim.created_at).days,
    }


def _blocks(found: list[dict[str, Any]]) -> bool:
    return any(problem["severity"] == "blocks" for problem in found)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
