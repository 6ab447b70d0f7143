"""Every process is replaced, twice, while people work: nobody notices, and the worker goes on."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import SECONDS, wait_until
from tests.processes import Process, run, surroundings

pytestmark = pytest.mark.slow
CLIENTS = [{"last_name": "SIM-PAID"}] * 60
REPLACED = "Every process was replaced."


@dataclass
class Load:
    """Requests without a pause between two of them that a person would notice, until told to stop."""

    address: str
    cookies: dict[str, str]
    claims: list[dict[str, str]]
    answered: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        kept, fresh = self._kept_open, self._fresh
        for read, ways in [(self._read_page, kept), (self._read_front, fresh), (self._submit, kept)]:
            self._run(read, ways)
        self._run(self._submit, fresh)
        self._run(self._read_page, kept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=SECONDS)
            assert not thread.is_alive()

    def _run(self, ask: Callable[[httpx.Client, int], None], browsers: Callable[[], Iterator[httpx.Client]]) -> None:
        def go() -> None:
            for turn, browser in enumerate(browsers()):
                if self._stop.is_set():
                    return
                try:
                    ask(browser, turn)
                except Exception as fault:
                    self.failed.append(f"{ask.__name__}: {fault!r}")
                self._stop.wait(0.02)

        thread = threading.Thread(target=go)
        thread.start()
        self._threads.append(thread)

    def _kept_open(self) -> Iterator[httpx.Client]:
        """One browser that keeps its connection open for as long as the server does."""
        with httpx.Client(base_url=self.address, cookies=self.cookies, timeout=SECONDS) as browser:
            while True:
                yield browser

    def _fresh(self) -> Iterator[httpx.Client]:
        """A new connection for each request."""
        while True:
            with httpx.Client(base_url=self.address, cookies=self.cookies, timeout=SECONDS) as browser:
                yield browser

    def _read_page(self, browser: httpx.Client, turn: int) -> None:
        self._expect(browser.get(["/today", "/claims/", "/clients/"][turn % 3]), 200)

    def _read_front(self, browser: httpx.Client, turn: int) -> None:
        self._expect(browser.get(["/health", "/ready", "/static/clearbill/css/base.css", "/today"][turn % 4]), 200)

    def _submit(self, browser: httpx.Client, turn: int) -> None:
        if turn % 4 or not self.claims:
            self._read_page(browser, turn)
            return
        claim = self.claims.pop()
        form = {"claim": claim["id"], "confirmed": "yes", "csrfmiddlewaretoken": self._token()}
        self._expect(browser.post("/claims/submit", data=form), 302)
        self.submitted.append(claim["number"])

    def _token(self) -> str:
        return next(value for name, value in self.cookies.items() if "csrf" in name)

    def _expect(self, answer: httpx.Response, status: int) -> None:
        if answer.status_code != status:
            self.failed.append(f"{answer.request.method} {answer.url.path}: {answer.status_code}")
        self.answered.append(answer.url.path)


def sign_in(address: str, desk: dict[str, Any]) -> dict[str, str]:
    with httpx.Client(base_url=address, timeout=SECONDS) as browser:
        page = browser.get("/sign-in")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found
        form = {"username": desk["mail"], "password": desk["password"], "csrfmiddlewaretoken": found[1]}
        assert browser.post("/sign-in", data=form).status_code == 302
        return dict(browser.cookies)


def test_every_process_is_replaced_twice_under_load_and_no_request_fails(tmp_path: Path) -> None:
    environment = surroundings(tmp_path, CLEARBILL_WORKER_IDLE="0.1", CLEARBILL_LOG="warning")
    address = f"http://127.0.0.1:{environment['CLEARBILL_PORT']}"
    stand_in = f"http://127.0.0.1:{environment['CLEARBILL_SANDBOX_PORT']}"
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    prepared = run(environment, "-m", "tests.journeys.desk_with_claims", json.dumps(CLIENTS))
    assert prepared.returncode == 0, prepared.stderr
    desk = json.loads(prepared.stdout)
    sandbox = Process(environment, "-m", "healthcode_sandbox", "--data", str(tmp_path / "house"))
    serve = Process(environment, "-m", "clearbill", "serve", "--web", "2")
    with sandbox, serve:
        sandbox.wait_for("Stand-in")
        serve.wait_for("Ctrl-C")
        first = serve.children()
        with Load(address, sign_in(address, desk), desk["claims"]) as load:
            wait_until("claims are submitted", lambda: len(load.submitted) >= 3)
            for round_number in (1, 2):
                before = len(load.answered)
                serve.send(signal.SIGHUP)
                serve.wait_for(REPLACED, times=round_number)
                assert len(load.answered) > before
                wait_until("the replaced processes are gone", lambda: len(serve.children()) == 3)
            second, after = serve.children(), len(load.answered)
            wait_until("people work on with the new ones", lambda: len(load.answered) > max(100, after + 10))
            wait_until("more claims are submitted", lambda: len(load.submitted) > 10)
        assert load.failed == []
        assert len(first) == 3
        assert not first & second
        wait_until("every bill is at the house", lambda: len(bills(stand_in)) >= len(load.submitted))
        assert sorted(bills(stand_in)) == sorted(load.submitted)
        assert serve.end(signal.SIGTERM) == 0


def bills(stand_in: str) -> list[str]:
    """Return the invoice numbers in the ledger of the stand-in, one for each bill."""
    rows = httpx.get(f"{stand_in}/sandbox/bills.json", timeout=SECONDS).json()["bills"]
    return [row["invoice_no"] for row in rows]
