"""A second factor that the practice demands: every page says by when, and after that day nothing goes without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from clearbill.bill import dates
from clearbill.people.models import Membership
from clearbill.people.sign_in import second_factor_demand
from clearbill.web.sign_in import form_recovery


class SecondFactorMiddleware:
    """Say by when a second factor is demanded of the person; after that day, first lead to where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]
    ) -> HttpResponse | None:
        membership: Membership | None = getattr(request, "membership", None)
        if membership is None:
            return None
        today = dates.uk_day(timezone.now())
        due_on = second_factor_demand.due_on(membership, today=today)
        request.second_factor_due_on = due_on  # type: ignore[attr-defined]
        is_of_person = getattr(view, "of_person", True)
        if due_on is None or today <= due_on or is_of_person:
            return None
        return _set_up_first(request, keeps_typed=bool(getattr(view, "keeps_typed", False)))


def _set_up_first(request: HttpRequest, *, keeps_typed: bool) -> HttpResponse:
    there = reverse("mfa_index")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": there})
    if request.method != "POST" or not keeps_typed:
        return redirect(there)
    typed = form_recovery.posted_form(request)
    context = {"typed": typed, "is_demanded": True, "work_in": request.membership.practice_id}  # type: ignore[attr-defined]
    return render(request, "sign_in/send_again.html", context, status=403)
