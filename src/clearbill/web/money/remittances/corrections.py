"""What a person says of news of payments: a correction was seen, days that were missed are brought."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clearbill.money.remittances import corrections, poll
from clearbill.money.remittances.models import PaymentCorrection, RemittancePoll
from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@require_POST
@member_required(Permission.RECORD_MONEY)
def seen(request: PracticeRequest, correction_id: int) -> HttpResponse:
    """Take a correction off the list of news; it stays on the page of its payment."""
    rows = PaymentCorrection.objects.select_related("remittance")
    row = get_own_or_404(rows, request.practice, correction_id)
    corrections.mark_seen(actor_of(request), correction=row)
    messages.success(request, "Noted. The correction stays on this page.")
    return redirect("money-payment", row.remittance_id)


@require_POST
@member_required(Permission.RECORD_MONEY)
def brought(request: PracticeRequest, insurer: str) -> HttpResponse:
    """Take the note of missed days off, as somebody has imported what was paid in them."""
    if not RemittancePoll.objects.filter(practice=request.practice, insurer_slug=insurer).exists():
        raise Http404
    poll.fill_missed_days(actor_of(request), insurer_slug=insurer)
    messages.success(request, "Noted that the missed days are imported.")
    return redirect("money")
