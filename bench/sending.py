"""Sending through the real worker, against a bare loop of durable intent, HTTP POST and durable outcome.

Run as `python -m bench.sending`; with CLEARBILL_DATABASE_URL set, both use PostgreSQL. The bare loop speaks to the same
server with the same bytes and commits to the same kind of database as durably, and does nothing else.
"""

from __future__ import annotations

import http.client
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from bench import canned_answers, installation
from bench.figure import Figure
from scripts.postgres import Cluster

ROUNDS, PER_ROUND, IN_TURN = 30, 32, 8
"""The worker sends so many in turn before it looks for other work; each time measured is the mean over one turn."""
PROVEN_PER_SECOND = 1000
SPEED_GOAL, OWN_TIME_GOAL = 0.30, 4.0


class Database(Protocol):
    """What the plain connections of SQLite and PostgreSQL have in common."""

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> Any: ...

    def close(self) -> None: ...


def run(rounds: int = ROUNDS) -> list[Figure]:
    """The speed of submission, and its own time per claim (all but the house's) at the 95th percentile."""
    with canned_answers.serving() as address:
        os.environ["CLEARBILL_HEALTHCODE_SOAP"] = address
        # Nothing but sending is to be due while it is measured.
        os.environ["CLEARBILL_STATUS_PAUSES"] = "3600"
        installation.begin()
        return _measure(address, rounds)


def on_postgres(rounds: int = ROUNDS) -> list[Figure]:
    """The same on a throw-away PostgreSQL server; nothing where the installation is on PostgreSQL already."""
    if os.environ.get("CLEARBILL_DATABASE_URL"):
        return []
    with Cluster() as server:
        os.environ["CLEARBILL_DATABASE_URL"] = server.url
        return [replace(figure, name=f"{figure.name}, PostgreSQL") for figure in run(rounds)]


def _measure(address: str, rounds: int) -> list[Figure]:
    from clearbill.claims.models import Outbox
    from clearbill.claims.queue.client_pool import ConnectionPool

    desk, houses = installation.Desk(), ConnectionPool()
    worker, bare = OurWorker(houses), BareLoop(address, _message(desk))
    # All is queued first, as at a month's end: the worker's connection then has its own few statements to itself.
    desk.submitted(PER_ROUND * (rounds + 1) - Outbox.objects.filter(state=Outbox.READY).count())
    for number in range(rounds + 1):
        worker.send(PER_ROUND)
        bare.send(PER_ROUND)
        if number == 0:
            # The first round opens connections and fills caches.
            worker.forget()
            bare.forget()
    houses.close()
    bare.close()
    speed = bare.per_second()
    why = "" if speed >= PROVEN_PER_SECOND else f"; the bare loop proves only {speed:,.0f}/s of {PROVEN_PER_SECOND}/s"
    name = f"submission through the worker{why}"
    return [
        Figure(name=name, ours=worker.per_second(), denominator=speed, unit="claims/s", goal=SPEED_GOAL, at_least=True),
        Figure(
            name="own time per claim p95",
            ours=worker.own_ms_p95(),
            denominator=bare.own_ms_p95(),
            unit="ms",
            goal=OWN_TIME_GOAL,
            at_least=False,
        ),
    ]


