"""Which browsers somebody has signed in with: they may send files, others only what a form holds.

The server has to know before the body comes, without asking the database: so the browser keeps a signed cookie that
says no more than that. It outlives the session, so that what was sent just after its end is still received and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

GOOD_FOR_SECONDS = 90 * 24 * 60 * 60

_SALT = "clearbill.known-browser"

_KNOWN = "known"


def is_known(cookies: str) -> bool:
    """Return whether the header `Cookie` of a request holds our signature."""
    try:
        cookie = SimpleCookie(cookies).get(settings.KNOWN_BROWSER_COOKIE_NAME)
    except CookieError:
        return False
    return cookie is not None and _is_signed(cookie.value)


def _is_signed(value: str) -> bool:
    try:
        return signing.TimestampSigner(salt=_SALT).unsign(value, max_age=GOOD_FOR_SECONDS) == _KNOWN
    except signing.BadSignature:
        return False


class KnownBrowserMiddleware:
    """Give the cookie to every browser in which somebody is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not _is_signed(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
        ):
            response.set_cookie(
                settings.KNOWN_BROWSER_COOKIE_NAME,
                signing.TimestampSigner(salt=_SALT).sign(_KNOWN),
                max_age=GOOD_FOR_SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
