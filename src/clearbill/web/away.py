"""The answer while the database is away, full or held by somebody else: what was typed is in it, to be sent again."""

from __future__ import annotations

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from clearbill.backups.in_use import RestoreUnderWay
from clearbill.people import typed

FAULTS = (OperationalError, InterfaceError)
TRY_AGAIN_SECONDS = 5
SENTENCE = "Clearbill cannot use its database just now. It looks after itself: try again in a moment."


def answer(request: HttpRequest, fault: BaseException) -> HttpResponse:
    """Return the page, made without asking the database for anything: not even who is asking is known."""
    context = {
        "sentence": str(fault) if isinstance(fault, RestoreUnderWay) else SENTENCE,
        "typed": typed.sent(request) if request.method == "POST" and _may_be_kept(request) else None,
        "was_sent": request.method == "POST",
        "here": request.get_full_path(),
        "csrf_token": get_token(request),
        "version": settings.VERSION,
        "is_test": settings.HEALTHCODE_ENVIRONMENT == "test",
    }
    page = render_to_string("web/away.html", context)
    return HttpResponse(page, status=503, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})


def _may_be_kept(request: HttpRequest) -> bool:
    """Say whether one of our own pages sent this, and to a page that keeps what is typed."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return bool(getattr(view, "keeps_typed", False)) and typed.came_from_here(request)
