"""Who drips a request, keeps connections open or sends too much keeps nobody else from their page."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from django.core import signing

from tests.patience import SECONDS, pace
from tests.processes import Process, surroundings

pytestmark = pytest.mark.slow
HALF_A_HEAD = b"POST /anything HTTP/1.1\r\nHost: localhost\r\nX-"
HALF_A_BODY = b"POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nhalf"
LONG = str(pace(3600))


@contextmanager
def pages(folder: Path, **settings: str) -> Iterator[tuple[str, int]]:
    with Process(surroundings(folder, **settings), "-m", "tests.server.page_process") as process:
        process.wait_for("port ")
        found = re.search(r"port (\d+)", "".join(process.lines))
        assert found
        yield "127.0.0.1", int(found[1])


def get(address: tuple[str, int]) -> httpx.Response:
    return httpx.get(f"http://{address[0]}:{address[1]}/", timeout=SECONDS)


def half_open(stack: ExitStack, address: tuple[str, int], count: int, *, of: str = "127.0.0.1") -> list[socket.socket]:
    made = []
    for _ in range(count):
        one = stack.enter_context(socket.create_connection(address, timeout=SECONDS, source_address=(of, 0)))
        one.sendall(HALF_A_HEAD)
        made.append(one)
    return made


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"CLEARBILL_TLS": "on"},
        {"CLEARBILL_CONNECTIONS_OF_AN_ADDRESS": "2000"},
        {"CLEARBILL_CONNECTIONS": "100", "CLEARBILL_CONNECTIONS_OF_AN_ADDRESS": "2000"},
    ],
    ids=["as installed", "behind a proxy", "no limit of an address", "fewer than there are"],
)
def test_a_page_answers_beside_500_half_open_connections(tmp_path: Path, settings: dict[str, str]) -> None:
    with pages(tmp_path, CLEARBILL_HEAD_SECONDS=LONG, **settings) as address, ExitStack() as stack:
        half_open(stack, address, 500)
        assert get(address).status_code == 200


def test_the_connections_of_one_address_make_room_for_each_other_and_leave_others_alone(tmp_path: Path) -> None:
    limits = {"CLEARBILL_CONNECTIONS_OF_AN_ADDRESS": "3", "CLEARBILL_HEAD_SECONDS": LONG}
    with pages(tmp_path, **limits) as address, ExitStack() as stack:
        other = half_open(stack, address, 1, of="127.0.0.2")
        many = half_open(stack, address, 5)
        # Answered after all of them have been taken.
        assert get(address).status_code == 200
        assert is_open(other[0])
        assert [is_open(one) for one in many[:2]] == [False, False]
        assert is_open(many[-1])


@pytest.mark.parametrize("beginning", [b"", HALF_A_HEAD, b"\r\n"], ids=["nothing", "head", "blank lines"])
def test_a_head_that_drips_is_dropped(tmp_path: Path, beginning: bytes) -> None:
    with pages(tmp_path, CLEARBILL_HEAD_SECONDS=str(pace(1)), CLEARBILL_BODY_SECONDS=LONG) as address:
        assert _is_dropped(address, beginning, drip=b"\r\n\r\n" if beginning == b"\r\n" else b"x")


def test_a_body_that_drips_is_dropped(tmp_path: Path) -> None:
    with pages(tmp_path, CLEARBILL_HEAD_SECONDS=str(pace(1)), CLEARBILL_BODY_SECONDS=str(pace(1))) as address:
        assert _is_dropped(address, HALF_A_BODY)


def test_a_chunked_body_that_drips_is_dropped(tmp_path: Path) -> None:
    begun = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with pages(tmp_path, CLEARBILL_HEAD_SECONDS=str(pace(1)), CLEARBILL_BODY_SECONDS=str(pace(1))) as address:
        assert _is_dropped(address, begun, drip=b"1\r\nx\r\n")


def test_what_comes_in_time_is_answered_however_it_is_cut(tmp_path: Path) -> None:
    with pages(tmp_path) as address, socket.create_connection(address, timeout=SECONDS) as slow:
        slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello":
            slow.sendall(bytes([byte]))
        assert slow.recv(4096).startswith(b"HTTP/1.1 200 OK")


def _is_dropped(address: tuple[str, int], beginning: bytes, drip: bytes = b"x") -> bool:
    """Send and go on sending until the other end hangs up; fails where it never does."""
    with socket.create_connection(address, timeout=pace(0.05)) as connection:
        connection.sendall(beginning)
        for _ in range(int(SECONDS / 0.05)):
            with suppress(TimeoutError):
                try:
                    if beginning:
                        connection.sendall(drip)
                    return connection.recv(1) == b""
                except ConnectionError:
                    return True
    return False


def _cookie(environment: dict[str, str], secret: str) -> str:
    value = signing.TimestampSigner(key=secret, salt="clearbill.known-browser").sign("known")
    return f"clearbill_browser_{environment['CLEARBILL_PORT']}={value}"


@pytest.mark.parametrize(
    ("cookie", "size", "status"),
    [
        ("", 900_000, 200),
        ("", 1_100_000, 413),
        ("", 119 * 1024 * 1024, 413),
        ("session=forged", 1_100_000, 413),
        ("forged", 1_100_000, 413),
        ("ours", 1_100_000, 200),
        ("ours", 121 * 1024 * 1024, 413),
    ],
)
def test_who_has_not_signed_in_sends_no_more_than_a_form(tmp_path: Path, cookie: str, size: int, status: int) -> None:
    environment = surroundings(tmp_path, CLEARBILL_SECRET_KEY="k" * 50)
    secret = "k" * 50 if cookie == "ours" else "z" * 50
    sent = _cookie(environment, secret) if cookie in ("ours", "forged") else cookie
    with pages(tmp_path, **{name: value for name, value in environment.items() if name.startswith("CLEARBILL")}) as at:
        head = f"POST / HTTP/1.1\r\nHost: localhost\r\nCookie: {sent}\r\nContent-Length: {size}\r\n\r\n"
        with socket.create_connection(at, timeout=SECONDS) as connection:
            connection.sendall(head.encode())
            if status == 200:
                connection.sendall(b"x" * size)
            assert connection.recv(4096).split(b" ")[1] == str(status).encode()


def test_nor_does_a_body_in_pieces_grow_beyond_it(tmp_path: Path) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with pages(tmp_path) as address, socket.create_connection(address, timeout=SECONDS) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(17):
                connection.sendall(piece)
        assert connection.recv(4096).split(b" ")[1] == b"413"
