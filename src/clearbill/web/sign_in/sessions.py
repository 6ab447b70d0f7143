"""A session that nobody uses is locked, after twelve hours it is over, and a person sees and ends their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clearbill.people import sessions
from clearbill.people.models import User, UserSession
from clearbill.people.permissions import Permission
from clearbill.people.sessions import State
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.web.sign_in.forms import SignInForm

BY_ITSELF = "X-By-Itself"
"""What a page sends that asks by itself whether there is anything new: nobody need be there."""


class SessionLimitsMiddleware:
    """Lock a session that was not used, and end one that is over. Goes after the one that finds the practice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and request.session.session_key:
            self._limit(request, request.user)
        return self.get_response(request)

    def _limit(self, request: HttpRequest, user: User) -> None:
        now = timezone.now()
        row = _row_of(request, user, now=now)
        practice = getattr(request, "practice", None)
        state = sessions.state(row, idle_minutes=practice.idle_minutes if practice else 15, now=now)
        if state is State.OPEN:
            if BY_ITSELF not in request.headers:
                sessions.used(row, address=request.META.get("REMOTE_ADDR") or None, now=now)
            return
        if state is State.OVER:
            logout(request)
        else:
            request.locked = row  # type: ignore[attr-defined]
            request.user = AnonymousUser()
        request.practice = request.membership = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]


def began(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Write down that somebody has signed in with this browser."""
    _row_of(request, user, now=timezone.now())


def _row_of(request: HttpRequest, user: User, *, now: datetime) -> UserSession:
    return sessions.of_session(
        user,
        key=request.session.session_key or "",
        address=request.META.get("REMOTE_ADDR") or None,
        browser=request.META.get("HTTP_USER_AGENT", ""),
        now=now,
    )


def locked_row(request: HttpRequest) -> UserSession | None:
    """Return the locked session of this request, None where it is not locked."""
    return getattr(request, "locked", None)


def unlock(request: HttpRequest, form: SignInForm) -> bool:
    """Let the locked session go on with the right password of its person. False where it is another person's."""
    row = locked_row(request)
    if row is None or form.get_user() != row.user:
        return False
    sessions.unlock(row, now=timezone.now())
    request.user = row.user
    return True


@require_POST
@member_required(Permission.SEE, of_person=True)
def lock(request: PracticeRequest) -> HttpResponse:
    """Lock the session now: the page says that nobody has touched it for a while, and covers itself."""
    sessions.lock(request.user, key=request.session.session_key or "")
    return HttpResponse(status=204)


@require_safe
@member_required(Permission.SEE, of_person=True)
def session_list(request: PracticeRequest) -> HttpResponse:
    """Where the person is signed in."""
    rows = sessions.of_person(request.user, now=timezone.now())
    return render(request, "sign_in/sessions.html", {"rows": rows, "here": request.session.session_key})


@require_POST
@member_required(Permission.SEE, of_person=True)
def end(request: PracticeRequest, session_id: int) -> HttpResponse:
    """End one other session; this one ends by signing out."""
    if sessions.end(request.user, rows=_others(request).filter(pk=session_id), now=timezone.now()):
        messages.success(request, "That session is ended.")
    return redirect("sessions")


@require_POST
@member_required(Permission.SEE, of_person=True)
def end_others(request: PracticeRequest) -> HttpResponse:
    """End all sessions of the person but this one."""
    sessions.end(request.user, rows=_others(request), now=timezone.now())
    messages.success(request, "You are signed in here only.")
    return redirect("sessions")


def _others(request: PracticeRequest) -> QuerySet[UserSession]:
    rows = sessions.of_person(request.user, now=timezone.now())
    return rows.exclude(session_key=request.session.session_key)
