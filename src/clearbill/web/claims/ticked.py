"""Several ticked claims at once: checked first, submitted once confirmed, and followed until Healthcode has them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import problems, queries, services, validation
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import connection_status
from clearbill.people.permissions import Permission
from clearbill.web.claims.worklist import filters_of, page_no_of, uuid_of
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.web.sign_in.form_recovery import previous_page

MOST_AT_ONCE = 200

LONGEST_FOLLOWED = timedelta(days=1)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def bulk(request: PracticeRequest) -> HttpResponse:
    """First say which of the ticked claims would go and why others would not; submit once confirmed."""
    ids = [one for one in map(uuid_of, request.POST.getlist("claim")[:MOST_AT_ONCE]) if one]
    chosen = list(
        queries.claims_with_details(request.practice).filter(pk__in=ids, status=Status.CREATED.value).order_by("number")
    )
    if not chosen:
        already = "The ticked claims were submitted or cancelled before. Nothing is sent twice."
        messages.warning(request, already if ids else "Tick at least one claim that is Created.")
        return redirect(previous_page(request) or "claims")
    if request.POST.get("confirmed") == "yes":
        return _submit(request, chosen)
    today = dates.today()
    checked = [(row, problems.with_owner(validation.problems_today(row, on=today))) for row in chosen]
    ready = [(row, problems.group_equal(found)) for row, found in checked if not _blocks(found)]
    stuck = [(row, problems.group_equal(filter(_is_blocking, found))) for row, found in checked if _blocks(found)]
    total = sum(row.net_total for row, _ in ready)
    context = {
        "ready": ready,
        "stuck": stuck,
        "total": total,
        "filters": filters_of(request.POST, may_search=True),
        "page_no": page_no_of(request.POST),
        "ticked": [row.pk for row in chosen],
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/bulk/bulk.html", context)


@member_required(Permission.SUBMIT_CLAIMS)
def sending(request: PracticeRequest) -> HttpResponse:
    """How far the claims are that this person submitted since a moment; the page follows by itself."""
    since = _moment(request.GET.get("since", ""))
    rows = queries.submitted_since(request.practice, request.user, since) if since else []
    if not rows:
        return redirect("claims")
    states = Counter(row.state for row in rows)
    unsent = states[Outbox.READY] + states[Outbox.SENDING]
    context = {
        "total": len(rows),
        "unsent": unsent,
        "arrived": len(rows) - unsent,
        "outcomes": sorted(Counter(row.claim.status for row in rows).items()),
        "rejected": [row.claim for row in rows if row.claim.status == Status.REJECTED],
        "since": request.GET["since"],
        **connection_status.connection_status(request.practice),
    }
    return render(request, "claims/bulk/_sending.html" if request.htmx else "claims/bulk/sending.html", context)


def _submit(request: PracticeRequest, chosen: list[Claim]) -> HttpResponse:
    since, refusals = timezone.now(), []
    for row in chosen:
        try:
            services.submit(claim_id=row.pk, practice=request.practice, by=request.user, now=timezone.now())
        except Refused as refusal:
            refusals.append(f"{row.number}: {refusal}")
    for sentence in dict.fromkeys(refusals[:5]):
        messages.error(request, sentence)
    if len(refusals) == len(chosen):
        return redirect("claims")
    if refusals:
        messages.warning(request, f"{len(refusals)} of {len(chosen)} were not submitted and stay as they were.")
    return redirect(f"{reverse('claims-sending')}?since={int(since.timestamp() * 1000)}")


def _moment(text: str) -> datetime | None:
    """Return the moment of so many milliseconds; None for nonsense or long ago."""
    if not text.isascii() or not text.isdecimal() or len(text) > 14:
        return None
    moment = datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    return moment if timezone.now() - moment < LONGEST_FOLLOWED else None


def _is_blocking(problem: dict[str, Any]) -> bool:
    return bool(problem["severity"] == "blocks")


def _blocks(found: list[dict[str, Any]]) -> bool:
    return any(map(_is_blocking, found))
