"""Who may open an address is said at its view, for every address there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path

from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import member_required

OPEN = {
    "front": "leads to Today or to the sign-in and shows nothing",
    "favicon": "the icon; it knows no practice",
    "sign-in": "who signs in is not yet known",
    "sign-out": "only ends the session; somebody without a practice must be able to leave as well",
    "password-forgotten": "for a person who cannot sign in; the answer is the same for every address",
    "password-forgotten-sent": "the same words for everybody",
    "password-new": "the link in the e-mail is the proof",
    "invitation": "the link in the e-mail is the proof; the person invited has no practice yet",
    "set-up": "before there is a first user; asks for the code that only the terminal shows",
    "account_login": "the sign-in again, by the name that django-allauth knows it by",
    "mfa_authenticate": "the second step of a sign-in whose password was right",
    "mfa_login_webauthn": "the passkey is the proof",
    "passkey-options": "a number drawn at random, for a passkey to sign",
}
"""The addresses whose views are for people who are not members, by name, and why. /health, /ready and /metrics are no
addresses of this list: `server.health` answers them before any view."""


def _addresses(patterns: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns, f"{before}{one.pattern}")
        else:
            yield f"{before}{one.pattern}", one


def _without_permission(patterns: Any) -> list[tuple[str, str]]:
    """Return the names of the addresses whose view asks for no permission, and these addresses."""
    return [
        (one.name or "", address)
        for address, one in _addresses(patterns)
        if not isinstance(getattr(one.callback, "permission", None), Permission)
    ]


def test_every_address_is_for_members_or_open_for_a_reason() -> None:
    found = _without_permission(get_resolver().url_patterns)
    assert sorted(name for name, _ in found) == sorted(OPEN), found
    assert len(list(_addresses(get_resolver().url_patterns))) > 100


@pytest.mark.parametrize("name", ["anything", "front"])
def test_a_view_that_forgot_to_ask_is_found(name: str) -> None:
    def view(request: Any) -> Any: ...

    asked = path("asked", member_required(Permission.SEE)(view), name="asked")
    assert _without_permission([path("new", view, name=name), asked]) == [(name, "new")]
