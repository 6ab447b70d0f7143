"""A page process that is told to end answers what it has been asked, and only then goes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest

from clearbill.server import graceful_server
from tests.patience import SECONDS, pace, wait_until
from tests.processes import Process, run, surroundings

pytestmark = pytest.mark.slow
HALF = b"POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nhalf"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Process]:
    environment = surroundings(tmp_path, CLEARBILL_LEAVE_SECONDS=str(pace(2)))
    with Process(environment, "-m", "tests.server.page_process") as process:
        process.wait_for("port ")
        yield process


def address(pages: Process) -> tuple[str, int]:
    found = re.search(r"port (\d+)", "".join(pages.lines))
    assert found
    return "127.0.0.1", int(found[1])


def ask(connection: socket.socket, path: str) -> bytes:
    """Ask over an open connection and return the answer's body; "" where the other end closes it first."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = HTTPResponse(connection)
    answer.begin()
    return answer.read()


def tell(pages: Process, number: signal.Signals) -> None:
    """Send the signal and return once the process has it in hand."""
    pages.send(number)
    pages.wait_for("told to end")


def url(pages: Process, path: str) -> str:
    return f"http://127.0.0.1:{address(pages)[1]}{path}"


def get(address: str, **how: Any) -> httpx.Response:
    return httpx.get(address, timeout=SECONDS, **how)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_requests_in_hand_and_queued_ones_are_answered(pages: Process, number: signal.Signals) -> None:
    people = [HTTPConnection(*address(pages), timeout=SECONDS) for _ in range(6)]
    for person in people:
        person.request("GET", "/")
        assert person.getresponse().read()
    # Six slow requests on two threads: four of them stand in the queue when the signal comes.
    for person in people:
        person.request("GET", "/slow")
    code = pages.end(number)
    answers = [person.getresponse() for person in people]
    assert [answer.status for answer in answers] == [200] * 6
    assert {answer.headers["Connection"] for answer in answers} == {"close"}
    assert {answer.read() for answer in answers} == {str(pages.pid).encode()}
    assert code == 0
    assert pages.said("ended") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_open_connection_may_ask_once_more_and_is_told_that_it_was_the_last_time(
    pages: Process, number: signal.Signals
) -> None:
    with httpx.Client(timeout=SECONDS) as browser:
        first = browser.get(url(pages, "/"))
        tell(pages, number)
        last = browser.get(url(pages, "/"))
    assert "connection" not in first.headers
    assert last.headers["connection"] == "close"
    assert last.text == str(pages.pid)
    pages.wait_for("ended")


def test_a_process_that_leaves_takes_connections_until_the_proxy_has_seen_it(pages: Process) -> None:
    tell(pages, signal.SIGTERM)
    assert get(url(pages, "/")).status_code == 200
    pages.wait_for("ended")
    with pytest.raises(httpx.ConnectError):
        get(url(pages, "/"))


def test_a_replaced_process_leaves_new_connections_to_its_successor(pages: Process) -> None:
    with socket.create_connection(address(pages)) as kept, socket.create_connection(address(pages)) as late:
        assert ask(kept, "/")
        tell(pages, signal.SIGHUP)
        # Once this is answered, it has begun to leave new connections alone.
        assert ask(kept, "/")
        with socket.create_connection(address(pages)) as newcomer:
            newcomer.settimeout(1)
            with pytest.raises(TimeoutError):
                ask(newcomer, "/")
        assert pages.said("ended") == 0
        late.close()


def test_a_request_of_which_half_has_arrived_is_waited_for(pages: Process) -> None:
    with socket.create_connection(address(pages)) as slow:
        slow.sendall(HALF)
        # Once this is answered, what came before it has been read.
        assert get(url(pages, "/")).status_code == 200
        tell(pages, signal.SIGINT)
        # Time in which it could end too early.
        time.sleep(0.7)
        slow.sendall(b"half")
        slow.settimeout(SECONDS)
        assert slow.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_an_idle_connection_keeps_nobody_waiting_for_long_and_ctrl_c_not_at_all(pages: Process) -> None:
    with socket.create_connection(address(pages)) as idle:
        assert ask(idle, "/")
        began = time.monotonic()
        assert pages.end(signal.SIGINT) == 0
        assert time.monotonic() - began < graceful_server.FINISH_SECONDS
        assert idle.recv(4096) == b""


