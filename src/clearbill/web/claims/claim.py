"""The claim page: before submission a form with everything that will be sent, afterwards what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clearbill.bill import Bill, Problem, dates, insurers, sections
from clearbill.bill.lifecycle import ASKED_ABOUT, ENDED_UNPAID, Event, Status, allowed
from clearbill.bill.problem import Refused
from clearbill.claims.core import amendments, bill_diff, queries, services, validation
from clearbill.claims.core import problems as core_problems
from clearbill.claims.core import queries as core_queries
from clearbill.claims.core.cross_checks import agreement, cover_check, mapping_refusals
from clearbill.claims.core.cross_checks.record_checks import REPEATED
from clearbill.claims.core.next_step import days_left, next_step
from clearbill.claims.core.problems import with_owner
from clearbill.claims.evidence import export, pretty_xml
from clearbill.claims.models import Claim, Outbox
from clearbill.claims.queue import connection_status
from clearbill.claims.queue.connection_status import SendingPause
from clearbill.clients.member_answers import MemberListAnswer
from clearbill.clients.member_answers import latest as latest_member_answer
from clearbill.invoicing import cover, payments
from clearbill.people.permissions import Permission
from clearbill.web.claims.forms import BillForms, CoverChoiceForm, RepeatForm
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, has_permission, member_required

KEPT = (
    "On this claim only: {fields}. The client has something else by now, had this before, or is with another insurer, "
    "so the client was left as it is."
)


def with_links(claim: Claim, problems: Iterable[Problem | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each problem as `with_owner`, with `href`: its field on the claim page, or where the datum lives."""
    return [{**entry, "href": _place_to_mend(claim, entry["path"])} for entry in with_owner(problems)]


def _place_to_mend(claim: Claim, path: str) -> str:
    if path == "insurer_id" and not validation.stored_bill(claim).insurer_id and insurers.by_slug(claim.insurer_slug):
        return reverse("insurer", args=[claim.insurer_slug])
    if anchor := sections.input_id(path):
        return f"#{anchor}"
    if path.startswith(("totals", "lines")) or path == "invoice_number":
        return reverse("invoice", args=[claim.invoice_id])
    return ""


