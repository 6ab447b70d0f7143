"""A whole installation for tests: its own data folder and database, real commands, a real worker process."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests import patience

ROOT = Path(__file__).resolve().parents[2]
REPLY_SECONDS = patience.pace(2)


class Installation:
    """Clearbill on a data folder of its own, on SQLite or on the PostgreSQL database that `url` names."""

    def __init__(self, folder: Path, *, house: str = "", url: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.url = folder, url
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("CLEARBILL_")},
            "CLEARBILL_DATA": str(folder),
            "CLEARBILL_DATABASE_URL": url,
            "CLEARBILL_HEALTHCODE_SOAP": f"{house}/HCWebServices/HCWebServices",
            "CLEARBILL_HEALTHCODE_DISCOVERY": f"{house}/.well-known/discovery-document.json",
            "CLEARBILL_HEALTHCODE_REPLY_SECONDS": str(REPLY_SECONDS),
            "CLEARBILL_STATUS_PAUSES": "1,2",
            "CLEARBILL_WORKER_IDLE": "0.1",
        }

    @property
    def database(self) -> Path:
        return self.folder / "clearbill.sqlite3"

    def start(self, *words: str, **given: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "clearbill", *words],
            env={**self.environment, **given},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **given)
        said, complained = process.communicate(timeout=patience.SECONDS)
        return subprocess.CompletedProcess(words, process.returncode, said, complained)

    def do(self, *words: str, **given: str) -> str:
        """Run a command that must succeed and return what it said."""
        done = self.run(*words, **given)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def refusal(self, *words: str, **given: str) -> str:
        """Run a command that must refuse, in one line, and return that."""
        done = self.run(*words, **given)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1].removeprefix("CommandError: ")

    def act(self, *words: str) -> Any:
        """Let the practice do something (tests/backups/act.py) and return what came of it."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.backups.act", *words],
            env={**self.environment, "PYTHONPATH": str(ROOT / "src")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=patience.SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def backup(self, *words: str) -> Path:
        said = self.do("backup", *words)
        return Path(next(line for line in said.splitlines() if line.startswith("/")).rsplit("  ", 1)[0])

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        process = self.start("worker", CLEARBILL_LOG="warning")
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=patience.SECONDS)

    def work_until(self, what: str) -> None:
        """Run the worker until the practice finds that something is so."""
        with self.worker() as process:
            assert self.act("wait_until", what), f"{what} did not come true: {self.act('claims')}"
            assert process.poll() is None, "the worker ended by itself"

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the SQLite file itself."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(question).fetchall()

    def copied(self, folder: Path, *, url: str = "") -> Installation:
        shutil.copytree(self.folder, folder)
        other = Installation(folder, url=url)
        other.environment = {**self.environment, "CLEARBILL_DATA": str(folder), "CLEARBILL_DATABASE_URL": url}
        return other
