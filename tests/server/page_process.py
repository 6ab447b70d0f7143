"""A page process with a small application of its own, to see how it ends.

Prints its port, `told to end` for each signal once it has it in hand, and `ended` at the end. /slow answers after a
second; anything else at once, with the number of this process.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from types import FrameType

import django


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


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
