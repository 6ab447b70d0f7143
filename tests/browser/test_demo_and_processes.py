"""The demo is what it promises, and every process starts and ends as it should."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import httpx
import pytest

from clearbill.bill import dates
from tests import migrated, patience
from tests.browser.conftest import Installation, Running
from tests.demo.promises import PROMISES, Promise, broken
from tests.ports import free_port

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_the_demo_has_what_it_promises(demo: Installation, promise: Promise) -> None:
    """Asked of the demo as it came: other tests work in it."""
    with closing(sqlite3.connect(demo.as_it_came)) as database:
        assert broken(promise, lambda question: database.execute(question).fetchall(), dates.today()) == ""


def test_the_front_page_leads_to_a_page_with_sign_in(demo: Installation) -> None:
    answer = httpx.get(f"{demo.address}/", follow_redirects=True, timeout=patience.SECONDS)
    assert answer.status_code == 200
    assert "Sign in" in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_second_start_keeps_the_data_and_sigterm_ends_it_cleanly() -> None:
    running = Running()
    migrated.put_into(running.folder)
    try:
        first = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
        running.processes[0].send_signal(signal.SIGTERM)
        assert running.processes.pop().wait(timeout=patience.SECONDS) == 0
        second = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
        assert first.set_up_code() == second.set_up_code()
    finally:
        assert running.end() == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_start_that_is_killed_takes_its_processes_with_it() -> None:
    running = Running()
    migrated.put_into(running.folder)
    running.start("clearbill", "serve", until="Ctrl-C")
    running.processes[0].kill()
    running.processes.pop().wait(timeout=patience.SECONDS)
    try:
        running.start("clearbill", "serve", until="Ctrl-C")
    finally:
        assert running.end() == [0]


def test_a_taken_port_is_said_in_a_sentence(demo: Installation) -> None:
    said = run(demo, "serve")
    assert said.returncode == 1
    assert "is in use" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_taken_port_of_the_pages_alone_and_two_equal_ports_are_said_in_a_sentence(demo: Installation) -> None:
    alone = run(demo, "web")
    both = run(demo, "demo", CLEARBILL_SANDBOX_PORT=demo.environment["CLEARBILL_PORT"])
    assert (alone.returncode, both.returncode) == (1, 1)
    assert "The pages cannot be served at" in alone.stderr
    assert "Choose two." in both.stderr
    assert "Traceback" not in alone.stderr + both.stderr


def test_a_wrong_setting_is_said_in_a_sentence(demo: Installation) -> None:
    said = run(demo, "worker", "--once", CLEARBILL_PORT="eight")
    assert said.returncode == 1
    assert "CLEARBILL_PORT is “eight”. It must be a port number from 1 to 65535." in said.stderr


def test_the_worker_alone_ends_cleanly(demo: Installation) -> None:
    assert run(demo, "worker", "--once").returncode == 0


def run(installation: Installation, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clearbill", *words],
        env={**installation.environment, **environment},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


def test_two_demos_cannot_share_a_folder(demo: Installation) -> None:
    said = run(demo, "demo", CLEARBILL_PORT=str(free_port()), CLEARBILL_SANDBOX_PORT=str(free_port()))
    assert said.returncode == 1
    assert "Another demo uses" in said.stderr
