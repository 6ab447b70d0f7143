"""The real worker, which signals its own process at one step: `python -m tests.journeys.dying_worker STEP SIGNAL`.

It is `clearbill worker`, watched: each statement, each commit and each message to the house passes by, and where the
step is reached, the process sends itself the signal. Nothing of the worker's own code is changed.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

SENDING = (
    "before a bill is taken",
    "bill taken, not committed",
    "bill taken",
    "half of the bill sent",
    "bill sent",
    "answer to the bill read",
    "outcome written, not committed",
    "outcome written",
)
# The one step that comes only where the house’s answer comes in time; an outcome is written in any case.
NEEDS_THE_ANSWER = "answer to the bill read"
ASKING = (
    "before a question is taken",
    "question taken",
    "question sent",
    "answer to the question read",
    "status written, not committed",
    "status written",
)
QUEUED = "claim of a batch queued"
ASKING_IN_VAIN = ("queued again, not committed", "queued again")
OPERATIONS = {
    "submitBill": {
        "http11.send_request_headers.complete": "half of the bill sent",
        "http11.send_request_body.complete": "bill sent",
        "http11.receive_response_body.complete": "answer to the bill read",
    },
    "billStatus": {
        "http11.send_request_body.complete": "question sent",
        "http11.receive_response_body.complete": "answer to the question read",
    },
}


class Watch:
    """Knows what each thread of the worker is doing, and sends the signal once, at the step."""

    def __init__(self, step: str, number: signal.Signals) -> None:
        self._step, self._number = step, number
        self._doing = threading.local()
        self._is_over = threading.Lock()

    def begin(self) -> None:
        connection_created.connect(self._connected, weak=False)
        commit, rollback = BaseDatabaseWrapper._commit, BaseDatabaseWrapper._rollback
        send = httpx.HTTPTransport.handle_request

        def committed(wrapper: BaseDatabaseWrapper) -> None:
            commit(wrapper)
            for step in self._to_commit():
                self._reached(step)

        def rolled_back(wrapper: BaseDatabaseWrapper) -> None:
            # What was written is not written: the next commit is another's.
            self._to_commit()
            rollback(wrapper)

        def sent(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            self._watch_message(request)
            return send(transport, request)

        BaseDatabaseWrapper._commit, BaseDatabaseWrapper._rollback = committed, rolled_back
        httpx.HTTPTransport.handle_request = sent  # type: ignore[method-assign, assignment]

    def _connected(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if self._statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._statement)

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        before, after, committed = self._steps_of(sql, params)
        self._reached(before)
        result = execute(sql, params, many, context)
        self._reached(after)
        if committed:
            if context["connection"].in_atomic_block:
                self._to_commit(committed)
            else:
                self._reached(committed)
        return result

    def _steps_of(self, sql: str, params: Any) -> tuple[str, str, str]:
        """Return the steps before and after a statement, and the one that its commit is."""
        change, _, _ = sql.partition(" WHERE ")
        if not change.startswith("UPDATE"):
            return "", "", ""
        named = re.findall(r"%\((\w+)\)s", change)
        written = [params[name] for name in named] if named else list(params or ())[: change.count("%s")]
        operation = getattr(self._doing, "operation", "")
        if change.startswith('UPDATE "claims_batchentry"') and "queued" in written:
            return "", "", QUEUED
        if change.startswith('UPDATE "claims_outbox"'):
            return self._steps_of_sending(operation, written)
        if change.startswith('UPDATE "claims_claim" SET "next_check_at"') and len(written) == 1:
            return "before a question is taken", "", "question taken"
        if change.startswith('UPDATE "claims_claim"') and '"status"' in change and operation == "billStatus":
            return "", "status written, not committed", "status written"
        return "", "", ""

    def _steps_of_sending(self, operation: str, written: list[Any]) -> tuple[str, str, str]:
        if "sending" in written:
            return "before a bill is taken", "bill taken, not committed", "bill taken"
        if operation == "submitBill":
            return "", "outcome written, not committed", "outcome written"
        if operation == "billStatus" and "ready" in written:
            return "", "queued again, not committed", "queued again"
        return "", "", ""

    def _to_commit(self, *steps: str) -> list[str]:
        """Note the steps that the next commit of this thread is too, and return those noted before."""
        noted: list[str] = getattr(self._doing, "to_commit", [])
        self._doing.to_commit = [*noted, *steps] if steps else []
        return noted

    def _watch_message(self, request: httpx.Request) -> None:
        operation = next((name for name in OPERATIONS if name.encode() in request.content), "")
        self._doing.operation = operation
        steps = OPERATIONS.get(operation, {})
        request.extensions["trace"] = lambda event, _: self._reached(steps.get(event, ""))

    def _reached(self, step: str) -> None:
        if step == self._step and self._is_over.acquire(blocking=False):
            os.kill(os.getpid(), self._number)


def main(step: str, number: str) -> int:
    if step not in (*SENDING, *ASKING, *ASKING_IN_VAIN, QUEUED):
        raise SystemExit(f"There is no step “{step}”.")
    Watch(step, signal.Signals[number]).begin()
    from clearbill.__main__ import main as clearbill

    return clearbill(["worker"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
