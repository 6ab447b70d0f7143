"""A page process with a small application of its own, to see how it ends. Prints its port and `ended` at the end.

/slow answers after a second; anything else at once, with the number of this process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

import django


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    django.setup()
    from clearbill.web import serving

    listening = serving.listen("127.0.0.1", 0)
    server = serving.Server(application, listening, threads=2)
    print(f"port {listening.getsockname()[1]}", flush=True)
    server.run()
    print("ended", flush=True)
