"""The `healthcode-sandbox` command."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from healthcode_sandbox.house.clock import UK
from healthcode_sandbox.server import start

USUAL_PORT = 8010


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns 0 then, 1 where it cannot start, with one sentence why."""
    # Its ledger holds bills: nobody else on this machine reads it.
    os.umask(0o077)
    ending = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, lambda *_: ending.set())
    try:
        choice = _parser().parse_args(argv)
        running = start(
            data_folder=choice.data,
            port=choice.port,
            host=choice.host,
            clock_start=choice.clock,
            speed=choice.speed,
            slow_seconds=choice.slow_seconds,
            accepts_duplicates=choice.accept_duplicates,
            fresh=choice.fresh,
        )
    except OSError as fault:
        return _cannot(f"It cannot use {choice.host}:{choice.port} or {choice.data}: {fault.strerror or fault}.")
    except sqlite3.Error as fault:
        return _cannot(f"Its ledger in {choice.data} cannot be opened: {fault}.")
    with running:
        print(f"Stand-in clearing house at {running.address} (its ledger is in {choice.data / 'sandbox'})", flush=True)
        ending.wait()
    return 0


def _cannot(sentence: str) -> int:
    print(f"The stand-in clearing house cannot start. {sentence}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="healthcode-sandbox", description="A stand-in for the clearing house.")
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("CLEARBILL_SANDBOX_PORT", str(USUAL_PORT)),
        help="port to listen on (CLEARBILL_SANDBOX_PORT, else 8010; 0 takes a free one)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("CLEARBILL_DATA") or _user_folder(),
        help="folder for the ledger (CLEARBILL_DATA, else the user's data folder)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; only this computer unless given")
    parser.add_argument("--fresh", action="store_true", help="begin with an empty ledger and real time")
    parser.add_argument(
        "--speed",
        type=_speed,
        default=os.environ.get("CLEARBILL_SANDBOX_SPEED", "1"),
        help="how many times faster the clock runs (CLEARBILL_SANDBOX_SPEED, else 1)",
    )
    parser.add_argument("--slow-seconds", type=_seconds, default=20.0, help="how long a slow answer takes (else 20)")
    parser.add_argument(
        "--accept-duplicates",
        action="store_true",
        help="take the same message, and the same invoice number, as often as it comes",
    )
    parser.add_argument("--clock", type=_moment, help="set the clock to this time, such as 2026-09-01T09:00+01:00")
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("the time must look like 2026-09-01T09:00+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UK)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("the port must be a number from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1.0 <= speed <= 100_000.0:
        raise argparse.ArgumentTypeError("the speed must be a number from 1 to 100000")
    return speed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= 3600.0:
        raise argparse.ArgumentTypeError("the seconds must be a number from 0 to 3600")
    return seconds


def _user_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "clearbill"


if __name__ == "__main__":
    raise SystemExit(main())
