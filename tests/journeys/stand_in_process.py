"""The stand-in clearing house as a process of its own, and the controls that it offers over HTTP."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.patience import SECONDS

ROOT = Path(__file__).resolve().parents[2]


class StandInProcess:
    """`healthcode-sandbox` on a port of this computer; it can be ended and started again, with the same ledger.

    `slow_seconds` is how long its slow answers take. One that `accepts_duplicates` takes what is sent twice twice.
    """

    def __init__(self, folder: Path, *, port: int, slow_seconds: float, accepts_duplicates: bool) -> None:
        self.folder, self.port = folder, port
        self.address = f"http://127.0.0.1:{port}"
        self._options = ["--slow-seconds", str(slow_seconds), *["--accept-duplicates"] * accepts_duplicates]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        words = ["healthcode_sandbox", "--data", str(self.folder), "--port", str(self.port), *self._options]
        self._process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        assert self._process.stdout.readline().startswith("Stand-in")

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=SECONDS)
            assert self._process.stdout
            self._process.stdout.close()
            self._process = None

    def control(self, path: str, **given: Any) -> Any:
        answer = httpx.post(f"{self.address}/sandbox/{path}", json=given, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    def misbehave(self, kind: str, *, scope: str = "next", target: str = "submit") -> None:
        self.control("switch", kind=kind, scope=scope, target=target)

    def behave(self) -> None:
        self.control("switch", kind="off")

    def is_to_misbehave(self) -> bool:
        """Say whether a switch of its page is on; one for the next call is off once that call is in hand."""
        with closing(sqlite3.connect(self.folder / "sandbox" / "ledger.sqlite3", timeout=SECONDS)) as ledger:
            found = ledger.execute("SELECT value FROM settings WHERE key = 'misbehaviour'").fetchone()
        return bool(found and found[0])

    def bills(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.address}/sandbox/bills.json", timeout=SECONDS).json()["bills"])