@require_GET
@member_required(Permission.SEE_CLINICAL)
def evidence(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    made = export.export(actor_of(request), claim=row)
    return HttpResponse(
        made.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store, private"},
    )


@member_required(Permission.SEE_CLINICAL, to_change=Permission.SUBMIT_CLAIMS)
@serialized
def claim(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    if request.method == "POST":
        return _save(request, row)
    if row.status == Status.CREATED and has_permission(request, Permission.SUBMIT_CLAIMS):
        edit = _edit(request, row)
        return render(request, "claims/claim/claim.html", _editing(request, row, _bill_forms(request, row), edit))
    shown = {**_standing(request, row), "authorised": cover_check.use_of(row.invoice)}
    return render(request, "claims/claim/submitted.html", shown)


@member_required(Permission.SEE_CLINICAL)
def status(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """The part of the page that changes by itself; 204 while there is nothing new, so that nothing jumps."""
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    if request.GET.get("seen") == _seen(row, connection_status.connection_status(request.practice)["pause"]):
        return HttpResponse(status=204)
    return render(request, "claims/claim/_standing.html", {**_standing(request, row), "is_news": True})


@member_required(Permission.SEE_CLINICAL)
def exchanges(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Exactly what was sent and what came back."""
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    kept = [
        {"row": one, "sent": pretty_xml.pretty(one.sent), "received": pretty_xml.pretty(one.received)}
        for one in row.exchanges.order_by("-started_at", "-pk")[:20]
    ]
    return render(request, "claims/claim/exchanges.html", {"claim": row, "exchanges": kept})


def _save(request: PracticeRequest, row: Claim) -> HttpResponse:
    """Save what was typed; with the button Submit Claim, submit it as well."""
    edit, is_to_go = _edit(request, row), request.POST.get("action") == "submit"
    forms = _bill_forms(request, row, edit.data)
    if row.status != Status.CREATED:
        return _told_before(request, row, forms, edit)
    is_settled = forms.is_valid() and edit.is_settled(forms.head)
    if is_settled and is_to_go and edit.news:
        forms.head.add_error(None, f"{edit.news} Nothing was submitted yet: look at it, then submit the claim.")
    if not is_settled or forms.head.errors:
        return render(request, "claims/claim/claim.html", _editing(request, row, forms, edit))
    try:
        amended = amendments.amend(
            actor_of(request), claim=row, bill=forms.amended(), also_client=forms.head.cleaned_data["also_client"]
        )
    except Refused as refusal:
        # A claim that has gone meanwhile is told of in its own words.
        row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, row.pk)
        if row.status != Status.CREATED:
            return _told_before(request, row, _bill_forms(request, row, request.POST), edit)
        forms.refuse(refusal)
        return render(request, "claims/claim/claim.html", _editing(request, row, forms, edit))
    if amended.kept:
        messages.info(request, KEPT.format(fields=", ".join(amended.kept)))
    if is_to_go:
        _submit(request, row)
    else:
        messages.success(request, f"Saved and checked. {services.problem_summary(amended.problems)}.")
    return redirect("claim", row.pk)


@require_POST
@member_required(Permission.LIFT_BLOCKS)
def allow_repeat(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Let the claim go although its treatment is billed elsewhere too, for a reason that is kept."""
    row = get_own_or_404(queries.claims_with_details(request.practice), request.practice, claim_id)
    form = RepeatForm(request.POST)
    if form.is_valid():
        with refusal_shown(request, form) as outcome:
            services.allow_repeat(actor_of(request), claim=row, reason=form.cleaned_data["reason"])
        if not outcome.is_refused:
            messages.success(request, "Allowed. The reason stays on the claim.")
            return redirect("claim", row.pk)
    if row.status != Status.CREATED:
        messages.error(request, f"This claim is “{row.status}” by now. Nothing was changed.")
        return redirect("claim", row.pk)
    forms = BillForms(validation.stored_bill(row), known=queries.known_numbers(request.practice))
    return render(
        request, "claims/claim/claim.html", {**_editing(request, row, forms, _edit(request, row)), "repeat_form": form}
    )


def _told_before(request: PracticeRequest, row: Claim, forms: BillForms, edit: ConcurrentEdit) -> HttpResponse:
    """A second click, a second window, or a page from before: the claim has gone, and nothing happens twice.

    What was typed and is kept nowhere is shown once more.
    """
    is_submitted = row.submitted_at is not None and row.status not in {Status.REJECTED, Status.CANCELLED}
    sentence = f"This claim is “{row.status}” by now. Nothing was saved."
    if is_submitted:
        sentence = f"Claim {row.number} was submitted by {row.submitted_by} before this. What you typed was not sent."
    if not forms.is_valid() or forms.amended() != forms.bill:
        forms.head.add_error(None, f"{sentence} It stands below; copy what you still need.")
        return render(request, "claims/claim/claim.html", _editing(request, row, forms, edit))
    if is_submitted:
        messages.success(request, f"Claim {row.number} is submitted.")
    else:
        messages.warning(request, sentence)
    return redirect("claim", row.pk)


def _submit(request: PracticeRequest, row: Claim) -> None:
    with refusal_shown(request) as outcome:
        services.submit(actor_of(request), claim_id=row.pk)
    if not outcome.is_refused:
        messages.success(request, f"Claim {row.number} is submitted.")


def _edit(request: PracticeRequest, row: Claim) -> ConcurrentEdit:
    stored = _bill_forms(request, row)
    labels = {"diagnoses": "Diagnoses", "lines": "Lines"}
    return ConcurrentEdit(
        request, [row], stored.head, stored.diagnoses, stored.lines, but=("also_client",), labels=labels
    )


def _bill_forms(request: PracticeRequest, row: Claim, typed: QueryDict | None = None) -> BillForms:
    """The claim's form, as it stands or as it was typed."""
    return BillForms(validation.stored_bill(row), typed, known=queries.known_numbers(request.practice))


def _editing(request: PracticeRequest, row: Claim, forms: BillForms, edit: ConcurrentEdit) -> dict[str, Any]:
    today, events = dates.today(), queries.timeline(row)
    found = validation.problems_today(row, on=today)
    unlike = [problem for problem in found if agreement.is_difference(problem)]
    problems = with_links(row, [problem for problem in found if not agreement.is_difference(problem)])
    rejection = with_links(row, queries.latest_rejection(events)) if row.version > 1 else []
    sent = core_queries.last_sent(row)
    since_sent = bill_diff.diff_since_sent(row, sent)
    forms.show([*with_links(row, unlike), *problems], said_before=_still_said(row, sent, rejection))
    return {
        "claim": row,
        **_cover(row, forms),
        "bill": forms.bill,
        "forms": forms,
        "sections": forms.sections,
        "problems": problems,
        "blocking": core_problems.group_equal(problem for problem in problems if problem["severity"] == "blocks"),
        "advice": core_problems.group_equal(problem for problem in problems if problem["severity"] != "blocks"),
        "rejection": core_problems.group_equal(rejection),
        "numbers": forms.known,
        "events": events,
        "days_left": days_left(row, today),
        "edit": edit,
        "sent": sent,
        "since_sent": since_sent,
        "unlike": unlike,
        "paid": payments.paid_by_source(row.invoice),
        "repeat_form": RepeatForm() if any(_is_open_repeat(problem) for problem in problems) else None,
        "may_lift": has_permission(request, Permission.LIFT_BLOCKS),
        "since_collected": bill_diff.diff_since_built(row, on=today),
        "pair_refusal": _pair_refusal(row),
        "member_answer": _member_answer(row, validation.stored_bill(row)),
        **connection_status.connection_status(request.practice),
    }


def _is_open_repeat(problem: Mapping[str, Any]) -> bool:
    return bool(problem["code"] == REPEATED and problem["severity"] == "blocks")


def _still_said(row: Claim, sent: Outbox | None, rejection: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Healthcode said of the fields that still hold what was sent then."""
    if sent is None or sent.bill is None:
        return rejection
    changed = amendments.changed_paths(bill_diff.bill_from_snapshot(sent.bill), validation.stored_bill(row))
    return [problem for problem in rejection if problem["path"] not in changed]


def _cover(row: Claim, forms: BillForms) -> dict[str, Any]:
    """What a person has to choose of the client's policies, and what is used of the authorisation."""
    covered = cover.of_invoice(row.invoice)
    question = covered.policy_question
    if not question and not forms.bill.cover.authorisation_code:
        question = covered.authorisation_question
    first = {"policy": covered.policy.pk if covered.policy else ""}
    return {
        "cover_question": question,
        "cover_form": CoverChoiceForm(invoice=row.invoice, initial=first, auto_id="cover_%s") if question else None,
        "authorised": cover_check.use_of(row.invoice),
        "beyond": cover_check.beyond(row.invoice),
        "other_policy": cover_check.of_another_policy(row.invoice, forms.bill.cover.registration_number),
    }


def _standing(request: PracticeRequest, row: Claim) -> dict[str, Any]:
    status, events, bill = Status(row.status), queries.timeline(row), validation.stored_bill(row)
    refusal = core_problems.with_owner(queries.latest_rejection(events)) if status == Status.REJECTED else []
    health = connection_status.connection_status(request.practice)
    return {
        "claim": row,
        "bill": bill,
        "sheet": sections.filled_sections(bill),
        "events": events,
        "paid": payments.paid_by_source(row.invoice),
        "refusal": core_problems.group_equal(refusal),
        "standing": next_step(row, refusal),
        "member_answer": _member_answer(row, bill),
        "insurer": insurers.by_slug(row.insurer_slug),
        "is_asked_about": status in ASKED_ABOUT,
        "is_moving": queries.may_change_soon(row, timezone.now()),
        "seen": _seen(row, health["pause"]),
        "course": queries.sending_progress(row, health["connection"]),
        "may_correct": row.is_current and allowed(status, Event.CORRECT),
        "may_cancel": row.is_current and status in services.CANCELLABLE,
        "may_replace": row.is_current and (status in ENDED_UNPAID or status == Status.COLLECTED),
        "may_be_paid": row.is_current
        and status not in ASKED_ABOUT
        and (allowed(status, Event.PART_PAID) or allowed(status, Event.TAKEN_BACK)),
        "work_items": list(row.work_items.filter(settled_at=None)),
        "since_collected": bill_diff.diff_since_built(row, on=dates.today()) if refusal else [],
        "successor": None if row.is_current else row.replaced_by.order_by("-created_at").first(),
        **health,
    }


def _member_answer(row: Claim, bill: Bill) -> MemberListAnswer | None:
    """Return what the insurer's member list said of the client under the number that is on the claim."""
    number = bill.cover.registration_number
    return latest_member_answer(row.invoice.client, insurer_slug=row.insurer_slug, membership_number=number)


def _pair_refusal(row: Claim) -> str:
    """Return what is said before the claim goes, where its practitioner was refused for its insurer; else ""."""
    refused = mapping_refusals.refusal_of(row)
    return mapping_refusals.warning(refused, row.practitioner.name) if refused else ""


def _seen(row: Claim, pause: SendingPause | None) -> str:
    """What the page showed, as a short word: it changes when the page would."""
    moments = (row.status_at, row.last_checked_at, row.next_check_at)
    stamps = "-".join(str(int(moment.timestamp())) if moment else "" for moment in moments)
    why = f"{pause.title}{pause.next_try}" if pause else ""
    told = hashlib.sha256(f"{why}{row.waiting_reason}".encode()).hexdigest()[:8]
    count = row.events.count() + row.work_items.filter(settled_at=None).count()
    return f"{Status(row.status).name}-{stamps}-{told}-{count}"
