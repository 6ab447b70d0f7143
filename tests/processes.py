"""Our commands as real processes, for tests: each with a folder, ports and a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tests import migrated, patience
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]


def surroundings(folder: Path, **given: str) -> dict[str, str]:
    """Return the environment of an installation of its own, with a database that is empty.

    On SQLite that is migrated; where the tests run on PostgreSQL, it has no tables yet.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLEARBILL_")}
    server = given.get("CLEARBILL_DATABASE_URL") or _database()
    if not server and not (folder / "clearbill.sqlite3").exists():
        migrated.put_into(folder)
    return {
        **kept,
        "CLEARBILL_DATA": str(folder),
        "CLEARBILL_PORT": str(free_port()),
        "CLEARBILL_SANDBOX_PORT": str(free_port()),
        "DJANGO_SETTINGS_MODULE": "clearbill.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "PYTHONUNBUFFERED": "1",
        **({"CLEARBILL_DATABASE_URL": server} if server else {}),
        **given,
    }


def _database() -> str:
    url = os.environ.get("CLEARBILL_DATABASE_URL", "")
    if not url:
        return ""
    import psycopg

    name = f"processes_{os.urandom(6).hex()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def run(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these words to its end."""
    return subprocess.run(
        [sys.executable, *words],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


class Process:
    """Python with these words, running; what it says is kept line by line."""

    def __init__(self, environment: Mapping[str, str], *words: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, *words],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self, words: str) -> int:
        """Return in how many lines these words stand."""
        return sum(words in line for line in list(self.lines))

    def wait_for(self, words: str, *, times: int = 1) -> None:
        """Return once that many lines hold the words."""

        def is_over() -> bool:
            return self.said(words) >= times or self._process.poll() is not None

        patience.wait_until(f"it says “{words}” {times} times", is_over, pause_seconds=0.02)
        if self.said(words) < times:
            # Its last words may still be on their way to us.
            self._reader.join(timeout=patience.SECONDS)
        assert self.said(words) >= times, "".join(self.lines)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal, wait for the end and return the exit code."""
        self.send(number)
        code = self._process.wait(timeout=patience.SECONDS)
        self._reader.join(timeout=patience.SECONDS)
        return code

    def children(self) -> set[int]:
        """Return the running processes that it has started."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        return {int(pid) for pid, parent, state in rows if int(parent) == self.pid and not state.startswith("Z")}

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line)
