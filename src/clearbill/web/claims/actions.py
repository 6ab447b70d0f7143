"""The buttons of a claim: each one a step, then back to the claim."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill.dates import show_clock
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.claims.core import cover_choice, queries, services
from clearbill.claims.core.transitions import ConcurrentChange
from clearbill.claims.models import Claim
from clearbill.claims.queue import connection_status
from clearbill.invoicing.models import Invoice
from clearbill.people.permissions import Permission
from clearbill.web.claims.forms import CoverChoiceForm
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def create(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    invoice = get_own_or_404(
        Invoice.objects.select_related("practice", "client", "practitioner"), request.practice, invoice_id
    )
    current = _current(request, invoice)
    if current is not None:
        return redirect("claim", current.pk)
    try:
        made = services.create(actor_of(request), invoice=invoice)
    except Refused as refusal:
        # A claim that is there by now is shown, and nothing is said: it may have been a second click.
        current = _current(request, invoice)
        if current is not None:
            return redirect("claim", current.pk)
        messages.error(request, str(refusal))
        return redirect("invoice", invoice.pk)
    messages.success(request, f"Claim {made.number} is created. Check it, then submit it.")
    return redirect("claim", made.pk)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def choose_cover(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Take the policy and the authorisation that the person chose."""
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    form = CoverChoiceForm(request.POST, invoice=row.invoice)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("claim", row.pk)
    with refusal_shown(request):
        cover_choice.choose(actor_of(request), claim=row, **form.chosen())
        messages.success(request, "The policy is on the claim.")
    return redirect("claim", row.pk)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def new(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Create a new claim where the present one came to nothing."""
    invoice = get_own_or_404(
        Invoice.objects.select_related("practice", "client", "practitioner"), request.practice, invoice_id
    )
    try:
        made = services.create_follow_on(
            actor_of(request), invoice=invoice, confirmed_unpaid=request.POST.get("confirmed_unpaid") == "on"
        )
    except Refused as refusal:
        current = _current(request, invoice)
        if current and current.replaces_id and current.status == Status.CREATED:
            # A second click, or somebody else just now: the new claim is there.
            return redirect("claim", current.pk)
        messages.error(request, str(refusal))
        return redirect("claim", current.pk) if current else redirect("invoice", invoice.pk)
    messages.success(request, f"Claim {made.number} is created in place of the earlier one.")
    return redirect("claim", made.pk)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def refresh(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    return _step(request, claim_id, services.rebuild, "The data were collected again.")


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def correct(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    said = "Fix the claim, then submit it again."
    return _step(
        request, claim_id, services.reopen, said, is_done=lambda row: row.status == Status.CREATED and row.version > 1
    )


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def cancel(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    said = "The claim is cancelled. The invoice may carry a new one."
    return _step(request, claim_id, services.cancel, said, is_done=lambda row: row.status == Status.CANCELLED)


@require_POST
@member_required(Permission.SUBMIT_CLAIMS)
def ask(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    now = timezone.now()
    services.poll_now(practice=request.practice, now=now, claim=row)
    stored = connection_status.connection_status(request.practice)["connection"]
    if stored and stored.paused_until and stored.paused_until > now:
        messages.info(request, f"Clearbill asks once the pause is over, at {show_clock(stored.paused_until, now)}.")
    else:
        messages.success(request, "Clearbill asks Healthcode now. The answer appears here by itself.")
    return redirect("claim", row.pk)


def _step(
    request: PracticeRequest,
    claim_id: UUID,
    service: Callable[..., Claim],
    said: str,
    *,
    is_done: Callable[[Claim], bool] = lambda _: False,
) -> HttpResponse:
    """Take a step. Where it is refused because it was taken just before (`is_done`), the page says the same again."""
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    try:
        service(actor_of(request), claim=row)
    except (Refused, ConcurrentChange) as refusal:
        if is_done(get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)):
            messages.info(request, said)
        else:
            messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("claim", row.pk)


def _current(request: PracticeRequest, invoice: Invoice) -> Claim | None:
    return Claim.objects.filter(practice=request.practice, invoice=invoice, is_current=True).first()
