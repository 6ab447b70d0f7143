"""What only a person can settle: the list of it, and for each item one page with all that is known and its buttons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import dates
from clearbill.bill.dates import show_clock
from clearbill.bill.lifecycle import ASKED_ABOUT, Status
from clearbill.bill.problem import Refused
from clearbill.bill.text import one_line, tidy
from clearbill.claims.core import bill_diff, validation
from clearbill.claims.core import queries as claims_queries
from clearbill.claims.core import queries as core_queries
from clearbill.claims.core.next_step import next_step
from clearbill.claims.models import Outbox, Task
from clearbill.claims.queue import connection_status
from clearbill.claims.tasks import queries, resolution
from clearbill.claims.tasks.resolution import ManualFinding, Resolution
from clearbill.exports.lists import LISTS
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

PER_PAGE = 50

SAID = {
    Resolution.HAS_IT: "Noted: Healthcode has it. Clearbill asks now where it stands.",
    Resolution.SEND_AGAIN: "The bill is in the queue and goes out again.",
    Resolution.NOT_SENT: "The claim may be submitted now.",
    Resolution.CANCELLED: "The claim is cancelled. The invoice may carry a new one.",
    Resolution.DONE: "Noted as settled.",
}

FIELD_OF = {
    Resolution.HAS_IT: "number",
    Resolution.SEND_AGAIN: "looked",
    Resolution.NOT_SENT: "looked",
    Resolution.CANCELLED: "cancelled-words",
    Resolution.DONE: "words",
}

LONGEST_WORDS, LONGEST_NUMBER = 300, 50


@member_required(Permission.SEE_CLINICAL)
def items(request: PracticeRequest) -> HttpResponseBase:
    """The list. A search is posted, so that no name stands in an address."""
    given = request.POST if request.method == "POST" else request.GET
    is_settled = given.get("show") == "settled"
    kinds = queries.task_kinds(request.practice, is_settled=is_settled)
    kind = given.get("kind", "")
    kind = kind if kind in {one["key"] for one in kinds} else ""
    text = tidy(request.POST.get("q", ""))[:80]
    rows = queries.tasks(request.practice, kind=kind, text=text, is_settled=is_settled)
    if wants_file(request):
        return list_file(request, "only-you-can-settle", LISTS["tasks"].table(rows))
    page = Paginator(rows, PER_PAGE).get_page(given.get("page"))
    context = {
        "page": page,
        "rows": [{"item": item, "word": queries.kind_word(item.kind)} for item in page],
        "kinds": kinds,
        "kind": kind,
        "text": text,
        "is_settled": is_settled,
        "is_narrowed": bool(kind or text),
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/tasks/work.html", context)


@member_required(Permission.SEE_CLINICAL, to_change=Permission.SUBMIT_CLAIMS)
def item(request: PracticeRequest, item_id: UUID) -> HttpResponse:
    """One item: what is known, and a button for each thing that may have been found."""
    row = get_own_or_404(queries.tasks_with_details(request.practice), request.practice, item_id)
    if request.method != "POST":
        return render(request, "claims/tasks/settle.html", _card(request, row))
    finding = _finding(request)
    if row.settled_at is None and (sentence := _too_long(finding)):
        return _refused(request, row, finding, sentence, is_at_field=True)
    try:
        settled = resolution.resolve(actor_of(request), item=row, finding=finding)
    except Refused as refusal:
        # The page has no form object: the sentence stands on it, beside the findings as they were typed.
        row = get_own_or_404(queries.tasks_with_details(request.practice), request.practice, item_id)
        return _refused(request, row, finding, str(refusal))
    if settled:
        messages.success(request, SAID[finding.way])
    else:
        messages.info(request, _told_before(request, row))
    return redirect("claim", row.claim_id) if row.claim_id else redirect("claims-work")


def _finding(request: PracticeRequest) -> ManualFinding:
    given = request.POST.get("way", Resolution.DONE)
    return ManualFinding(
        way=Resolution(given) if given in set(Resolution) else Resolution.DONE,
        words=one_line(request.POST.get("settlement", "")),
        number=one_line(request.POST.get("number", "")).replace(" ", ""),
        looked=request.POST.get("looked") == "on",
    )


def _too_long(finding: ManualFinding) -> str:
    """Say that something is longer than what can be kept; "" where nothing is."""
    typed, most = (
        (finding.number, LONGEST_NUMBER) if finding.way == Resolution.HAS_IT else (finding.words, LONGEST_WORDS)
    )
    return f"This has {len(typed)} characters; {most} at most can be kept." if len(typed) > most else ""


def _refused(
    request: PracticeRequest, row: Task, finding: ManualFinding, sentence: str, *, is_at_field: bool = False
) -> HttpResponse:
    """Show the page as it was typed, with the sentence, which leads to the field of the button that was pressed."""
    card = _card(request, row)
    target = FIELD_OF[finding.way] if finding.way in card["ways"].values() else ""
    refusal = {"error": sentence, "target": target, "wrong": target if is_at_field else ""}
    return render(request, "claims/tasks/settle.html", {**card, "typed": finding, **refusal})


def _told_before(request: PracticeRequest, row: Task) -> str:
    row = get_own_or_404(queries.tasks_with_details(request.practice), request.practice, row.pk)
    when = show_clock(row.settled_at, timezone.now()) if row.settled_at else ""
    who = row.settled_by or "Clearbill"
    return f"This was settled already, at {when} by {who}: “{row.settlement}”. Nothing was changed."


def _card(request: PracticeRequest, row: Task) -> dict[str, Any]:
    health = connection_status.connection_status(request.practice)
    context = {
        "item": row,
        "word": queries.kind_word(row.kind),
        "ways": {way.name.lower(): way for way in resolution.resolutions_of(row)},
        **health,
    }
    claim = row.claim
    if claim is None:
        return context
    sendings = claims_queries.sendings(claim)
    last = next((one for one in sendings if one.attempts), None)
    is_asked_about = Status(claim.status) in ASKED_ABOUT
    return {
        **context,
        "claim": claim,
        "bill": validation.stored_bill(claim),
        "standing": next_step(claim, core_queries.latest_rejection(core_queries.timeline(claim))),
        "is_asked_about": is_asked_about,
        "course": core_queries.sending_progress(claim, health["connection"]),
        "last": last,
        "first_sent_at": claims_queries.first_sent_at(last) if last else None,
        "exchanges": claims_queries.recent_exchanges(claim),
        "same_row": any(one.state == Outbox.UNCERTAIN for one in sendings),
        "in_queue": any(one.state == Outbox.READY for one in sendings),
        "again_at": resolution.resend_allowed_at(last) if last else None,
        "since_sent": bill_diff.diff_since_sent(claim, last),
        "since_collected": bill_diff.diff_since_built(claim, on=dates.uk_day(timezone.now())) if is_asked_about else [],
    }
