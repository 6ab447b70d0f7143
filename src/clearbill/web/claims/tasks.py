"""What only a person can settle: the list of it, and for each item one page with all that is known and its buttons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import dates as bill_checking
from clearbill.bill.dates import clock
from clearbill.bill.lifecycle import OPEN, Status
from clearbill.bill.text import tidy
from clearbill.claims.core import bill_diff as changes
from clearbill.claims.core import queries as core_queries
from clearbill.claims.core import queries as core_work_queries
from clearbill.claims.core import validation as checking
from clearbill.claims.core.next_step import standing
from clearbill.claims.models import Outbox, WorkItem
from clearbill.claims.queue import connection_status as queries
from clearbill.claims.tasks import queries as work_queries
from clearbill.claims.tasks import resolution as settling
from clearbill.claims.tasks.resolution import Finding, NotSettled, Way
from clearbill.people.permissions import May
from clearbill.web.sign_in.access import PracticeRequest, door, find

PER_PAGE = 50

SAID = {
    Way.HAS_IT: "Noted: Healthcode has it. Clearbill asks now where it stands.",
    Way.SEND_AGAIN: "The bill is in the queue and goes out again.",
    Way.NOT_SENT: "The claim may be submitted now.",
    Way.CANCELLED: "The claim is cancelled. The invoice may carry a new one.",
    Way.DONE: "Noted as settled.",
}

FIELD_OF = {
    Way.HAS_IT: "number",
    Way.SEND_AGAIN: "looked",
    Way.NOT_SENT: "looked",
    Way.CANCELLED: "cancelled-words",
    Way.DONE: "words",
}

LONGEST_WORDS, LONGEST_NUMBER = 300, 50


@door()
def items(request: PracticeRequest) -> HttpResponse:
    """The list. A search is posted, so that no name stands in an address."""
    given = request.POST if request.method == "POST" else request.GET
    is_settled = given.get("show") == "settled"
    kinds = work_queries.kinds(request.practice, is_settled=is_settled)
    kind = given.get("kind", "")
    kind = kind if kind in {one["key"] for one in kinds} else ""
    text = tidy(request.POST.get("q", ""))[:80]
    rows = work_queries.items(request.practice, kind=kind, text=text, is_settled=is_settled)
    page = Paginator(rows, PER_PAGE).get_page(given.get("page"))
    context = {
        "page": page,
        "rows": [{"item": item, "word": work_queries.kind_word(item.kind)} for item in page],
        "kinds": kinds,
        "kind": kind,
        "text": text,
        "is_settled": is_settled,
        "is_narrowed": bool(kind or text),
        **queries.health(request.practice),
    }
    return render(request, "claims/tasks/work.html", context)


@door(to_change=May.SUBMIT_CLAIMS)
def item(request: PracticeRequest, item_id: UUID) -> HttpResponse:
    """One item: what is known, and a button for each thing that may have been found."""
    row = find(work_queries.whole(request.practice), request.practice, item_id)
    if request.method != "POST":
        return render(request, "claims/tasks/settle.html", _card(request, row))
    finding = _finding(request)
    if row.settled_at is None and (sentence := _too_long(finding)):
        return _refused(request, row, finding, sentence, is_at_field=True)
    try:
        settled = settling.settle(
            practice=request.practice, by=request.user, now=timezone.now(), item=row, finding=finding
        )
    except NotSettled as refusal:
        row = find(work_queries.whole(request.practice), request.practice, item_id)
        return _refused(request, row, finding, str(refusal))
    if settled:
        messages.success(request, SAID[finding.way])
    else:
        messages.info(request, _told_before(request, row))
    return redirect("claim", row.claim_id) if row.claim_id else redirect("claims-work")


def _finding(request: PracticeRequest) -> Finding:
    given = request.POST.get("way", Way.DONE)
    return Finding(
        way=Way(given) if given in set(Way) else Way.DONE,
        words=tidy(request.POST.get("settlement", "")),
        number=tidy(request.POST.get("number", "")).replace(" ", ""),
        looked=request.POST.get("looked") == "on",
    )


def _too_long(finding: Finding) -> str:
    """Say that something is longer than what can be kept; "" where nothing is."""
    typed, most = (finding.number, LONGEST_NUMBER) if finding.way == Way.HAS_IT else (finding.words, LONGEST_WORDS)
    return f"This has {len(typed)} characters; {most} at most can be kept." if len(typed) > most else ""


def _refused(
    request: PracticeRequest, row: WorkItem, finding: Finding, sentence: str, *, is_at_field: bool = False
) -> HttpResponse:
    """Show the page as it was typed, with the sentence, which leads to the field of the button that was pressed."""
    card = _card(request, row)
    target = FIELD_OF[finding.way] if finding.way in card["ways"].values() else ""
    refusal = {"error": sentence, "target": target, "wrong": target if is_at_field else ""}
    return render(request, "claims/tasks/settle.html", {**card, "typed": finding, **refusal})


def _told_before(request: PracticeRequest, row: WorkItem) -> str:
    row = find(work_queries.whole(request.practice), request.practice, row.pk)
    when = clock(row.settled_at, timezone.now()) if row.settled_at else ""
    who = row.settled_by or "Clearbill"
    return f"This was settled already, at {when} by {who}: “{row.settlement}”. Nothing was changed."


def _card(request: PracticeRequest, row: WorkItem) -> dict[str, Any]:
    health = queries.health(request.practice)
    context = {
        "item": row,
        "word": work_queries.kind_word(row.kind),
        "ways": {way.name.lower(): way for way in settling.ways_of(row)},
        **health,
    }
    claim = row.claim
    if claim is None:
        return context
    sendings = core_work_queries.sendings(claim)
    last = next((one for one in sendings if one.attempts), None)
    is_open = Status(claim.status) in OPEN
    return {
        **context,
        "claim": claim,
        "bill": checking.bill_of(claim),
        "standing": standing(claim, core_queries.rejection(core_queries.story(claim))),
        "is_open": is_open,
        "course": core_queries.course(claim, health["connection"]),
        "last": last,
        "first_sent_at": core_work_queries.first_sent_at(last) if last else None,
        "exchanges": core_work_queries.asked(claim),
        "same_row": any(one.state == Outbox.UNCERTAIN for one in sendings),
        "in_queue": any(one.state == Outbox.READY for one in sendings),
        "again_at": settling.may_go_again_at(last) if last else None,
        "since_sent": changes.since_sent(claim, last),
        "since_collected": changes.since_collected(claim, on=bill_checking.uk_day(timezone.now())) if is_open else [],
    }
