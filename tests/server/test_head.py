"""After the head of an answer to HEAD no byte follows: the next answer on the connection begins where it should."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from healthcode_sandbox.server import start
from tests.patience import SECONDS
from tests.processes import Process, run, surroundings

END = b"\r\n\r\n"
LONG = "/" + "x" * 300_000


def answer_to(port: int, request: bytes, *, then: bytes = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") -> bytes:
    """Return what comes after the head of the answer to `request`, with `then` sent on the same connection.

    Where the answer is the last one of its connection, all that comes before the other end closes it.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(request)
        got = _until(connection, b"", END)
        head, _, rest = got.partition(END)
        assert head.startswith(b"HTTP/1."), head
        if not re.search(rb"(?im)^connection: *close", head):
            connection.sendall(then)
            return _until(connection, rest, END)
        return _until(connection, rest, None)


def _until(connection: socket.socket, got: bytes, end: bytes | None) -> bytes:
    try:
        while (end is None or end not in got) and (more := connection.recv(65536)):
            got += more
    except ConnectionResetError:
        pass
    return got


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"HEAD {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def is_clean(rest: bytes) -> bool:
    return rest == b"" or rest.startswith(b"HTTP/1.1 ")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a page process with an application that answers in every way there is."""
    environment = surroundings(tmp_path_factory.mktemp("pages"))
    with Process(environment, "-m", "tests.server.page_process") as process:
        process.wait_for("port ")
        found = re.search(r"port (\d+)", "".join(process.lines))
        assert found
        yield int(found[1])


@pytest.fixture(scope="module")
def clearbill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Clearbill itself."""
    environment = surroundings(tmp_path_factory.mktemp("clearbill"))
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    with Process(environment, "-m", "clearbill", "web") as web:
        web.wait_for("The pages are at")
        yield int(environment["CLEARBILL_PORT"])


@pytest.mark.parametrize("path", ["/", "/slow", "/pieces", "/file", "/fault", "/204", "/304"])
def test_no_kind_of_answer_has_a_body_after_head(pages: int, path: str) -> None:
    assert is_clean(answer_to(pages, head(path)))


@pytest.mark.parametrize("path", ["/204", "/304"])
def test_a_status_without_a_body_has_none_after_get_either(pages: int, path: str) -> None:
    assert is_clean(answer_to(pages, head(path).replace(b"HEAD", b"GET")))


@pytest.mark.parametrize("path", ["/pieces", "/file"])
def test_a_body_comes_whole_after_get(pages: int, path: str) -> None:
    expected = "one\ntwo\n" if path == "/pieces" else (Path(__file__).parent / "page_process.py").read_text()
    assert httpx.get(f"http://127.0.0.1:{pages}{path}", timeout=SECONDS).text == expected


@pytest.mark.parametrize(
    "request_",
    [
        head(LONG),
        head("/", "Content-Length: 999999999999"),
        head("/", "Content-Length: many"),
        head("/", "Transfer-Encoding: gzip"),
        head("/", "no header at all"),
        b"\r\n\r\n" + head("/", "Content-Length: many"),
        head("/").replace(b"HTTP/1.1", b"HTTP/1.0"),
        head("/", "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
        head("/", "Connection: close"),
        head("/", "Expect: 100-continue", "Content-Length: 0"),
    ],
    ids=["431", "413", "400", "501", "no header", "blank lines", "1.0", "1.0 kept", "closed", "continue"],
)
def test_no_refusal_of_the_server_itself_has_a_body_after_head(pages: int, request_: bytes) -> None:
    assert is_clean(answer_to(pages, request_))


def test_a_head_that_comes_byte_by_byte_is_one_too(pages: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", pages), timeout=SECONDS)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head("/pieces"):
            connection.sendall(bytes([byte]))
        assert _until(connection, b"", None).partition(END)[2] == b""


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/set-up",
        "/today",
        "/no/such/page",
        "/sign-out",
        "/health",
        "/ready",
        "/metrics",
        "/password/forgotten",
        "/static/nothing.css",
        "/clients/%ff",
        "/?%00=%00",
    ],
)
def test_head_then_get_on_one_connection_of_clearbill(clearbill: int, path: str) -> None:
    rest = answer_to(clearbill, head(path))
    assert rest.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.slow
def test_a_pool_of_kept_connections_gets_each_answer_to_its_own_question(clearbill: int) -> None:
    at = f"http://127.0.0.1:{clearbill}"
    plain = {"Accept-Encoding": "identity"}
    with httpx.Client(limits=httpx.Limits(max_connections=1), timeout=SECONDS, headers=plain) as gateway:
        page = gateway.get(f"{at}/set-up").text
        style = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert style
        for path in ["/set-up", "/health", "/no/such/page", "/metrics", style[1], "/sign-out"]:
            answer = gateway.head(at + path)
            assert answer.content == b""
            assert int(answer.headers["content-length"]) == len(gateway.get(at + path).content)
            assert gateway.get(f"{at}/health").text == "alive\n"


@pytest.mark.slow
def test_a_foreign_host_is_refused_without_a_body_after_head(clearbill: int) -> None:
    assert is_clean(answer_to(clearbill, head("/sign-in").replace(b"localhost", b"evil.example")))


@pytest.mark.parametrize(
    "request_",
    [
        *(head(path) for path in ["/", "/no/such/page", "/.well-known/discovery-document.json", "/HCWebServices/x"]),
        head("/", "Content-Length: 999999999999"),
        head(LONG),
        head("/", *(f"X-{number}: x" for number in range(200))),
    ],
    ids=["page", "404", "discovery", "405", "413", "414", "431"],
)
def test_the_stand_in_sends_no_body_after_head(tmp_path: Path, request_: bytes) -> None:
    with start(data_folder=tmp_path) as house:
        assert is_clean(answer_to(int(house.address.rsplit(":", 1)[1]), request_))
