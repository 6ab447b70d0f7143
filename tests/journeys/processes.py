"""Real processes for journeys: a database of its own, the stand-in clearing house, workers, and signals to them.

    def test_…(stage: Stage, database: str):
        with stage.scene(database, claims=3) as scene:
            scene.worker()
            scene.wait_until_settled()
            scene.check()

What is true is read from the stand-in's own ledger over HTTP, and from the database with plain SQL.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from tests import migrated
from tests.journeys.dying_worker import NEEDS_THE_ANSWER, SENDING
from tests.journeys.stand_in_process import StandInProcess
from tests.patience import SECONDS, pace, wait_until
from tests.ports import free_port
from tests.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgres"])
UNKNOWN = "Unknown (checking)"
# What the practice is told of a bill, by what the house's ledger says of it.
TOLD = {
    "Unprocessed": "Submitted",
    "In-process": "Submitted",
    "Validated": "Submitted",
    "AwaitingCollection": "Awaiting collection",
    "Collected": "Collected by insurer",
}


def waits(reply_seconds: float) -> dict[str, str]:
    """Return the settings of a worker that waits so long for a reply; its lease is as long as it has to be."""
    return {
        "CLEARBILL_HEALTHCODE_REPLY_SECONDS": str(pace(reply_seconds)),
        "CLEARBILL_TAKEN_TOO_LONG": str(pace(2 * reply_seconds)),
    }


PACE = {"CLEARBILL_STATUS_PAUSES": "0.3,0.6,1,2", "CLEARBILL_WORKER_IDLE": "0.1", **waits(reply_seconds=1.5)}
# Where no reply is to be lost, however slow the machine is.
PATIENT = waits(reply_seconds=30)


def asked_for(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Return the parameters of those tests of this file that are to run."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    return [item.callspec.params for item in items if item.module is request.module and hasattr(item, "callspec")]


class Database:
    """One database of Clearbill's, read with plain SQL. `url` is "" for the SQLite file in the folder."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, url

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as server:
                return server.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "clearbill.sqlite3", timeout=SECONDS)) as file:
            return file.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def write(self, sql: str) -> None:
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as server:
                server.execute(sql.encode())
            return
        with closing(sqlite3.connect(self.folder / "clearbill.sqlite3", timeout=SECONDS)) as file, file:
            file.execute(sql)


