"""The worklist of claims: filters, search, and status cells that follow by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import dates, insurers
from clearbill.bill.dates import show_clock
from clearbill.bill.lifecycle import ASKED_ABOUT, Status
from clearbill.bill.text import tidy
from clearbill.claims.bulk import services, unclaimed
from clearbill.claims.core import queries
from clearbill.claims.core.next_step import days_left, next_step
from clearbill.claims.core.queries import AGES, OWNERS, TABS, Filters
from clearbill.claims.models import Claim
from clearbill.claims.queue import connection_status
from clearbill.claims.tasks import queries as tasks_queries
from clearbill.db.ids import parse_id
from clearbill.exports.lists import LISTS
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, member_required

PER_PAGE = 50


@member_required(Permission.SEE_CLINICAL)
def claims(request: PracticeRequest) -> HttpResponseBase:
    """The list. A search is posted with all filters, so that no name stands in an address."""
    given = request.POST if request.method == "POST" else request.GET
    filters = filters_of(given, may_search=request.method == "POST")
    found = queries.worklist(request.practice, filters)
    if wants_file(request):
        return list_file(request, "claims", LISTS["claims"].table(found))
    page = Paginator(found, PER_PAGE).get_page(given.get("page"))
    rows, tabs = _rows(page, ticked=set(request.POST.getlist("claim"))), queries.counts(request.practice, filters)
    return render(
        request,
        "claims/worklist/worklist.html",
        {
            "page": page,
            "page_no": page.number,
            "is_posted": request.method == "POST",
            "rows": rows,
            "filters": filters,
            "tabs": tabs,
            "has_created": any(tab["key"] == "created" and tab["count"] for tab in tabs),
            "sum": queries.open_sum(request.practice),
            "asked_about_ids": [row["claim"].pk for row in rows if row["is_asked_about"]],
            "may_tick": any(row["claim"].status == Status.CREATED for row in rows),
            "columns": [_column(filters.sort, *column) for column in COLUMNS],
            "moves": {key: word for key, (word, _) in OWNERS.items()},
            "ages": AGES,
            "running": services.running_submissions(request.practice),
            "unclaimed": unclaimed.summed(unclaimed.unclaimed(request.practice, on=dates.today())),
            "work_count": tasks_queries.open_task_count(request.practice),
            **queries.filter_choices(request.practice),
            **connection_status.connection_status(request.practice),
        },
    )


@require_POST
@member_required(Permission.SEE_CLINICAL)
def standings(request: PracticeRequest) -> HttpResponse:
    """The status cells of the rows that were still moving."""
    ids = [one for one in map(parse_id, request.POST.getlist("open")[:PER_PAGE]) if one]
    rows = _rows(queries.claims_by_ids(request.practice, ids))
    asked_about_ids = [row["claim"].pk for row in rows if row["is_asked_about"]]
    return render(request, "claims/worklist/_standings.html", {"rows": rows, "asked_about_ids": asked_about_ids})


COLUMNS = (
    ("number", "Claim", ""),
    ("client", "Client and insurer", ""),
    ("treated", "Treated", ""),
    ("amount", "Amount", "num"),
    ("status", "Status", ""),
    ("", "What happens next", ""),
    ("deadline", "Time left", "num"),
)


def _column(sort: str, key: str, word: str, kind: str) -> dict[str, str]:
    """Return a column's heading, how it sorts now, and the sort that a click on it asks for."""
    aria = {key: "ascending", f"-{key}": "descending"}.get(sort, "") if key else ""
    return {"word": word, "kind": kind, "aria": aria, "to": f"-{key}" if key and sort == key else key}


def filters_of(given: Any, *, may_search: bool) -> Filters:
    """Return the filters that a request gives; what is unknown narrows nothing."""

    def one_of(name: str, known: Any) -> str:
        return value if (value := given.get(name, "")) in known else ""

    sort = given.get("sort", "")
    return Filters(
        tab=one_of("tab", TABS),
        insurer=one_of("insurer", {insurer.slug for insurer in insurers.all_insurers()}),
        practitioner=str(parse_id(given.get("practitioner", "")) or ""),
        move=one_of("move", OWNERS),
        age=one_of("age", AGES),
        text=tidy(given.get("q", ""))[:80] if may_search else "",
        sort=sort if sort.removeprefix("-") in queries.SORTS else "",
    )


def page_no_of(given: Any) -> str:
    """Return the number of the page that a request gives, to be carried along; "" for nonsense."""
    text = given.get("page", "")[:6]
    return text if text.isascii() and text.isdecimal() else ""


def _rows(claims: Any, *, ticked: Collection[str] = ()) -> list[dict[str, Any]]:
    now, today = timezone.now(), dates.today()
    claims = list(claims)
    # What was changed since it was checked last is checked now, so that the list says the same as the claim's page.
    services.recheck((one for one in claims if one.is_stale and one.status == Status.CREATED), now=now)
    return [{**_row(claim, now, today), "is_ticked": str(claim.pk) in ticked} for claim in claims]


def _row(claim: Claim, now: datetime, today: date) -> dict[str, Any]:
    return {
        "claim": claim,
        "standing": next_step(claim, getattr(claim, "refusal", None)),
        "is_asked_about": Status(claim.status) in ASKED_ABOUT,
        "checks": _checks(claim, now),
        "days_left": days_left(claim, today),
        "age_days": (now - claim.created_at).days,
    }


def _checks(claim: Claim, now: datetime) -> str:
    """When Healthcode was asked last and will be next, to stand behind whose move it is."""
    if Status(claim.status) not in ASKED_ABOUT or claim.last_checked_at is None:
        return ""
    next_at = f", next {show_clock(claim.next_check_at, now)}" if claim.next_check_at else ""
    return f"; checked {show_clock(claim.last_checked_at, now)}{next_at}"
