"""The stand-in clearing house as a process whose slow answers take a given time.

`python -m tests.journeys.stand_in FOLDER PORT SLOW_SECONDS careful|careless`: a careless house takes the same message,
and the same invoice number, as often as it comes, so its ledger shows whatever was sent twice. Otherwise it is what
`healthcode-sandbox` starts.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

from healthcode_sandbox.app import create_app
from healthcode_sandbox.house.house import open_house
from healthcode_sandbox.server import Running, _Handler, _Server


def main(folder: Path, port: int, slow_seconds: float, is_careful: bool) -> None:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    opened = open_house(data_folder=folder, slow_seconds=slow_seconds)
    house = replace(opened, remembers_references=is_careful, refuses_duplicates=is_careful)
    with socket.create_server(("127.0.0.1", port)) as taken:
        server = _Server("127.0.0.1", port, create_app(house), handler=_Handler, fd=taken.fileno())
    with Running(house, server) as running:
        print(f"Stand-in clearing house at {running.address}", flush=True)
        ending.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "careful")
