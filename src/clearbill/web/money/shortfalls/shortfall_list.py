"""The list of shortfalls."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clearbill.bill import dates, deductions
from clearbill.bill.text import tidy
from clearbill.money.shortfalls import list_queries
from clearbill.money.shortfalls.list_queries import STATES, ShortfallFilter
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, member_required

PER_PAGE = 25


@member_required(Permission.SEE_CLINICAL)
def shortfalls(request: PracticeRequest) -> HttpResponseBase:
    """What the insurers deducted and nobody has decided on. Words come by POST: names never stand in an address."""
    wanted, today = _wanted(request), dates.today()
    found = list_queries.listed(request.practice, wanted, today)
    if wants_file(request):
        return list_file(request, "shortfalls", list_queries.table(list(found.claims), today))
    page = Paginator(found.claims, PER_PAGE).get_page(request.POST.get("page") or request.GET.get("page"))
    return render(
        request,
        "money/shortfalls/list.html",
        {
            "wanted": wanted,
            "tabs": [
                {
                    "state": state,
                    "word": word,
                    "count": None if state == "decided" or wanted.words else found.counts[state],
                    "is_shown": state == wanted.state and not wanted.words,
                }
                for state, word in STATES.items()
            ],
            "sums": found.sums,
            "page": page,
            "rows": list_queries.rows(list(page.object_list), today),
            "insurers": list_queries.insurers_there(request.practice),
            "reasons": [*deductions.BY_KEY.values(), deductions.UNKNOWN],
            "owners": deductions.LIABLE_PARTIES,
            "has_reasons": wanted.state not in ("unexplained", "decided"),
        },
    )


def _wanted(request: PracticeRequest) -> ShortfallFilter:
    asked = request.GET
    state = asked.get("state", "")
    state = state if state in STATES else ""
    has_reasons = state not in ("unexplained", "decided")
    known = {*deductions.BY_KEY, deductions.UNKNOWN.key}
    return ShortfallFilter(
        state=state,
        insurer=tidy(asked.get("insurer", ""))[:40],
        reason=asked.get("reason", "") if has_reasons and asked.get("reason") in known else "",
        owed_by=asked.get("owed_by", "") if has_reasons and asked.get("owed_by") in deductions.LIABLE_PARTIES else "",
        words=tidy(request.POST.get("words", ""))[:80],
    )
