"""A page process with a small application of its own, to see how it ends.

Prints its port, `told to end` for each signal once it has it in hand, and `ended` at the end. /slow answers after a
second, /pieces without a length, /file with this file, /fault not at all, /204 and /304 with a body that must not
go out; anything else at once, with the number of this process.
"""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import django


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(1)
    if path == "/fault":
        raise RuntimeError("on purpose")
    if path in KINDS:
        return KINDS[path](environ, start_response)
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def _pieces(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b"one\n", b"two\n"])


def _file(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    status = {"/204": "204 No Content", "/304": "304 Not Modified"}.get(environ["PATH_INFO"], "200 OK")
    start_response(status, [("Content-Type", "text/plain")])
    wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(Path(__file__).read_bytes()), 4096)
    return wrapped


KINDS = {"/pieces": _pieces, "/file": _file, "/204": _file, "/304": _file}


def say_when(number: int) -> None:
    """Print a line after what the server does at a signal."""
    does = signal.getsignal(number)
    assert callable(does)

    def told(given: int, frame: FrameType | None) -> None:
        does(given, frame)
        os.write(1, b"told to end\n")

    signal.signal(number, told)


if __name__ == "__main__":
    django.setup()
    from clearbill.server import graceful_server

    listening = graceful_server.listen("127.0.0.1", 0)
    server = graceful_server.Server(application, listening, threads=2)
    for each in graceful_server.SHUTDOWN_MODES:
        say_when(each)
    print(f"port {listening.getsockname()[1]}", flush=True)
    server.run()
    print("ended", flush=True)
