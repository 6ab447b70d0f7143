"""Put the practice in which a person works on the request, and lead from a client's merged record to what it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from clearbill.clients.merges import MergedAway, survivor_of
from clearbill.clients.models import Client
from clearbill.people.models import Membership, User
from clearbill.web.errors import wrong_method
from clearbill.web.sign_in import form_recovery
from clearbill.web.sign_in.access import has_permission
from clearbill.web.sign_in.form_owner import SESSION_KEY, owner_of, sent_by


class PracticeMiddleware:
    """Set `request.practice` and `request.membership`: that of this session, else the last one, else the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = self._membership(request, request.user) if isinstance(request.user, User) else None
        request.membership = membership  # type: ignore[attr-defined]
        request.practice = membership.practice if membership else None  # type: ignore[attr-defined]
        return self.get_response(request)

    def _membership(self, request: HttpRequest, user: User) -> Membership | None:
        mine = list(
            Membership.objects.filter(user=user, is_active=True)
            .select_related("practice", "user")
            .order_by("practice__name")
        )
        request.memberships = mine  # type: ignore[attr-defined]
        for chosen in (request.session.get(SESSION_KEY), str(user.last_practice_id)):
            if found := next((one for one in mine if str(one.practice_id) == chosen), None):
                return found
        return mine[0] if mine else None


class MergedClientMiddleware:
    """Lead every address of a client's record that was merged into another one to the same page of that one.

    A form is not taken over: it is answered with what happened, and can be sent there with one press.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]
    ) -> HttpResponse | None:
        practice = getattr(request, "practice", None)
        if practice is None or "client_id" not in given or not has_permission(request, view.permission):  # type: ignore[attr-defined]
            return None
        rows = Client.objects.filter(practice=practice, pk=given["client_id"], merged_into__isnull=False)
        row = rows.select_related("merged_into").first()
        if row is None:
            return None
        refusal = MergedAway(survivor_of(row))
        there = _same_page(request, given | {"client_id": refusal.survivor.pk})
        if request.method != "POST":
            messages.info(request, f"{row.number} was merged into this record.")
            return redirect(there)
        if sent_by(request) not in (None, owner_of(request)):
            return None
        return _not_taken(request, refusal, there, keeps_typed=bool(getattr(view, "keeps_typed", False)))


def _same_page(request: HttpRequest, given: Mapping[str, Any]) -> str:
    match = request.resolver_match
    query = request.GET.urlencode()
    address = reverse(match.view_name if match else "clients", kwargs=dict(given))
    return f"{address}?{query}" if query else address


def _not_taken(request: HttpRequest, refusal: MergedAway, there: str, *, keeps_typed: bool) -> HttpResponse:
    context: dict[str, Any] = {"sentence": str(refusal), "survivor": refusal.survivor}
    if request.headers.get("HX-Request") == "true":
        answer = render(request, "components/merged_away_note.html", context, status=409)
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#signed-out"
        answer["HX-Reswap"] = "outerHTML"
        return answer
    typed = replace(form_recovery.posted_form(request), to=there) if keeps_typed else None
    return render(request, "components/merged_away.html", context | {"typed": typed}, status=409)


class NoStoreMiddleware:
    """Pages hold health data: no browser or proxy keeps a copy. A form's step opened as a page says what it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            response.content = wrong_method(request).content
        response.headers.setdefault("Cache-Control", "no-store")
        return response
