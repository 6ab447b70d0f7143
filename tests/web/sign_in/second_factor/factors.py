"""Second factors for tests: an authenticator app whose codes are worked out here, by the published algorithm."""

from __future__ import annotations

import base64
import re
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.test import Client as Browser
from django.utils import timezone

from clearbill.people.models import Membership
from tests import builders

STEP_SECONDS = 30


def code_of(secret: str, at: datetime | None = None) -> str:
    """What an app shows that was given this key (RFC 6238, six digits, half a minute)."""
    moment = at or timezone.now()
    app = TOTP(base64.b32decode(secret), 6, SHA1(), STEP_SECONDS, enforce_key_length=False)
    return app.generate(moment.timestamp()).decode()


def set_up_app(browser: Browser) -> tuple[str, list[str]]:
    """Set up an app in this browser; return its key and the recovery codes."""
    page = browser.get("/account/second-factor/app").content.decode()
    secret = re.search(r'class="mono">([A-Z2-7]{32})<', page)[1]
    answer = browser.post("/account/second-factor/app", {"code": code_of(secret)}, follow=True)
    return secret, re.findall(r"<li>(\d{8})</li>", answer.content.decode())


def member_with_app(**given: str) -> tuple[Membership, str, list[str]]:
    member = builders.member(builders.practice(), **given)
    return member, *set_up_app(builders.signed_in(member))


def first_step(browser: Browser, email: str, **more: str):
    """E-mail and password; what is answered where a second step follows."""
    return browser.post("/sign-in", {"username": email, "password": builders.PASSWORD, **more})
