"""Who gets through which door of the team and the integrations: every address, every role, reading and changing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from clearbill.people.models import Invitation, Membership, Role
from clearbill.workspace.models import HealthcodeConnection
from tests import builders

pytestmark = pytest.mark.django_db
EVERYBODY = set(Role)
MANAGERS = {Role.OWNER, Role.ADMINISTRATOR}
AUDITORS = {*MANAGERS, Role.ACCOUNTANT}

# name of the address: (who may read it or None where it cannot be read, who may change, or None)
DOORS: dict[str, tuple[set[Role] | None, set[Role] | None]] = {
    "settings": (EVERYBODY, None),
    "practice-details": (EVERYBODY, MANAGERS),
    "security": (EVERYBODY, MANAGERS),
    "users": (EVERYBODY, EVERYBODY),
    "user-invite": (MANAGERS, MANAGERS),
    "user": (MANAGERS, MANAGERS),
    "practitioner-new": (MANAGERS, MANAGERS),
    "practitioner": (MANAGERS, MANAGERS),
    "invitation-resend": (None, MANAGERS),
    "invitation-withdraw": (None, MANAGERS),
    "integrations": (EVERYBODY, None),
    "healthcode": (EVERYBODY, None),
    "healthcode-connect": (MANAGERS, MANAGERS),
    "healthcode-test": (None, MANAGERS),
    "healthcode-disconnect": (MANAGERS, MANAGERS),
    "audit": (AUDITORS, None),
    "password": (EVERYBODY, EVERYBODY),
    "practice-switch": (None, EVERYBODY),
    "confirm": (EVERYBODY, EVERYBODY),
    "sessions": (EVERYBODY, None),
    "lock": (None, EVERYBODY),
    "session-end": (None, EVERYBODY),
    "sessions-end-others": (None, EVERYBODY),
    "mfa_index": (EVERYBODY, None),
    "mfa_activate_totp": (EVERYBODY, EVERYBODY),
    "mfa_add_webauthn": (EVERYBODY, EVERYBODY),
    "mfa_generate_recovery_codes": (EVERYBODY, EVERYBODY),
    "user-second-factor-reset": (None, MANAGERS),
}
# Of one's own app, passkey or codes: for everybody who has one, else there is no such page.
OF_WHAT_ONE_HAS = {"mfa_deactivate_totp", "mfa_remove_webauthn", "mfa_view_recovery_codes"}
OPEN_TO_ALL = {
    "sign-in",
    "sign-out",
    "password-forgotten",
    "password-forgotten-sent",
    "password-new",
    "invitation",
    "set-up",
    "account_login",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "passkey-options",
}


@pytest.fixture
def addresses(settings):
    """A practice with one of everything; returns its owner and the address behind each name."""
    settings.HEALTHCODE_SOAP_ENDPOINT = "http://127.0.0.1:9/HCWebServices/HCWebServices"
    owner = builders.member(builders.practice())
    practitioner = builders.practitioner(owner.practice)
    invitation = Invitation.objects.create(
        practice=owner.practice,
        email="ida@example.org",
        full_name="Ida",
        role=Role.RECEPTIONIST,
        secret_digest="0" * 64,
        invited_by=owner.user,
        expires_at=builders.NOW + timedelta(days=9000),
    )
    HealthcodeConnection.objects.create(
        practice=owner.practice,
        environment="test",
        site_id="HC0TEST",
        user_id="stand-in-user",
        api_key_encrypted="unreadable",
        connected_at=builders.NOW,
        connected_by=owner.user,
        tried_at=builders.NOW,
    )
    ids = {
        "session-end": [1],
        "user": [owner.pk],
        "user-second-factor-reset": [owner.pk],
        "practitioner": [practitioner.pk],
        "invitation-resend": [invitation.pk],
        "invitation-withdraw": [invitation.pk],
    }
    return owner, {name: reverse(name, args=ids.get(name)) for name in DOORS}


def test_the_table_above_names_every_address_of_the_team_and_the_integrations():
    from clearbill.web.sign_in import urls as people_urls
    from clearbill.web.workspace import urls as workspace_urls

    # The roles of these are held where their pages are tested.
    of_others = (workspace_urls.BUSINESS, workspace_urls.PRICES, workspace_urls.IMPORTS, workspace_urls.EXPORTS)
    others = {pattern.name for patterns in of_others for pattern in patterns}
    names = {pattern.name for pattern in [*people_urls.urlpatterns, *workspace_urls.urlpatterns]} - others
    assert names == set(DOORS) | OPEN_TO_ALL | OF_WHAT_ONE_HAS
    assert get_resolver().resolve("/settings/").url_name == "settings"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(DOORS))
def test_each_role_reads_and_changes_only_what_its_table_says(addresses, name, role):
    owner, by_name = addresses
    browser = builders.signed_in(builders.member(owner.practice, role))
    readers, changers = DOORS[name]
    for method, allowed in ((browser.get, readers), (browser.post, changers)):
        status = _status(method, by_name[name])
        if allowed is None:
            assert status == 405
        elif role in allowed:
            assert status in {200, 204, 302} or (name == "practice-switch" and status == 404)
        else:
            assert status == 403


@pytest.mark.parametrize("name", list(DOORS))
def test_nobody_gets_in_without_signing_in(addresses, name):
    _, by_name = addresses
    looked, sent = Browser().get(by_name[name]), Browser().post(by_name[name], {"full_name": "Mallory"})
    assert looked.status_code == 405 or looked["Location"].startswith("/sign-in?next=")
    assert sent.status_code == 405 or (sent.status_code == 401 and "Sign in" in sent.content.decode())


@pytest.mark.parametrize("name", ["user", "practitioner", "invitation-resend", "invitation-withdraw"])
def test_an_owner_of_another_practice_finds_nothing(addresses, name):
    _, by_name = addresses
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    for method in (stranger.get, stranger.post):
        assert _status(method, by_name[name]) in {404, 405}
    assert Membership.objects.count() == 2


def test_an_id_that_never_was_is_nothing(addresses):
    owner, _ = addresses
    assert builders.signed_in(owner).get(f"/settings/users/{uuid4()}").status_code == 404


def _status(method: Callable[..., object], address: str) -> int:
    return method(address).status_code  # type: ignore[attr-defined]
