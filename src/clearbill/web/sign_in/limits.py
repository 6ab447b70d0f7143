"""What is tried in which browser, for the limits of guessing; and which browsers are a person's own.

A browser in which somebody has signed in keeps a signed cookie that says so for each of up to five people, by a digest
of their e-mail address. It lets nobody in; it only has a count of its own (`people.sign_in_limits`).
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from clearbill.bill import dates
from clearbill.people.sign_in_limits import Attempt, TooMany

GOOD_FOR_SECONDS = 180 * 24 * 60 * 60

MOST_PEOPLE = 5

_SALT = "clearbill.own-browser"


def attempt_of(request: HttpRequest, *, kind: str, email: str) -> Attempt:
    """Return what is tried with this request, for the person with this e-mail address."""
    email = email.strip().lower()
    known = _known(request)
    device = known["device"] if _digest(email) in known["people"] else ""
    return Attempt(kind=kind, email=email, address=request.META.get("REMOTE_ADDR") or None, device=device)


def remember_own_browser(request: HttpRequest, response: HttpResponse, *, email: str) -> None:
    """Let this browser be known as one of the person's own."""
    known = _known(request)
    people = [_digest(email), *(one for one in known["people"] if one != _digest(email))][:MOST_PEOPLE]
    response.set_cookie(
        settings.OWN_BROWSER_COOKIE_NAME,
        signing.dumps({"device": known["device"] or secrets.token_urlsafe(16), "people": people}, salt=_SALT),
        max_age=GOOD_FOR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def refusal(too_many: TooMany) -> ValidationError:
    """Return what a person is told who has to wait."""
    return ValidationError(f"There were too many wrong tries. Try again after {dates.show_time(too_many.until)}.")


def _known(request: HttpRequest) -> dict[str, Any]:
    try:
        found = signing.loads(
            request.COOKIES.get(settings.OWN_BROWSER_COOKIE_NAME, ""), salt=_SALT, max_age=GOOD_FOR_SECONDS
        )
    except signing.BadSignature:
        return {"device": "", "people": []}
    return {"device": str(found["device"]), "people": list(found["people"])}


def _digest(email: str) -> str:
    return salted_hmac(_SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:32]
