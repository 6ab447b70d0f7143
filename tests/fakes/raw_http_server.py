"""A small HTTP server that gives the bytes it is told to give, however wrong; it knows nothing of what they mean.

`RawHttpServer` runs beside the caller and keeps what it was asked; `in_a_process` costs the caller nothing and keeps
nothing.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it arrived: `head` is its first line and its headers."""

    head: bytes
    body: bytes

    @property
    def path(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def headers(self) -> dict[str, str]:
        lines = (line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:])
        return {name: text.strip() for name, _, text in lines}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer, and how it is given: as it is, unless one of these is set.

    `cut` sends only that many bytes of the body and resets the connection, `silent` resets it without a byte,
    `drip_seconds` passes after each byte of the body, `wait_seconds` before the first of all.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    cut: int | None = None
    silent: bool = False
    drip_seconds: float = 0.0

    @cached_property
    def head(self) -> bytes:
        named = {"Content-Length": str(len(self.body)), **self.headers}
        lines = "".join(f"{name}: {text}\r\n" for name, text in named.items())
        return f"HTTP/1.1 {self.status} Answer\r\n{lines}\r\n".encode("latin-1")


Script = Callable[[Request], Answer]


def json_answer(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer whose body is the document as JSON."""
    return Answer(status=status, body=json.dumps(document).encode(), headers=headers or {})


class RawHttpServer:
    """Answers by path, as `on` says, and any other path by 404. `requests` holds what was asked, oldest first."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, list[Answer | Script]] = {}
        self._server = _Server(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.port = self._server.port
        self.address = f"http://127.0.0.1:{self.port}"

    def on(self, path: str, *answers: Answer | Script) -> None:
        """Give this path these answers, one after the other, the last one for ever."""
        self._answers[path] = list(answers)

    def requests_to(self, path: str) -> list[Request]:
        """Return what was asked of this path, whatever the query."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server.end_connections()

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        answers = self._answers.get(request.path.partition("?")[0]) or [Answer(status=404)]
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        return chosen if isinstance(chosen, Answer) else chosen(request)


@contextmanager
def in_a_process(script: Script) -> Iterator[str]:
    """Run a server as a process until the block ends, and give its address; `script` is a function of a module."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_serve_for_ever, args=(script, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve_for_ever(script: Script, port: Connection) -> None:
    server = _Server(script)
    port.send(server.port)
    server.serve_forever()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, script: Script) -> None:
        self.script, self._open = script, set[socket.socket]()
        super().__init__(("127.0.0.1", 0), _Connection)
        self.port = int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self._open.discard(request)

    def end_connections(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke, or what was no HTTP, is what tests are about."""


class _Connection(socketserver.BaseRequestHandler):
    """One connection, kept from answer to answer."""

    request: socket.socket
    server: _Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.request:
            kept = b""
            while read := self._read(kept):
                request, kept = read
                if not self._give(self.server.script(request)):
                    return

    def _read(self, kept: bytes) -> tuple[Request, bytes] | None:
        """Return the next request and the bytes after it; None where nothing comes, or what comes is no HTTP."""
        while (length := _length(kept)) is None:
            piece = self.request.recv(65536)
            kept += piece
            if not piece or not kept[:1].isalpha():
                return None
        head, _, rest = kept.partition(b"\r\n\r\n")
        while len(rest) < length:
            piece = self.request.recv(65536)
            if not piece:
                return None
            rest += piece
        return Request(head=head, body=rest[:length]), rest[length:]

    def _give(self, answer: Answer) -> bool:
        """Say whether the connection goes on after this answer."""
        if answer.wait_seconds:
            time.sleep(answer.wait_seconds)
        if answer.silent:
            return self._reset()
        if answer.drip_seconds:
            self.request.sendall(answer.head)
            for place in range(len(answer.body)):
                self.request.sendall(answer.body[place : place + 1])
                time.sleep(answer.drip_seconds)
            return True
        self.request.sendall(answer.head + answer.body[: answer.cut])
        return self._reset() if answer.cut is not None else answer.headers.get("Connection") != "close"

    def _reset(self) -> bool:
        """Let the end of this connection be a reset, and no end in good order."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


def _length(kept: bytes) -> int | None:
    """Return how long the body after a head is; None where the head is not all there."""
    head, mark, _ = kept.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return None if not mark else int(found[1]) if found else 0
