"""The letter that disputes a deduction: written from a proposed text, kept as it was sent, printed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.claims.models import Claim
from clearbill.invoicing.papers.pdf import PdfDocument
from clearbill.money.shortfalls import holds, letters, list_queries, queries
from clearbill.money.shortfalls import letters as shortfalls_letters
from clearbill.money.shortfalls.models import Letter
from clearbill.money.shortfalls.shortfall import Deduction
from clearbill.people.permissions import Permission
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.money.shortfalls.forms import LetterForm, in_a_month
from clearbill.web.pdf import as_pdf
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@member_required(Permission.RECORD_MONEY)
def new(request: PracticeRequest, claim_id: UUID) -> HttpResponse:
    """Write a letter about what is left to decide; `of` in the address names the deduction it was opened from."""
    row = get_own_or_404(list_queries.claims_with_details(request.practice), request.practice, claim_id)
    card = queries.shortfall_on(row.invoice)
    left = [one for one in card.deductions if one.left]
    if request.method == "POST":
        return _save(request, row, left)
    if not left:
        messages.warning(request, "Nothing is left to dispute on this claim.")
        return redirect("shortfall", row.pk)
    chosen = [one for one in left if one.token == request.GET.get("of")] or left
    form = LetterForm(
        left=left,
        initial={
            "deductions": [one.token for one in chosen],
            "text": letters.proposed_text(chosen),
            "come_back_on": in_a_month(),
        },
    )
    return _page(request, row, form, left)


@member_required(Permission.SEE_CLINICAL)
def letter(request: PracticeRequest, letter_id: UUID) -> HttpResponse:
    """The letter as it was sent."""
    row = _find(request, letter_id)
    return render(request, "money/shortfalls/letter.html", {"letter": row, "facts": row.facts})


@as_pdf("shortfall-letter")
def letter_pdf(request: PracticeRequest, letter_id: UUID) -> PdfDocument:
    return shortfalls_letters.letter_pdf(_find(request, letter_id))


def _find(request: PracticeRequest, letter_id: UUID) -> Letter:
    return get_own_or_404(Letter.objects.select_related("claim__invoice", "by"), request.practice, letter_id)


def _save(request: PracticeRequest, row: Claim, left: list[Deduction]) -> HttpResponse:
    form = LetterForm(request.POST, left=left)
    once = form["once"].value()
    if not left and once and (sent := Letter.objects.filter(practice=request.practice, claim=row, pk=once).first()):
        return redirect("shortfall-letter", sent.pk)
    if not form.is_valid():
        return _page(request, row, form, left)
    given = form.cleaned_data
    with refusal_shown(request, form) as outcome:
        made = holds.dispute(
            actor_of(request),
            claim=row,
            keys=[one.key for one in left if one.token in given["deductions"]],
            text=given["text"],
            come_back_on=given["come_back_on"],
            letter_id=given["once"],
        )
    if outcome.is_refused:
        return _page(request, row, form, left)
    messages.success(request, "The letter is kept as it stands here. Open the PDF, print it and send it.")
    return redirect("shortfall-letter", made.pk)


def _page(request: PracticeRequest, row: Claim, form: LetterForm, left: list[Deduction]) -> HttpResponse:
    chosen = {str(token) for token in form["deductions"].value() or []}
    context = {
        "claim": row,
        "form": form,
        "choices": [{"one": one, "is_chosen": one.token in chosen} for one in left],
        "facts": letters.letter_facts(row, queries.shortfall_on(row.invoice)),
    }
    return render(request, "money/shortfalls/letter_form.html", context)
