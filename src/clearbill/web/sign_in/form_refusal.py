"""The answer to a form that was shown to somebody else or in another practice: nothing is saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from clearbill.people.models import Practice
from clearbill.web.sign_in import form_recovery
from clearbill.web.sign_in.form_owner import HEADER, owner_of, sent_by


def refusal(request: HttpRequest, *, keeps_typed: bool, only_person: bool = False) -> HttpResponse | None:
    """Return the answer to a form that was shown to somebody else or in another practice; None for one's own.

    Nothing is saved then. The person whose form it is may send it in its own practice, with one press.
    With `only_person` any of the person's practices will do: what they change is their own.
    """
    owner, here = sent_by(request), owner_of(request)
    if owner is None or here is None or owner == here or (only_person and owner.user_id == here.user_id):
        return None
    is_own = owner.user_id == here.user_id
    mine: list[Any] = getattr(request, "memberships", [])
    other: Practice | None = next(
        (one.practice for one in mine if is_own and one.practice_id == owner.practice_id), None
    )
    sentence = _sentence(request, is_own=is_own, other=other)
    if request.headers.get("HX-Request") == "true":
        answer = render(request, "sign_in/other_owner_note.html", {"sentence": sentence}, status=409)
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#signed-out"
        answer["HX-Reswap"] = "outerHTML"
        return answer
    if request.headers.get(HEADER):
        return JsonResponse({"sentence": sentence, "overlap": False}, status=409)
    typed = form_recovery.posted_form(request) if other and keeps_typed else None
    return render(
        request, "sign_in/other_owner.html", {"sentence": sentence, "other": other, "typed": typed}, status=409
    )


def _sentence(request: HttpRequest, *, is_own: bool, other: Practice | None) -> str:
    here = getattr(request, "practice", None)
    if other:
        return f"This page was opened in {other}, and you work in {here} now. Nothing was saved."
    if is_own:
        return "This page was opened in a practice that you are no longer a member of. Nothing was saved."
    return "This page was opened while somebody else was signed in on this browser. Nothing was saved."
