"""The front door, Today, the search, and the pages for when something is not there."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.people import typed
from clearbill.people.access import PracticeRequest, door
from clearbill.web import away, queries


def front(request: HttpRequest) -> HttpResponse:
    """Lead to Today, or to the sign-in."""
    return redirect("today" if request.user.is_authenticated else "sign-in")


def favicon(request: HttpRequest) -> HttpResponse:
    return redirect("/static/clearbill/icon.svg", permanent=True)


@door()
def today(request: PracticeRequest) -> HttpResponse:
    return render(request, "web/today.html", queries.today(request.practice, now=timezone.now()))


@door()
def search(request: PracticeRequest) -> HttpResponse:
    """Look for clients, invoices and claims. By POST: a name or membership number never stands in an address."""
    text = " ".join(request.POST.get("q", "").replace("\x00", "").split())[:80]
    return render(request, "web/search.html", {"text": text, **queries.search(request.practice, text)})


def _sorry(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "web/sorry.html", {"title": title, "sentence": sentence}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sorry(request, 400, "That did not arrive as it should", "Go back, reload the page and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = str(exception) or "Your role in this practice does not allow that."
    return _sorry(request, 403, "Not for your role", sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page from before the last sign-in. One of our own keeps what was typed in it; anything else is refused."""
    view = request.resolver_match.func if request.resolver_match else None
    keeps = getattr(view, "keeps_typed", None)
    if typed.came_from_here(request) and keeps is not None:
        if not request.user.is_authenticated:
            return typed.sign_in_first(request, keeps=keeps)
        if keeps and (again := typed.send_again(request, typed.seal(request))):
            return again
    if typed.came_from_here(request) and request.path == settings.LOGIN_URL:
        return typed.sign_in_again(request)
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
    if isinstance(fault, away.FAULTS):
        return away.answer(request, fault)
    return _sorry(
        request,
        500,
        "Clearbill could not do that",
        "Nothing was half saved. Try again; if it happens again, tell whoever looks after this installation the time.",
    )