def test_ctrl_c_cuts_a_lingering_short(pages: Process) -> None:
    with socket.create_connection(address(pages)) as idle:
        assert ask(idle, "/")
        tell(pages, signal.SIGHUP)
        assert pages.said("ended") == 0
        began = time.monotonic()
        assert pages.end(signal.SIGINT) == 0
        assert time.monotonic() - began < graceful_server.LINGER_SECONDS


def test_clearbill_web_says_503_at_ready_first_and_serves_on_until_it_ends(tmp_path: Path) -> None:
    environment = surroundings(tmp_path, CLEARBILL_LEAVE_SECONDS=str(SECONDS))
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    at = f"http://127.0.0.1:{environment['CLEARBILL_PORT']}"
    with Process(environment, "-m", "clearbill", "web") as web:
        web.wait_for("The pages are at")
        assert get(f"{at}/ready").status_code == 200
        web.send(signal.SIGTERM)
        wait_until("it is ready no more", lambda: get(f"{at}/ready").status_code == 503)
        assert get(f"{at}/ready").text == "not ready: this process is ending\n"
        assert get(f"{at}/sign-in", follow_redirects=True).status_code == 200
        assert web.end(signal.SIGINT) == 0


def test_a_successor_that_does_not_become_ready_changes_nothing(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    at = f"http://127.0.0.1:{environment['CLEARBILL_PORT']}"
    with Process(environment, "-m", "clearbill", "serve") as serve:
        serve.wait_for("Ctrl-C")
        before = serve.children()
        keys = tmp_path / "encryption-keys"
        kept = keys.read_text()
        keys.unlink()
        keys.mkdir()
        serve.send(signal.SIGHUP)
        serve.wait_for("go on")
        keys.rmdir()
        keys.write_text(kept)
        assert serve.children() == before
        assert get(f"{at}/ready").status_code == 200
        assert serve.end(signal.SIGTERM) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="terminals are made in another way elsewhere")
def test_closing_the_terminal_ends_serve_instead_of_renewing_it(tmp_path: Path) -> None:
    environment = surroundings(tmp_path)
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    words = [sys.executable, "-m", "clearbill", "serve"]
    with subprocess.Popen(words, env=environment, stdin=theirs, stdout=subprocess.PIPE, preexec_fn=take_terminal) as at:
        os.close(theirs)
        assert at.stdout
        assert any(line.startswith(b"Ctrl-C") for line in at.stdout)
        os.close(ours)
        assert at.wait(timeout=SECONDS) == 0


def test_behind_a_proxy_with_tls_its_word_counts(tmp_path: Path) -> None:
    environment = surroundings(tmp_path, CLEARBILL_TLS="on")
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    at = f"http://127.0.0.1:{environment['CLEARBILL_PORT']}"
    with Process(environment, "-m", "clearbill", "web") as web:
        web.wait_for("The pages are at")
        said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        answer = get(f"{at}/sign-in", headers=said)
        assert "max-age" in answer.headers["strict-transport-security"]
        assert get(f"{at}/metrics", headers=said).status_code == 403
        assert web.end(signal.SIGINT) == 0


@pytest.mark.parametrize("words", [["--web", "0", "--workers", "0"], ["--web", "-1"]])
def test_serve_refuses_numbers_that_make_no_sense(tmp_path: Path, words: list[str]) -> None:
    said = run(surroundings(tmp_path), "-m", "clearbill", "serve", *words)
    assert said.returncode == 1
    assert "not both 0" in said.stderr