class Worker:
    """One worker process. `said` is its log. Nothing is left for it to do once `has_nothing_to_do` says so."""

    def __init__(
        self,
        words: list[str],
        environment: dict[str, str],
        log: Path,
        has_nothing_to_do: Callable[[], bool] = lambda: False,
    ) -> None:
        self._log, self.is_to_live = log, True
        self._has_nothing_to_do, self._idle_since = has_nothing_to_do, math.inf
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=stderr, stderr=stderr)

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_said(self, words: str) -> None:
        def has_said() -> bool:
            assert not self.has_died(), self.said()
            return words in self.said()

        wait_until(f"a worker says “{words}”", has_said)

    def has_died(self) -> bool:
        return self.process.poll() is not None

    def wait_until_stopped(self) -> None:
        """Return when the process stands still, as after SIGSTOP."""

        def is_stopped() -> bool:
            assert not self.has_died(), self.said()
            stands = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
            return stands or self._refuse_to_wait_in_vain()

        wait_until("the worker stands still", is_stopped)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def peak_megabytes(self) -> float:
        """Return the most memory that the process has had (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def wait_until_killed(self) -> None:
        self.is_to_live = False
        wait_until("the worker ends", lambda: self.has_died() or self._refuse_to_wait_in_vain())
        assert self.process.returncode == -signal.SIGKILL, self.said()

    def _refuse_to_wait_in_vain(self) -> bool:
        """Return False, or fail where the step at which the worker was to stop cannot come any more."""
        self._idle_since = min(self._idle_since, time.monotonic()) if self._has_nothing_to_do() else math.inf
        # Between its last commit and the signal to itself a worker may be kept waiting by the machine.
        assert time.monotonic() - self._idle_since < pace(20), f"All is settled, its step never came.\n{self.said()}"
        return False

    def kill(self) -> None:
        self.is_to_live = False
        self.process.kill()
        self.process.wait(timeout=SECONDS)

    def end(self) -> None:
        """Ask it to end, as a restart of the machine does, and see that it ends in good order."""
        self.wait_until_said("worker started")
        self.is_to_live = False
        self.process.terminate()
        assert self.process.wait(timeout=SECONDS) == 0, self.said()


class Scene:
    """One installation with one connected practice whose claims wait to be sent."""

    def __init__(self, *, folder: Path, database: Database, house: StandInProcess, environment: dict[str, str]) -> None:
        self.folder, self.database, self.house, self.environment = folder, database, house, environment
        self.workers: list[Worker] = []

    def worker(self, **settings: str) -> Worker:
        """Start `clearbill worker`."""
        return self._started([sys.executable, "-m", "clearbill", "worker"], settings)

    def dying_worker(self, step: str, number: signal.Signals = signal.SIGKILL) -> Worker:
        """Start a worker that sends itself this signal at this step.

        One that is to stand still has one lane: another one might stand still with the database's file locked. One
        that needs the answer waits for it, however slow the house is: where it came too late, the bill would be found
        by asking, and the step left out.
        """
        settings = PATIENT if step == NEEDS_THE_ANSWER else {}
        lanes = {"CLEARBILL_WORKER_LANES": "1"} if number == signal.SIGSTOP else {}
        words = [sys.executable, "-m", "tests.journeys.dying_worker", step, number.name]
        return self._started(words, {**settings, **lanes}, self.is_settled if step in SENDING else None)

    def _started(
        self, words: list[str], settings: dict[str, str], has_nothing_to_do: Callable[[], bool] | None = None
    ) -> Worker:
        log = self.folder / f"worker-{len(self.workers)}.log"
        worker = Worker(words, {**self.environment, **settings}, log, has_nothing_to_do or (lambda: False))
        self.workers.append(worker)
        return worker

    def hold(self) -> None:
        """Let nothing be sent or asked over the connection until `try_now`."""
        until = datetime.now(UTC) + timedelta(hours=1)
        self.database.write(
            f"UPDATE practice_healthcodeconnection SET paused_until = '{until:%Y-%m-%d %H:%M:%S}+00:00'"
        )

    def try_now(self) -> None:
        """Do what the button “Try now” does: the pause of the connection is over."""
        self.database.write("UPDATE practice_healthcodeconnection SET paused_until = NULL, failures = 0")

    def count(self, condition: str = "1 = 1", *, of: str = "claims_claim") -> int:
        return int(self.database.value(f"SELECT count(*) FROM {of} WHERE {condition}"))

    def is_settled(self) -> bool:
        """Say whether no bill waits, is on its way or is uncertain."""
        for worker in self.workers:
            assert not (worker.is_to_live and worker.has_died()), worker.said()
        is_open = "state IN ('ready', 'sending', 'uncertain')"
        return self.count(is_open, of="claims_outbox") == 0 and self.count(f"status = '{UNKNOWN}'") == 0

    def wait_until_settled(self) -> None:
        wait_until("every claim is settled", self.is_settled)

    def end_workers(self) -> None:
        for worker in self.workers:
            if not worker.has_died():
                worker.end()

    def check(self) -> int:
        """See that the house has exactly one bill for each claim, and that each claim says what is so.

        Returns how many claims there are.
        """
        self.end_workers()
        bills = {bill["invoice_no"]: bill for bill in self.house.bills()}
        asked = "SELECT number, clearing_bill_number, status, waiting_reason FROM claims_claim"
        claims = {number: said for number, *said in self.database.rows(asked)}
        assert Counter(bill["invoice_no"] for bill in self.house.bills()) == Counter(list(claims))
        wanted = {number: [bills[number]["ch_claim_no"], TOLD[bills[number]["status"]], ""] for number in claims}
        assert claims == wanted
        for event in ("created", "submit", "receipt"):
            assert self.count(f"event = '{event}'", of="claims_claimevent") == len(claims), event
        assert self.count("state = 'done'", of="claims_outbox") == len(claims)
        return len(claims)

    def close(self) -> None:
        for worker in self.workers:
            if not worker.has_died():
                worker.kill()
        self.house.end(signal.SIGKILL)


class Stage:
    """Makes scenes. A database is made once for each number of claims, and copied for each scene."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="clearbill-journeys-"))
        self._made: dict[tuple[str, int], Database] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._cluster: Cluster | None = None
        keys = {"CLEARBILL_SECRET_KEY": "for-journeys", "CLEARBILL_ENCRYPTION_KEYS": f"{'journeys' * 5}abc="}
        others = {name: value for name, value in os.environ.items() if not name.startswith("CLEARBILL_")}
        self._environment = {**others, **keys, **PACE}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._cluster is not None:
            self._cluster.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start_postgres(self) -> None:
        """Start the PostgreSQL server of these journeys. Ends the test with a sentence where none is installed.

        It ends with the thread that starts it, so this is not left to the one of a story.
        """
        self._cluster = Cluster().__enter__()

    @property
    def cluster(self) -> Cluster:
        assert self._cluster is not None
        return self._cluster

    @contextmanager
    def scene(
        self,
        database: str,
        *,
        claims: int = 3,
        slow_seconds: float = 0.0,
        refuses_duplicates: bool = False,
        port: int | None = None,
        data: Path | None = None,
        **settings: str,
    ) -> Iterator[Scene]:
        """Set a scene with so many submitted claims; its house runs, and no worker yet.

        Unless the house `refuses_duplicates`, it takes what is sent twice twice: that is how `check` would see it.
        Where its `port` is given, somebody else has it and the house is still to be started. `data` is an empty folder
        for the database.
        """
        with self._lock:
            self._count += 1
            folder = self._folder / f"scene-{self._count}"
            folder.mkdir()
            copied = self._copy(self._prepared(database, claims), data or folder / "data", name=folder.name)
        house = StandInProcess(
            folder, port=port or free_port(), slow_seconds=slow_seconds, accepts_duplicates=not refuses_duplicates
        )
        environment = {**self._at(copied), "CLEARBILL_SANDBOX_PORT": str(house.port), **settings}
        scene = Scene(folder=folder, database=copied, house=house, environment=environment)
        try:
            if port is None:
                house.start()
            yield scene
        except BaseException as failure:
            for worker in scene.workers:
                failure.add_note(f"A worker said at last:\n{worker.said()[-3000:]}")
            raise
        finally:
            scene.close()

    def _prepared(self, database: str, claims: int) -> Database:
        made = self._made.get((database, claims))
        if made is None:
            name = f"{database}-{claims}"
            if claims:
                made = self._copy(self._prepared(database, 0), self._folder / name, name=name)
            else:
                made = self._empty(database, self._folder / name)
            words = [sys.executable, "-m", "tests.journeys.prepare", str(claims)]
            # A lease of seconds would end its transactions where the machine is slow.
            subprocess.run(words, cwd=ROOT, env={**self._at(made), **PATIENT}, check=True)
            self._made[database, claims] = made
        return made

    def _empty(self, database: str, folder: Path) -> Database:
        if database == "postgres":
            folder.mkdir()
            return Database(folder, self.cluster.new_database(folder.name))
        migrated.put_into(folder)
        return Database(folder)

    def _copy(self, made: Database, folder: Path, *, name: str) -> Database:
        folder.mkdir(exist_ok=True)
        if not made.url:
            shutil.copy(made.folder / "clearbill.sqlite3", folder)
            return Database(folder)
        template = made.url.rpartition("/")[2]
        with psycopg.connect(self.cluster.url_of("postgres"), autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return Database(folder, self.cluster.url_of(name))

    def _at(self, database: Database) -> dict[str, str]:
        url = {"CLEARBILL_DATABASE_URL": database.url} if database.url else {}
        return {**self._environment, "CLEARBILL_DATA": str(database.folder), **url}
