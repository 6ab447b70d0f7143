"""Connect to Healthcode, try the connection again, disconnect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clearinghouse import healthcode
from clearbill.clearinghouse.port import ClearingHouse, ConnectionTest
from clearbill.people.actor import Actor
from clearbill.people.encryption import DecryptionFailed, decrypt, encrypt
from clearbill.people.models import Practice
from clearbill.workspace.models import HealthcodeConnection


def stored_connection(practice: Practice) -> HealthcodeConnection | None:
    """Return the practice's connection, or None while it has not connected."""
    return HealthcodeConnection.objects.filter(practice=practice).first()


def client_with(
    *, site_id: str, user_id: str, api_key: str, api_key_id: str = "", rest_api_key: str = ""
) -> ClearingHouse:
    """Return the clearing house of this installation, spoken to with these credentials."""
    return healthcode.connect(
        healthcode.Connection(
            environment="live" if settings.HEALTHCODE_ENVIRONMENT == "live" else "test",
            site_id=site_id,
            user_id=user_id,
            api_key=api_key,
            api_key_id=api_key_id,
            rest_api_key=rest_api_key,
            soap_endpoint=settings.HEALTHCODE_SOAP_ENDPOINT,
            discovery_url=settings.HEALTHCODE_DISCOVERY_URL,
            contract_version=settings.HEALTHCODE_CONTRACT,
            sign_in_url=settings.HEALTHCODE_SIGN_IN_URL,
            allowed_test_hosts=tuple(settings.HEALTHCODE_TEST_HOSTS),
            reply_seconds=settings.HEALTHCODE_REPLY_SECONDS,
        )
    )


def client_of(connection: HealthcodeConnection) -> ClearingHouse:
    """Return the clearing house for a stored connection. Raises DecryptionFailed."""
    return client_with(
        site_id=connection.site_id,
        user_id=connection.user_id,
        api_key=decrypt(connection.api_key_encrypted),
        api_key_id=connection.api_key_id,
        rest_api_key=decrypt(connection.rest_api_key_encrypted),
    )


def status_word(connection: HealthcodeConnection | None) -> str:
    """Return the word for the connection's chip."""
    if connection is None:
        return "Not connected"
    if connection.refusal:
        return "Refused"
    return "Not answering" if connection.not_answering_since else "Connected"


NOT_ANSWERING = "Healthcode is not answering."


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What Healthcode gave the practice. The second pair is for member search and remittances; "" without it."""

    site_id: str
    user_id: str
    api_key: str = field(repr=False)
    api_key_id: str = ""
    rest_api_key: str = field(default="", repr=False)


class ConnectionRefused(Refused):
    """Healthcode did not take the credentials or did not answer; `trial` says which. Nothing was saved."""

    def __init__(self, trial: ConnectionTest) -> None:
        super().__init__("Nothing was saved.")
        self.trial = trial


def connect(
    actor: Actor, *, credentials: Credentials, open_house: Callable[..., ClearingHouse] = client_with
) -> HealthcodeConnection:
    """Try the credentials for real; keep them, encrypted, where Healthcode takes all of them.

    Raises ConnectionRefused.
    """
    house = open_house(
        site_id=credentials.site_id,
        user_id=credentials.user_id,
        api_key=credentials.api_key,
        api_key_id=credentials.api_key_id,
        rest_api_key=credentials.rest_api_key,
    )
    trial = _tried(house)
    if not trial.ok:
        raise ConnectionRefused(trial)
    with transaction.atomic():
        before = stored_connection(actor.practice)
        row, _ = HealthcodeConnection.objects.update_or_create(
            practice=actor.practice,
            defaults={
                **_columns(credentials),
                "connected_by": actor.person,
                "connected_at": actor.now,
                "tried_at": actor.now,
            },
        )
        actor.audit(
            "replaced the keys of Healthcode" if before else "connected to Healthcode",
            row,
            label="Healthcode",
            changes=_told(before, row),
        )
    return row


def retest(actor: Actor, *, open_house: Callable[[HealthcodeConnection], ClearingHouse] = client_of) -> ConnectionTest:
    """Try the stored credentials and keep what came of it. Raises DecryptionFailed,
    and HealthcodeConnection.DoesNotExist where there are none.
    """
    row = HealthcodeConnection.objects.get(practice=actor.practice)
    try:
        trial = _tried(open_house(row))
    except DecryptionFailed as exc:
        _keep(actor, row, refusal=str(exc), is_answering=True)
        raise
    wrong = [step for step in trial.steps if not step.ok]
    refusal = next((step.sentence for step in wrong if step.credential != "address"), "")
    _keep(actor, row, refusal=refusal, is_answering=not any(step.credential == "address" for step in wrong))
    return trial


def disconnect(actor: Actor) -> None:
    """Delete the stored credentials. Claims stay as they are; those not yet sent wait for a new connection."""
    with transaction.atomic():
        row = HealthcodeConnection.objects.filter(practice=actor.practice).first()
        if row is None:
            return
        changes = {"site ID": [row.site_id, ""], "user ID": [row.user_id, ""]}
        actor.audit("disconnected from Healthcode", row, label="Healthcode", changes=changes)
        row.delete()


def _tried(house: ClearingHouse) -> ConnectionTest:
    try:
        return house.try_connection()
    finally:
        house.close()


def _columns(credentials: Credentials) -> dict[str, object]:
    return {
        "environment": settings.HEALTHCODE_ENVIRONMENT,
        "site_id": credentials.site_id,
        "user_id": credentials.user_id,
        "api_key_encrypted": encrypt(credentials.api_key),
        "api_key_id": credentials.api_key_id,
        "rest_api_key_encrypted": encrypt(credentials.rest_api_key),
        "refusal": "",
        "not_answering_since": None,
        "failures": 0,
        "paused_until": None,
    }


def _told(before: HealthcodeConnection | None, row: HealthcodeConnection) -> dict[str, list[str]]:
    """Return what the trail may say: who we are at Healthcode, never a key."""
    named = {"site ID": "site_id", "user ID": "user_id", "API Key Id": "api_key_id", "environment": "environment"}
    pairs = {name: [str(getattr(before, column, "")), str(getattr(row, column))] for name, column in named.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _keep(actor: Actor, row: HealthcodeConnection, *, refusal: str, is_answering: bool) -> None:
    with transaction.atomic():
        if is_answering:
            row.refusal, row.not_answering_since, row.failures = refusal[:300], None, 0
        else:
            row.not_answering_since = row.not_answering_since or actor.now
        # Whoever tries by hand wants to see at once what comes of it.
        row.tried_at, row.paused_until = actor.now, None
        row.save(update_fields=["refusal", "not_answering_since", "failures", "tried_at", "paused_until"])
        outcome = refusal or ("Healthcode took everything." if is_answering else NOT_ANSWERING)
        actor.audit("tested the connection", row, label="Healthcode", changes={"outcome": outcome})


ClientFactory = Callable[[HealthcodeConnection], ClearingHouse]
