"""Signing in to Healthcode's REST services: a token by client credentials, kept until shortly before it ends."""

from __future__ import annotations

from base64 import b64encode

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.connection import Clock, Connection
from clearbill.clearinghouse.healthcode.discovery import Discovery
from clearbill.clearinghouse.healthcode.http import NOT_ANSWERING, HttpClient, Reply, TransportError
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import CredentialsRefused, NotSent

EARLY_SECONDS = 60.0

SHORTEST_LIFE_SECONDS = 300


class TokenSource:
    """The token of one connection."""

    def __init__(self, connection: Connection, *, wire: HttpClient, discovery: Discovery, clock: Clock) -> None:
        self._connection, self._wire, self._discovery, self._clock = connection, wire, discovery, clock
        self._token: str | None = None
        self._good_until = 0.0

    def token(self) -> str:
        """Return a token that still holds. Raises CredentialsRefused or NotSent."""
        if self._token is None or self._clock.seconds() >= self._good_until:
            return self._renew()
        return self._token

    def forget(self) -> None:
        """Ask for a new token at the next question."""
        self._token = None

    def _renew(self) -> str:
        started = self._clock.seconds()
        pair = f"{self._connection.api_key_id}:{self._connection.rest_api_key}"
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        url = self._discovery.token_url()
        try:
            reply = self._wire.ask("POST", url, headers=headers, content=b"grant_type=client_credentials")
        except TransportError as exc:
            raise NotSent(f"{NOT_ANSWERING} Signing in was not possible.") from exc
        token, life_seconds = self._read(reply)
        self._token, self._good_until = token, started + life_seconds - EARLY_SECONDS
        return token

    def _read(self, reply: Reply) -> tuple[str, int]:
        if reply.status in (400, 401, 403):
            raise CredentialsRefused(
                "Healthcode did not take the API Key Id with its API Key. Check that both belong together.",
                credential="api_key_id",
            )
        if reply.status != 200:
            wait_seconds = reply.retry_after_seconds(self._clock.now())
            raise NotSent(f"{NOT_ANSWERING} Signing in was not possible.", retry_after_seconds=wait_seconds)
        try:
            document = json_text.read(reply.body)
        except Malformed as exc:
            raise NotSent("Healthcode’s answer to the sign-in could not be read.") from exc
        token, life = json_text.text(document, "access_token"), json_text.text(document, "expires_in")
        if not token:
            raise NotSent("Healthcode’s answer to the sign-in could not be read.")
        return token, int(life) if life.isascii() and life.isdigit() else SHORTEST_LIFE_SECONDS
