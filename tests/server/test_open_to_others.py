"""Pages for other machines need TLS in front, or a word that they do not; what goes with each answer."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clearbill.server import graceful_server
from clearbill.server.response_headers import HEADERS
from tests.patience import SECONDS
from tests.processes import Process, run, surroundings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "desk.example.org"])
def test_other_machines_are_not_served_without_tls_unless_somebody_says_so(settings, host):
    assert "without TLS" in graceful_server.why_not_open(host)
    settings.PLAIN_HTTP = True
    assert graceful_server.why_not_open(host) == ""
    settings.PLAIN_HTTP, settings.BEHIND_TLS = False, True
    assert graceful_server.why_not_open(host) == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_is_served(host):
    assert graceful_server.why_not_open(host) == ""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "web"])
def test_the_command_refuses_with_a_sentence(tmp_path: Path, command: str) -> None:
    said = run(surroundings(tmp_path), "-m", "clearbill", command, "--host", "0.0.0.0")
    assert said.returncode == 1
    assert "CLEARBILL_PLAIN_HTTP=on" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    environment = surroundings(tmp_path_factory.mktemp("tls"), CLEARBILL_TLS="on", CLEARBILL_HSTS_SUBDOMAINS="on")
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    with Process(environment, "-m", "clearbill", "web", "--host", "0.0.0.0") as web:
        web.wait_for("The pages are at")
        yield int(environment["CLEARBILL_PORT"])


@pytest.mark.slow
def test_with_tls_cookies_belong_to_this_host_alone_and_so_do_the_hosts_below(behind_tls: int) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    answer = httpx.get(f"http://127.0.0.1:{behind_tls}/set-up", headers=said, timeout=SECONDS)
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-clearbill_")
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["/set-up", "/sign-in", "/nothing", "/sign-out", "/health", "/ready", "/metrics", "css"]
)
def test_every_answer_has_the_headers(behind_tls: int, path: str) -> None:
    at = f"http://127.0.0.1:{behind_tls}"
    if path == "css":
        found = re.search(r'href="(/static/[^"]+\.css)"', httpx.get(f"{at}/set-up", timeout=SECONDS).text)
        assert found
        path = found[1]
    answer = httpx.get(at + path, timeout=SECONDS)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.slow
def test_so_has_what_the_server_itself_refuses(behind_tls: int) -> None:
    with socket.create_connection(("127.0.0.1", behind_tls), timeout=SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n")
        head = connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 400")
    assert all(f"{name}: {value}".encode() in head for name, value in HEADERS.items())
