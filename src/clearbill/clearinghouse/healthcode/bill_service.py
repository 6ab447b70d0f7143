"""The bill service: send a bill once, ask where one stands, and put every failure under the name of its next act."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from clearbill.clearinghouse.healthcode.connection import Clock, Connection
from clearbill.clearinghouse.healthcode.contract import Answer, Contract, Fault, Login, Request
from clearbill.clearinghouse.healthcode.http import NOT_ANSWERING, HttpClient, Reply, TransportError
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import (
    BillKey,
    BillRejected,
    ClearingError,
    ClearingMessage,
    ClearingStatus,
    CredentialsRefused,
    Exchange,
    NotSent,
    Receipt,
    ReplyLost,
    StatusReport,
)

LONGEST_REFERENCE = 25

FARTHEST_AHEAD = timedelta(days=31)

"""Clocks may differ; a date further ahead than this is a mistake."""

LOST = "Healthcode’s reply was lost: the bill may or may not have arrived."

UNREADABLE = "Healthcode’s answer could not be read ({why}): the bill may or may not have arrived."

NO_STATUS = f"{NOT_ANSWERING} The status of the bill is still not known."

_CREDENTIAL_SENTENCES = {
    "site_id": "Healthcode refused access for this Site ID. Check it, and that the practice’s subscription is active.",
    "user_id": "Healthcode knows the site, but not this User ID for it.",
    "api_key": "Healthcode knows the site, but the User ID and the API key do not fit together.",
}

logger = logging.getLogger(__name__)


class BillService:
    """Speaks to the bill service of one connection."""

    def __init__(self, connection: Connection, *, wire: HttpClient, contract: Contract, clock: Clock) -> None:
        self._connection, self._wire, self._contract, self._clock = connection, wire, contract, clock

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        """Send a prepared bill once, never twice. Raises BillRejected, NotSent, CredentialsRefused or ReplyLost."""
        if not 0 < len(reference) <= LONGEST_REFERENCE:
            raise ValueError(f"A reference has 1 to {LONGEST_REFERENCE} characters.")
        request = self._submit_request(document, reference=reference, at=at)
        started = self._clock.seconds()
        try:
            receipt = self._submit(request, at=at)
        except ClearingError as failure:
            self._log(request, type(failure).__name__, started)
            raise
        self._log(request, "Receipt", started)
        return receipt

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        """Ask where one bill stands. Raises NotSent, CredentialsRefused or ReplyLost."""
        reference = secrets.token_hex(LONGEST_REFERENCE // 2)
        request = self._contract.status_request(key, login=self._login(), reference=reference, at=at)
        started = self._clock.seconds()
        try:
            report = self._status(request, at=at)
        except ClearingError as failure:
            self._log(request, type(failure).__name__, started)
            raise
        self._log(request, report.status.value, started)
        return report

    def _submit_request(self, document: bytes, *, reference: str, at: datetime) -> Request:
        try:
            request = self._contract.submit_request(document, login=self._login(), reference=reference, at=at)
        except Malformed:
            text = "The prepared bill cannot be read. Nothing was sent."
            raise BillRejected(text, messages=(ClearingMessage(level="request", text=text),)) from None
        if request.message_status != self._connection.message_status:
            raise NotSent(
                f"The bill is marked “{request.message_status}”, but the connection is a "
                f"{self._connection.environment} connection. Nothing was sent."
            )
        return request

    def _submit(self, request: Request, *, at: datetime) -> Receipt:
        try:
            reply = self._wire.send(
                "POST", self._connection.soap_endpoint, headers=self._contract.SOAP_HEADERS, content=request.body
            )
        except TransportError as trouble:
            exchange = _exchange(request, trouble, at=at)
            if trouble.left:
                raise ReplyLost(f"{LOST} {trouble.why}", exchange=exchange) from trouble
            raise NotSent(f"{NOT_ANSWERING} The bill has not been sent.", exchange=exchange) from trouble
        exchange = _exchange(request, reply, at=at)
        self._raise_for_http(reply, exchange)
        try:
            return self._receipt(self._read(request, reply), request, exchange)
        except ClearingError:
            raise
        except Exception as exc:
            # The bytes are out: whatever stops us from reading the answer leaves the bill's fate open.
            why = str(exc) if isinstance(exc, Malformed) else "it was not foreseen"
            raise ReplyLost(UNREADABLE.format(why=why), exchange=exchange) from exc

    def _receipt(self, answer: Answer, request: Request, exchange: Exchange) -> Receipt:
        if answer.outcome == "failed":
            self._raise_for_credentials(answer, exchange)
            if self._contract.broke_down(answer):
                raise ReplyLost(f"{LOST} Healthcode broke down behind its front.", exchange=exchange)
            if self._contract.try_later(answer):
                raise NotSent("Healthcode is closed or busy. The bill has not been taken.", exchange=exchange)
        if answer.outcome != "accepted" or answer.status is ClearingStatus.AWAITING_CORRECTION:
            raise BillRejected(
                "Healthcode did not take the bill.",
                messages=answer.messages,
                clearing_bill_number=answer.clearing_bill_number,
                exchange=exchange,
            )
        if answer.status is ClearingStatus.NOT_FOUND:
            raise ReplyLost(UNREADABLE.format(why="it takes the bill and does not know it"), exchange=exchange)
        return Receipt(
            reference=request.reference,
            clearing_bill_number=answer.clearing_bill_number,
            status=answer.status,
            exchange=exchange,
        )

    def _status(self, request: Request, *, at: datetime) -> StatusReport:
        try:
            reply = self._wire.ask(
                "POST", self._connection.soap_endpoint, headers=self._contract.SOAP_HEADERS, content=request.body
            )
        except TransportError as trouble:
            failure = ReplyLost if trouble.left else NotSent
            raise failure(NO_STATUS, exchange=_exchange(request, trouble, at=at)) from trouble
        exchange = _exchange(request, reply, at=at)
        self._raise_for_http(reply, exchange)
        try:
            answer = self._read(request, reply)
        except Exception as exc:
            # Malformed, our own message's fault, or unforeseen: what came is kept, and nothing is known.
            raise ReplyLost("Healthcode’s answer about the bill could not be read.", exchange=exchange) from exc
        if answer.outcome == "failed":
            self._raise_for_credentials(answer, exchange)
            raise ReplyLost("Healthcode could not say where the bill stands.", exchange=exchange)
        return StatusReport(
            status=answer.status,
            clearing_bill_number=answer.clearing_bill_number,
            invoice_number=answer.invoice_number,
            status_at=_believable(answer.status_at, at),
            messages=answer.messages,
            exchange=exchange,
        )

    def _read(self, request: Request, reply: Reply) -> Answer:
        """Return the answer to this very request. Raises Malformed, or BillRejected where our message was at fault."""
        answer = self._contract.read_answer(reply.body)
        if isinstance(answer, Fault):
            if not answer.ours:
                raise Malformed("the house says that it broke down")
            message = ClearingMessage(level="request", text=answer.text or "Invalid Request Format/Processing Error")
            raise BillRejected(
                "Healthcode could not read the message. This is for whoever runs Clearbill to fix.",
                messages=(message,),
                exchange=_exchange(request, reply, at=self._clock.now()),
            )
        if reply.status != 200:
            raise Malformed("the answer comes with an error status")
        if answer.reference and answer.reference != request.reference:
            raise Malformed("the answer belongs to another message")
        theirs, ours = answer.invoice_number.upper(), request.invoice_number.upper()
        if theirs and ours and theirs != ours:
            raise Malformed("the answer is about another invoice")
        return answer

    def _raise_for_http(self, reply: Reply, exchange: Exchange) -> None:
        wait_seconds = reply.retry_after_seconds(self._clock.now())
        if reply.status == 429 or (reply.status == 503 and wait_seconds is not None):
            raise NotSent(
                "Healthcode asks us to wait before sending again.", retry_after_seconds=wait_seconds, exchange=exchange
            )
        if reply.status in (401, 403, 407):
            raise CredentialsRefused("The address of Healthcode refuses access.", exchange=exchange)
        if reply.status in (404, 405, 410):
            raise NotSent("There is no Healthcode bill service at this address.", exchange=exchange)

    def _raise_for_credentials(self, answer: Answer, exchange: Exchange) -> None:
        credential = self._contract.refused_credential(answer)
        if credential:
            raise CredentialsRefused(_CREDENTIAL_SENTENCES[credential], credential=credential, exchange=exchange)

    def _login(self) -> Login:
        return Login(
            site_id=self._connection.site_id, user_id=self._connection.user_id, api_key=self._connection.api_key
        )

    def _log(self, request: Request, outcome: str, started: float) -> None:
        seconds = self._clock.seconds() - started
        named = {"reference": request.reference, "operation": request.operation}
        logger.info(
            "healthcode %s %s: %s in %.2f s", request.operation, request.reference, outcome, seconds, extra=named
        )


def _believable(moment: datetime | None, at: datetime) -> datetime | None:
    """Return Healthcode's moment unless it lies so far ahead that all later answers would look older than this one."""
    return moment if moment is None or moment <= at + FARTHEST_AHEAD else None


def _exchange(request: Request, end: Reply | TransportError, *, at: datetime) -> Exchange:
    return Exchange(
        operation=request.operation,
        sent=request.evidence,
        received=end.body if isinstance(end, Reply) else end.received,
        http_status=end.status if isinstance(end, Reply) else end.http_status,
        started_at=at,
        seconds=end.seconds,
    )
