"""A real browser against real processes: pages, worker and stand-in clearing house, each on a port of its own."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import patience
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Installation:
    """A running installation: its addresses, its folder, and what it printed."""

    address: str
    sandbox: str
    folder: Path
    printed: str
    environment: dict[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "clearbill.sqlite3"

    @property
    def as_it_came(self) -> Path:
        """The demo's database before anybody worked in it."""
        return self.folder / "as-it-came.sqlite3"

    def set_up_code(self) -> str:
        found = re.search(r"Set-up code for the first visit: (\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def signs(self) -> tuple[str, str]:
        """The e-mail address and password that the demo printed."""
        mail = re.search(r"Sign in\s+(\S+)", self.printed)
        password = re.search(r"Password\s+(\S+)", self.printed)
        assert mail, self.printed
        assert password, self.printed
        return mail[1], password[1]


class Running:
    """Commands of ours that run until the test is over.

    In a data folder of their own unless one is given, with the Python and the environment of the tests unless others
    are.
    """

    def __init__(
        self,
        *,
        folder: Path | None = None,
        python: str | Path = sys.executable,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._is_ours, self._python = folder is None, python
        self.folder = folder or Path(tempfile.mkdtemp(prefix="clearbill-browser-"))
        self.ports = (free_port(), free_port())
        self.environment = {
            **environment,
            "CLEARBILL_DATA": str(self.folder),
            "CLEARBILL_PORT": str(self.ports[0]),
            "CLEARBILL_SANDBOX_PORT": str(self.ports[1]),
            "CLEARBILL_STATUS_PAUSES": "1,1,2,3,5",
            "CLEARBILL_WORKER_IDLE": "0.2",
            "PYTHONUNBUFFERED": "1",
        }
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *words: str, until: str) -> str:
        """Start the command of a package and return what it printed up to the line that begins with `until`."""
        process = subprocess.Popen(
            [self._python, "-m", *words],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        assert process.stdout
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(until):
                return "".join(lines)
        raise AssertionError("".join(lines))

    def installation(self, printed: str) -> Installation:
        return Installation(
            address=f"http://localhost:{self.ports[0]}",
            sandbox=f"http://127.0.0.1:{self.ports[1]}",
            folder=self.folder,
            printed=printed,
            environment=self.environment,
        )

    def end(self) -> list[int]:
        """Ask every process to end, as Ctrl-C does, and return the exit codes."""
        codes = []
        for process in reversed(self.processes):
            process.send_signal(signal.SIGINT)
            codes.append(process.wait(timeout=patience.SECONDS))
        if self._is_ours:
            shutil.rmtree(self.folder, ignore_errors=True)
        return codes


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is missing; make test installs it where it may."
    expect.set_options(timeout=patience.BROWSER_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def new_context(chromium: Browser, **given: Any) -> BrowserContext:
    """Open a session of the browser, whose pages are waited for as long as a slow machine needs."""
    context = chromium.new_context(**given)
    context.set_default_timeout(patience.BROWSER_MILLISECONDS)
    return context


def _loaded_demo(shared: Path) -> Path:
    """Return the data folder of a demo at rest. The first process of the run that asks loads it; the others wait."""
    loaded, loading = shared / "demo", shared / "demo-loading"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not loaded.exists():
            shutil.rmtree(loading, ignore_errors=True)
            loading.mkdir()
            running = Running(folder=loading)
            running.start("clearbill", "demo", until="Ctrl-C")
            assert set(running.end()) == {0}
            loading.rename(loaded)
    return loaded


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo, as `make demo` runs it, in a data folder of this process's own."""
    own = tmp_path_factory.getbasetemp()
    running = Running()
    shutil.copytree(
        _loaded_demo(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own), running.folder, dirs_exist_ok=True
    )
    made = running.installation(running.start("clearbill", "demo", until="Ctrl-C"))
    with closing(sqlite3.connect(made.database)) as now, closing(sqlite3.connect(made.as_it_came)) as kept:
        now.backup(kept)
    yield made
    assert set(running.end()) == {0}


@pytest.fixture(scope="session")
def fresh() -> Iterator[Installation]:
    """A new installation without any data, and a stand-in clearing house."""
    running = Running()
    running.start("healthcode_sandbox", until="Stand-in")
    yield running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
    assert set(running.end()) == {0}


def sign_in(page: Page, address: str, mail: str, password: str) -> None:
    page.goto(f"{address}/")
    page.get_by_label("E-mail").fill(mail)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, a line each."""
    # The page's own policy forbids scripts from elsewhere; the test's evaluation is not bound by it.
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
