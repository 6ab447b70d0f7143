"""Before a sensitive act the password is asked for, where it was not entered within the last quarter of an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.people.permissions import Permission
from clearbill.web.sign_in import form_recovery
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.web.sign_in.form_recovery import local_page
from clearbill.web.sign_in.forms import ConfirmForm

GOOD_FOR = timedelta(minutes=15)

_SESSION_KEY = "confirmed_at"

_FIELD = form_recovery.FIELD


def signed_in(request: HttpRequest, **kwargs: Any) -> None:
    """Whoever signs in has just shown who they are."""
    remember(request, now=timezone.now())


def remember(request: HttpRequest, *, now: datetime) -> None:
    """Keep in the session that the person has just shown who they are."""
    request.session[_SESSION_KEY] = now.isoformat()


def is_confirmed(request: HttpRequest, *, now: datetime) -> bool:
    """Return whether the person showed who they are within the last quarter of an hour."""
    at = request.session.get(_SESSION_KEY)
    return at is not None and now - GOOD_FOR <= datetime.fromisoformat(at) <= now


def confirmed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Ask for the password before the view where it was not entered lately. Goes under `member_required`.

    For pages whose form holds secrets: they are asked for it before they open, and keep nothing.
    """

    @wraps(view)
    def inside(request: PracticeRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _confirm_first(request, keeps_typed=False) or view(request, *args, **kwargs)

    return inside


def confirmed_to_change(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The same for what is saved (POST), which can be sent again after it; looking is free."""

    @wraps(view)
    def inside(request: PracticeRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = _confirm_first(request, keeps_typed=True) if request.method == "POST" else None
        return asked or view(request, *args, **kwargs)

    return inside


def _confirm_first(request: PracticeRequest, *, keeps_typed: bool) -> HttpResponse | None:
    """Return the page that asks for the password, None where it was entered lately."""
    if is_confirmed(request, now=timezone.now()):
        return None
    is_form = request.method == "POST"
    context = {
        "form": ConfirmForm(request=request),
        "typed": form_recovery.seal(request) if is_form and keeps_typed else "",
        "next": form_recovery.previous_page(request) if is_form else request.get_full_path(),
    }
    return render(request, "sign_in/confirm.html", context, status=401 if is_form else 200)


@member_required(Permission.SEE, keeps_typed=False, of_person=True)
def confirm(request: PracticeRequest) -> HttpResponse:
    """Take the password and go on to what the person was about to do."""
    form = ConfirmForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        remember(request, now=timezone.now())
        again = form_recovery.resubmit_page(request, request.POST.get(_FIELD, ""))
        return again or redirect(local_page(request) or "today")
    context = {"form": form, "typed": request.POST.get(_FIELD, ""), "next": local_page(request)}
    return render(request, "sign_in/confirm.html", context)
