"""Two answers of the bill service, given at once to whatever is sent, so that the other end costs as little as can be.

They are worded by the stand-in and never change: every bill is accepted, and every bill asked about is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from healthcode_sandbox.wire import messages
from healthcode_sandbox.wire.soap import PATH
from tests.fakes import raw_http_server
from tests.fakes.raw_http_server import Answer, Request

# Whichever process words them, they are the same.
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _answer(operation: str, status: str) -> Answer:
    result = messages.BillResult(status=status, invoice_no="", ch_claim_no="9000000123")
    document = messages.answer(
        operation=operation, site="HC0TEST", reference="", at=AT, outcome="Accepted", result=result
    )
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    return Answer(body=messages.envelope(operation, document), headers=headers)


ACCEPTED = _answer("submitBill", "Unprocessed")
COLLECTED = _answer("billStatus", "Collected")


def answer_to(request: Request) -> Answer:
    """Return the answer to a bill, or to the question where one stands."""
    return COLLECTED if b"billStatus" in request.body else ACCEPTED


@contextmanager
def serving() -> Iterator[str]:
    """Give these answers from a process of its own until the block ends; yields the address of the bill service."""
    with raw_http_server.in_a_process(answer_to) as address:
        yield f"{address}{PATH}"
