"""The pages for when something is not there, not allowed or went wrong, and while the database is away."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from clearbill.backups.folder_lock import RestoreUnderWay
from clearbill.server import database_down
from clearbill.server.database_down import SENTENCE, TRY_AGAIN_SECONDS
from clearbill.web.sign_in import form_recovery


def database_down_page(request: HttpRequest, fault: BaseException) -> HttpResponse:
    """Return the page, made without asking the database for anything: not even who is asking is known."""
    context = {
        "sentence": str(fault) if isinstance(fault, RestoreUnderWay) else SENTENCE,
        "typed": form_recovery.posted_form(request) if request.method == "POST" and _may_be_kept(request) else None,
        "was_sent": request.method == "POST",
        "here": request.get_full_path(),
        "csrf_token": get_token(request),
        "is_test": settings.HEALTHCODE_ENVIRONMENT == "test",
    }
    page = render_to_string("errors/database_down.html", context)
    return HttpResponse(page, status=503, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})


def _may_be_kept(request: HttpRequest) -> bool:
    """Return whether one of our own pages sent this, and to a page that keeps what is typed."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return bool(getattr(view, "keeps_typed", False)) and form_recovery.is_same_origin(request)


def _sorry(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "errors/error.html", {"title": title, "sentence": sentence}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sorry(request, 400, "That did not arrive as it should", "Go back, reload the page and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = str(exception) or "Your role in this practice does not allow that."
    return _sorry(request, 403, "Not for your role", sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page from before the last sign-in. One of our own keeps what was typed in it; anything else is refused."""
    view = request.resolver_match.func if request.resolver_match else None
    keeps = getattr(view, "keeps_typed", None)
    if form_recovery.is_same_origin(request) and keeps is not None:
        if not request.user.is_authenticated:
            return form_recovery.sign_in_first(request, keeps=keeps)
        if keeps and (again := form_recovery.resubmit_page(request, form_recovery.seal(request))):
            return again
    if form_recovery.is_same_origin(request) and request.path == settings.LOGIN_URL:
        return form_recovery.sign_in_again(request)
    return _sorry(
        request, 403, "The page was open for too long", "Nothing was saved. Go back, reload the page and send it again."
    )


def wrong_method(request: HttpRequest) -> HttpResponse:
    """An address that only takes a form was opened as a page."""
    return _sorry(request, 405, "This is not a page", "It is a step of a form. Go back to the page with the form.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sorry(
        request, 404, "There is nothing here", "The address may be mistyped, or the thing may be in another practice."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Something unforeseen happened; where it is the database's, the page says so and keeps what was typed."""
    fault = sys.exc_info()[1]
    if isinstance(fault, database_down.FAULTS):
        return database_down_page(request, fault)
    return _sorry(
        request,
        500,
        "Clearbill could not do that",
        "Nothing was half saved. Try again; if it happens again, tell whoever looks after this installation the time.",
    )
