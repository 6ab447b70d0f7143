"""Serving a house over HTTP/1.1: kept connections, no delay between head and body, nothing in the log but faults."""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from healthcode_sandbox.app import DROP_CONNECTION, LARGEST_MESSAGE_BYTES, create_app
from healthcode_sandbox.house.house import House, open_house

IDLE_SECONDS = 30

log = logging.getLogger("healthcode_sandbox")


class _Handler(WSGIRequestHandler):
    """One connection. Werkzeug's own handler closes after every answer; this one keeps the connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        if not self._take_body(environ):
            return
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            head[:] = [status, headers]

        parts: Iterable[bytes] = self.server.app(environ, start_response)
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        if environ.get(DROP_CONNECTION):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(*head, body=body)

    def _take_body(self, environ: dict[str, Any]) -> bool:
        """Read the whole body, so that the connection can be kept; a body too large or unreadable ends it."""
        if "wsgi.input_terminated" in environ:
            body = environ["wsgi.input"].read(LARGEST_MESSAGE_BYTES + 1)
        else:
            announced = self.headers.get("Content-Length", "0")
            size = int(announced) if announced.isascii() and announced.isdigit() else LARGEST_MESSAGE_BYTES + 1
            body = self.rfile.read(size) if size <= LARGEST_MESSAGE_BYTES else b"." * (LARGEST_MESSAGE_BYTES + 1)
        if len(body) > LARGEST_MESSAGE_BYTES:
            self.close_connection = True
            self._answer("413 Content Too Large", [("Content-Type", "text/plain")], body=b"The message is too large.\n")
            return False
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return True

    def _answer(self, status: str, headers: list[tuple[str, str]], *, body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what cannot be read with a head alone and end the connection: it may have been a HEAD."""
        self.close_connection = True
        self.send_response(code, message)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: a request line may hold what a person searched for."""


class _Server(ThreadedWSGIServer):
    """Threads per connection; a connection that breaks is no event."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection ended early")


class Running:
    """A house that serves in a thread of its own, until `stop`."""

    def __init__(self, house: House, server: BaseWSGIServer) -> None:
        self.house, self._server = house, server
        host = f"[{server.host}]" if ":" in server.host else server.host
        self.address = f"http://{host}:{server.port}"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()
        self._stopped = False

    def stop(self) -> None:
        """Take no more calls and close the ledger. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self.house.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.house.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *,
    data_folder: Path,
    port: int = 0,
    host: str = "127.0.0.1",
    clock_start: datetime | None = None,
    speed: float = 1.0,
    slow_seconds: float = 20.0,
    accepts_duplicates: bool = False,
    fresh: bool = False,
) -> Running:
    """Start a house and return it running; port 0 takes a free one.

    `clock_start` sets the house's clock (UTC), `speed` makes it run faster, `slow_seconds` is how long slow answers
    take. One that `accepts_duplicates` takes the same message, and the same invoice number, as often as it comes.
    Raises OSError where the port is taken or the folder cannot be written.
    """
    taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        house = open_house(
            data_folder=data_folder,
            clock_start=clock_start,
            speed=speed,
            slow_seconds=slow_seconds,
            accepts_duplicates=accepts_duplicates,
            fresh=fresh,
        )
        number = taken.getsockname()[1]
        # The server keeps a copy of the socket; ours is closed, so that a stopped house refuses connections.
        server = _Server(host, number, create_app(house), handler=_Handler, fd=taken.fileno())
    finally:
        taken.close()
    return Running(house, server)