class Loop:
    """Sends claims one after the other in rounds, and keeps how long each took."""

    def __init__(self) -> None:
        self.speeds: list[float] = []
        self.own_seconds: list[float] = []

    def time(self, wanted: int, send_turn: Callable[[], object]) -> list[float]:
        """Return how long one sending of each turn took, and keep the speed of the whole round."""
        took = []
        began = time.perf_counter()
        for _ in range(wanted // IN_TURN):
            start = time.perf_counter()
            send_turn()
            took.append((time.perf_counter() - start) / IN_TURN)
        self.speeds.append(wanted / (time.perf_counter() - began))
        return took

    def keep_own(self, took: list[float], at_the_house: Sequence[float]) -> None:
        """Keep of each turn's time what was not the house's, of which the seconds of every single sending are given."""
        turns = [at_the_house[first : first + IN_TURN] for first in range(0, len(at_the_house), IN_TURN)]
        self.own_seconds += [whole - statistics.fmean(turn) for whole, turn in zip(took, turns, strict=True)]

    def per_second(self) -> float:
        return statistics.median(self.speeds)

    def own_ms_p95(self) -> float:
        return 1000 * statistics.quantiles(self.own_seconds, n=20)[-1]

    def forget(self) -> None:
        """Leave out what was measured up to here."""
        self.speeds.clear()
        self.own_seconds.clear()


class OurWorker(Loop):
    """The worker as `clearbill worker` runs it, with the real adapter."""

    def __init__(self, houses: Any) -> None:
        from clearbill.worker.database_clock import DatabaseClock
        from clearbill.worker.loop import SENDINGS_PER_ROUND, Worker

        if SENDINGS_PER_ROUND != IN_TURN:
            raise AssertionError("The bare loop is to be measured in turns as long as the worker's.")
        super().__init__()
        self._worker = Worker(house_of=houses, now=DatabaseClock())

    def send(self, wanted: int) -> None:
        from clearbill.claims.models import Exchange, Outbox

        sent = Outbox.objects.filter(state=Outbox.DONE).count()
        last = Exchange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        took = self.time(wanted, self._worker.work)
        if Outbox.objects.filter(state=Outbox.DONE).count() - sent != wanted:
            raise AssertionError("Every claim must have been sent and receipted for its time to count.")
        house_seconds = Exchange.objects.filter(pk__gt=last).order_by("pk").values_list("seconds", flat=True)
        self.keep_own(took, list(house_seconds))


class BareLoop(Loop):
    """Intent, POST, outcome: two durable commits a claim in a table of its own."""

    def __init__(self, address: str, message: tuple[bytes, dict[str, str]]) -> None:
        super().__init__()
        self._address, (self._body, self._headers) = urlsplit(address), message
        self._http = http.client.HTTPConnection(self._address.hostname or "", self._address.port)
        self._database, self._mark = _plain_database()
        self._post_seconds: list[float] = []

    def send(self, wanted: int) -> None:
        self._post_seconds.clear()
        took = self.time(wanted, self._send_turn)
        self.keep_own(took, self._post_seconds)

    def close(self) -> None:
        self._http.close()
        self._database.close()

    def _send_turn(self) -> None:
        for _ in range(IN_TURN):
            self._send_one()

    def _send_one(self) -> None:
        reference = f"CB{os.urandom(10).hex()}"
        body = self._body % reference.encode()
        mark = self._mark
        self._database.execute(
            f"INSERT INTO bare_intent (reference, document, state) VALUES ({mark}, {mark}, 'sending')",
            (reference, body),
        )
        start = time.perf_counter()
        self._http.request("POST", self._address.path, body, self._headers)
        reply = self._http.getresponse()
        received = reply.read()
        self._post_seconds.append(time.perf_counter() - start)
        if received != canned_answers.ACCEPTED.body:
            raise AssertionError("Every bill must be accepted.")
        self._database.execute(
            f"UPDATE bare_intent SET state = 'done', reply = {mark} WHERE reference = {mark}", (received, reference)
        )


def _message(desk: installation.Desk) -> tuple[bytes, dict[str, str]]:
    """Return the very message that the adapter would send for a claim, with a place for the reference."""
    from clearbill.claims.models import Outbox
    from clearbill.clearinghouse.healthcode import assumed_2026_11 as contract
    from clearbill.clearinghouse.healthcode.contract import Login

    desk.submitted(1)
    row = Outbox.objects.order_by("-pk")[0]
    login = Login(site_id="HC0TEST", user_id="stand-in-user", api_key="stand-in-secret")
    request = contract.submit_request(bytes(row.document), login=login, reference=row.reference, at=row.ready_at)
    return request.body.replace(b"%", b"%%").replace(row.reference.encode(), b"%s", 1), contract.SOAP_HEADERS


def _plain_database() -> tuple[Database, str]:
    """Return a plain connection that commits each statement as durably as ours, and its mark for a value."""
    from django.conf import settings

    table = "CREATE TABLE bare_intent (reference TEXT PRIMARY KEY, document {bytes}, state TEXT, reply {bytes})"
    if url := os.environ.get("CLEARBILL_DATABASE_URL"):
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
        connection.execute("DROP TABLE IF EXISTS bare_intent")
        connection.execute(table.format(bytes="BYTEA"))
        return connection, "%s"
    plain = sqlite3.connect(settings.DATA_FOLDER / "bare.sqlite3", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=FULL")
    plain.execute(table.format(bytes="BLOB"))
    return plain, "?"


if __name__ == "__main__":
    for line in run():
        print(line)
