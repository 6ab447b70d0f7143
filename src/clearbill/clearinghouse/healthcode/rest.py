"""One question to Healthcode's REST services, with everything each of them needs: address, token, headers, retries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from clearbill.clearinghouse.healthcode import json_text
from clearbill.clearinghouse.healthcode.connection import Clock, Connection
from clearbill.clearinghouse.healthcode.contract import Contract
from clearbill.clearinghouse.healthcode.discovery import Discovery
from clearbill.clearinghouse.healthcode.http import MOVED, NOT_ANSWERING, HttpClient, Reply, TransportError
from clearbill.clearinghouse.healthcode.token import TokenSource
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import (
    BillRejected,
    ClearingError,
    ClearingMessage,
    CredentialsRefused,
    NotOffered,
    NotPermitted,
    NotSent,
)
from clearbill.clearinghouse.remittance import PagedList

MOST_PAGES = 1000

UNREADABLE = "Healthcode’s answer could not be read. Ask again later; if it happens again, tell whoever runs Clearbill."

Entry = TypeVar("Entry")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: `form` goes by POST; without one it is a GET with `query`."""

    operation: str
    key: str
    path: str = ""
    form: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonReply:
    """An answer; `unfinished`: the question was taken, and the answer to it is still to come."""

    document: dict[str, Any]
    body: bytes = field(default=b"", repr=False)
    unfinished: bool = False
    retry_after_seconds: float | None = None


class RestService:
    """Asks questions; every failure is one of the port's. No answer of it changes anything at the clearing house."""

    def __init__(self, connection: Connection, *, wire: HttpClient, contract: Contract, clock: Clock) -> None:
        self._connection, self._wire, self._contract, self._clock = connection, wire, contract, clock
        self._discovery = Discovery(connection, wire=wire, clock=clock)
        self._session = TokenSource(connection, wire=wire, discovery=self._discovery, clock=clock)

    def ask(self, question: Question) -> JsonReply:
        """Return the answer. Raises Refused, NotSent or CredentialsRefused."""
        started, outcome = self._clock.seconds(), "answered"
        try:
            return self._answer(question)
        except ClearingError as failure:
            outcome = type(failure).__name__
            raise
        finally:
            logger.info("healthcode %s: %s in %.2f s", question.operation, outcome, self._clock.seconds() - started)

    def all_pages(self, question: Question, read: Callable[[dict[str, Any]], list[Entry]]) -> PagedList[Entry]:
        """Return what `read` finds on every page of a list asked for by a form.

        Raises as `ask`, and NotSent for an unreadable page.
        """
        found: list[Entry] = []
        last: list[Entry] = []
        received: list[bytes] = []
        for number in range(1, MOST_PAGES + 1):
            reply = self.ask(replace(question, form={**(question.form or {}), **self._contract.page_form(number)}))
            try:
                entries = read(reply.document)
            except Malformed as exc:
                raise NotSent(UNREADABLE) from exc
            if not entries or entries == last:
                # The second: a house that does not page gives the same entries again.
                break
            found.extend(entries)
            received.append(reply.body)
            last = entries
            page = self._contract.read_page(reply.document)
            if page.ends_with(len(found), len(entries)):
                break
        return PagedList(found, received=received)

    def _answer(self, question: Question) -> JsonReply:
        if not self._connection.signs_in:
            raise CredentialsRefused(
                "Member enquiry, remittances and code lists need the API Key Id and its API Key. "
                "Enter both on the connection page.",
                credential="api_key_id",
            )
        try:
            reply = self._signed(question)
            if reply.status in (*MOVED, 404, 410):
                # The service may have moved since its address was read.
                self._discovery.forget()
                reply = self._signed(question)
        except TransportError as exc:
            raise NotSent(f"{NOT_ANSWERING} Ask again in a few minutes.") from exc
        return self._read(reply)

    def _signed(self, question: Question) -> Reply:
        reply = self._once(question)
        if reply.status == 401:
            self._session.forget()
            reply = self._once(question)
        return reply

    def _once(self, question: Question) -> Reply:
        url = self._discovery.url_of(question.key).rstrip("/") + question.path
        headers = {
            "Authorization": f"Bearer {self._session.token()}",
            "SU-SiteId": self._connection.site_id,
            "HC-API-Version": self._contract.API_VERSION,
            "Accept": "application/fhir+json, application/json",
        }
        if question.form is None:
            headers["Content-Type"] = "application/fhir+json"
            return self._wire.get(f"{url}?{urlencode(question.query)}" if question.query else url, headers=headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._wire.ask("POST", url, headers=headers, content=urlencode(question.form).encode())

    def _read(self, reply: Reply) -> JsonReply:
        wait_seconds = reply.retry_after_seconds(self._clock.now())
        if reply.status in (200, 201, 202):
            try:
                document = json_text.read(reply.body)
            except Malformed as exc:
                raise NotSent(UNREADABLE) from exc
            return JsonReply(
                document=document, body=reply.body, unfinished=reply.status == 202, retry_after_seconds=wait_seconds
            )
        if reply.status == 401:
            raise CredentialsRefused(
                "Healthcode did not take the sign-in with the API Key Id and its API Key.", credential="api_key_id"
            )
        if reply.status == 403:
            raise NotPermitted(
                "Healthcode does not let this Site ID use this service with this API Key. "
                "Ask Healthcode whether the service is part of the practice’s subscription.",
                credential="site_id",
            )
        if reply.status in (400, 422):
            raise BillRejected("Healthcode did not take the question as it was asked.", messages=self._issues(reply))
        if reply.status == 429:
            raise NotSent("Healthcode asks us to wait before asking again.", retry_after_seconds=wait_seconds)
        if reply.status in (404, 410):
            raise NotOffered(f"{NOT_ANSWERING} Ask again in a few minutes.")
        raise NotSent(f"{NOT_ANSWERING} Ask again in a few minutes.", retry_after_seconds=wait_seconds)

    def _issues(self, reply: Reply) -> tuple[ClearingMessage, ...]:
        try:
            return self._contract.read_issues(json_text.read(reply.body))
        except Malformed:
            return ()
