"""The stand-in clearing house on a clock that stands still, and its own pages."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from golden_files.crawl import Answer, Crawl, Target
from golden_files.files import Folder
from golden_files.normalise import Normaliser

GOLDEN = Path(__file__).resolve().parents[1] / "golden.py"


@contextmanager
def running(port: int, moment: datetime, *, begins_at: datetime) -> Iterator[None]:
    """Run it until the end of the block; its own clock stands at `begins_at` until it is moved."""
    words = [sys.executable, str(GOLDEN), "stand-in", "--clock", begins_at.isoformat(), "--moment", moment.isoformat()]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_it_listens(port, process)
            yield
        finally:
            process.terminate()


def write_pages(folder: Folder, normaliser: Normaliser, port: int) -> None:
    """Write down its pages and files as a browser gets them."""

    def get(target: Target, _: str) -> Answer:
        response = client.get(target.address, headers={"Accept": "text/html"})
        kind = response.headers.get("content-type", "")
        head = normaliser.text(f"{response.status_code} {target.address}")
        folder.write("stand-in", target.address, f"{head}\n\n{normaliser.content(response.content, kind)}")
        return Answer(response.status_code, kind, response.content)

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        Crawl(get, _shape_of).walk("/")


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _shape_of(path: str) -> str:
    """Return a path without what has figures in it, as the name of its kind."""
    return "" if path.startswith("/static") else re.sub(r"[^/]*\d[^/]*", "*", path)


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The stand-in clearing house did not start.")
