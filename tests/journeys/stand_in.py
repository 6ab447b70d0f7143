"""The stand-in clearing house as a process whose slow answers take a given time.

`python -m tests.journeys.stand_in FOLDER PORT SLOW_SECONDS`; otherwise it is what `healthcode-sandbox` starts.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from healthcode_sandbox.server import start


def main(folder: Path, port: int, slow_seconds: float) -> None:
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with start(data_folder=folder, port=port, slow_seconds=slow_seconds) as running:
        print(f"Stand-in clearing house at {running.address}", flush=True)
        ending.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
