"""The buttons of a claim: each one a step, then back to the claim."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.billing.models import Invoice
from clearbill.billing.refusals import BillingRefused
from clearbill.claims import outcomes, queries, services, work
from clearbill.claims.forms import OutcomeForm
from clearbill.claims.models import Claim, WorkItem
from clearbill.claims.moves import MovedMeanwhile
from clearbill.claims.services import ClaimRefused
from clearbill.claims.views import page_of_outcome
from clearbill.inputs import tidy
from clearbill.people.access import May, PracticeRequest, door, find


@require_POST
@door(May.SUBMIT_CLAIMS)
def create(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    invoice = find(Invoice.objects.select_related("practice", "client", "practitioner"), request.practice, invoice_id)
    current = Claim.objects.filter(practice=request.practice, invoice=invoice, is_current=True).first()
    if current is not None:
        return redirect("claim", current.pk)
    try:
        made = services.create(practice=request.practice, by=request.user, now=timezone.now(), invoice=invoice)
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"/invoices/{invoice.pk}")
    messages.success(request, f"Claim {made.number} is created. Check it, then submit it.")
    return redirect("claim", made.pk)


@require_POST
@door(May.SUBMIT_CLAIMS)
def new(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Create a new claim where the present one came to nothing."""
    invoice = find(Invoice.objects.select_related("practice", "client", "practitioner"), request.practice, invoice_id)
    try:
        made = services.new_claim(
            practice=request.practice,
            by=request.user,
            now=timezone.now(),
            invoice=invoice,
            confirmed_unpaid=request.POST.get("confirmed_unpaid") == "on",
        )
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
        current = Claim.objects.filter(practice=request.practice, invoice=invoice, is_current=True).first()
        return redirect("claim", current.pk) if current else redirect(f"/invoices/{invoice.pk}")
    messages.success(request, f"Claim {made.number} is created in place of the earlier one.")
    return redirect("claim", made.pk)


@require_POST
@door(May.SUBMIT_CLAIMS)
def refresh(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    return _step(request, claim_id, services.refresh, "The data were collected again.")


@require_POST
@door(May.SUBMIT_CLAIMS)
def correct(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    return _step(request, claim_id, services.correct, "Mend the claim, then submit it again.")


@require_POST
@door(May.SUBMIT_CLAIMS)
def cancel(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    return _step(request, claim_id, services.cancel, "The claim is cancelled. The invoice may carry a new one.")


@require_POST
@door(May.SUBMIT_CLAIMS)
def ask(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = find(queries.whole(request.practice), request.practice, claim_id)
    services.ask_now(practice=request.practice, now=timezone.now(), claim=row)
    messages.success(request, "Clearbill asks Healthcode now. The answer appears here by itself.")
    return redirect("claim", row.pk)


@require_POST
@door(May.SUBMIT_CLAIMS)
def settle(request: PracticeRequest, item_id: UUID) -> HttpResponse:
    item = find(WorkItem.objects.select_related("claim"), request.practice, item_id)
    done = tidy(request.POST.get("settlement", ""))
    work.settle(practice=request.practice, by=request.user, now=timezone.now(), item=item, settlement=done)
    messages.success(request, "Noted as settled.")
    return redirect("claim", item.claim_id) if item.claim_id else redirect("claims")


@require_POST
@door(May.RECORD_MONEY)
def outcome(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = find(queries.whole(request.practice), request.practice, claim_id)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return page_of_outcome(request, row, form)
    try:
        outcomes.record_outcome(
            practice=request.practice,
            by=request.user,
            now=timezone.now(),
            claim=row,
            event=form.outcome(),
            amount=form.cleaned_data["amount"],
            on=form.cleaned_data["received_on"],
            reason=form.cleaned_data["reason"],
            reference=form.cleaned_data["reference"],
        )
    except (ClaimRefused, BillingRefused, MovedMeanwhile) as refusal:
        form.add_error(None, str(refusal))
        return page_of_outcome(request, find(queries.whole(request.practice), request.practice, claim_id), form)
    messages.success(request, "The outcome is recorded.")
    return redirect("claim", row.pk)


def _step(request: PracticeRequest, claim_id: UUID, service: Callable[..., Claim], said: str) -> HttpResponse:
    row = find(queries.whole(request.practice), request.practice, claim_id)
    try:
        service(practice=request.practice, by=request.user, now=timezone.now(), claim=row)
    except (ClaimRefused, MovedMeanwhile) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("claim", row.pk)
