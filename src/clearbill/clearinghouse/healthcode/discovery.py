"""Where Healthcode's services are: looked up by key, never written down."""

from __future__ import annotations

from typing import Any

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.connection import Clock, Connection
from clearbill.clearinghouse.healthcode.http import NOT_ANSWERING, HttpClient, TransportError
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import NotOffered, NotSent

FRESH_SECONDS = 3600.0


class Discovery:
    """The discovery document and the sign-in metadata, each read at most once an hour."""

    def __init__(self, connection: Connection, *, wire: HttpClient, clock: Clock) -> None:
        self._connection, self._wire, self._clock = connection, wire, clock
        self._documents: dict[str, tuple[float, dict[str, Any]]] = {}

    def url_of(self, key: str) -> str:
        """Return the address of a service. Raises NotSent where it cannot be looked up."""
        return self._look_up(self._connection.discovery_url, key)

    def token_url(self) -> str:
        """Return where tokens are given out. Raises NotSent where it cannot be looked up."""
        return self._look_up(self._connection.sign_in_address, "token_endpoint")

    def forget(self) -> None:
        """Forget what was read: the next question asks for it again."""
        self._documents.clear()

    def _look_up(self, address: str, key: str) -> str:
        url = json_text.text(self._document(address), key)
        if not url:
            raise NotOffered(f"Healthcode’s list of addresses does not name the service “{key}”.")
        return url

    def _document(self, address: str) -> dict[str, Any]:
        read_at, document = self._documents.get(address, (0.0, {}))
        if document and self._clock.seconds() - read_at < FRESH_SECONDS:
            return document
        try:
            reply = self._wire.get(address)
        except TransportError as exc:
            raise NotSent(f"{NOT_ANSWERING} Its list of addresses could not be read.") from exc
        if reply.status != 200:
            wait_seconds = reply.retry_after_seconds(self._clock.now())
            raise NotSent("Healthcode’s list of addresses could not be read.", retry_after_seconds=wait_seconds)
        try:
            document = json_text.read(reply.body)
        except Malformed as exc:
            raise NotSent("Healthcode’s list of addresses could not be read.") from exc
        self._documents[address] = (self._clock.seconds(), document)
        return document
