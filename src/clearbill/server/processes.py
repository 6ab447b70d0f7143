"""Run Clearbill's processes side by side and end them together, cleanly, on Ctrl-C or SIGTERM."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

STOP_WITHIN_SECONDS = 45

"""Longer than pages take to leave and a worker to finish the claim in hand: only what hangs is killed."""

_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> Callable[[], None] | None:
    """Return what a child does first so that it ends with us even when we are killed (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    ask = ctypes.CDLL(None).prctl
    return lambda: ask(_PR_SET_PDEATHSIG, signal.SIGINT)


_END_WITH_PARENT = _end_with_parent()


class PortTaken(SystemExit):
    """A port is in use. Ends the process with one plain sentence."""


def require_free(port: int, variable: str) -> None:
    """Raise PortTaken where something already listens on the port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(
                f"Port {port} is in use. Stop what runs there, or choose another with {variable}."
            ) from None


def wait_until_listening(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return once the port answers. Ends the process with a sentence where its owner died or took too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise SystemExit("A process of Clearbill ended before it was ready. Its last words stand above.")
        time.sleep(0.05)
    raise SystemExit("A process of Clearbill was not ready in time.")


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a data folder for oneself. Raises FolderTaken where another process holds it."""
    with (folder / "held").open("w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderTaken(
                f"Another demo uses {folder}. Stop it, or choose another folder with CLEARBILL_DATA."
            ) from None
        yield


class FolderTaken(SystemExit):
    """A data folder is in use. Ends the process with one plain sentence."""


class Processes:
    """Child processes that end with us: first asked, after a while made to.

    They are asked as Ctrl-C does, at once; with `passes_on` by the very signal that we were given.
    """

    def __init__(self, *, passes_on: bool = False) -> None:
        self.running: list[subprocess.Popen[bytes]] = []
        self.released: list[subprocess.Popen[bytes]] = []
        self.stop = threading.Event()
        self._passes_on = passes_on
        self._end_by = signal.SIGINT

    def __enter__(self) -> Processes:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._passes_on:
            self._end_by = signal.Signals(number)
        self.stop.set()

    def start(
        self, *words: str, environment: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start one of our commands. It gets no Ctrl-C of its own: we end it."""
        process = subprocess.Popen(
            words,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=_END_WITH_PARENT,
            pass_fds=pass_fds,
        )
        self.running.append(process)
        return process

    def release(self, process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        """Tell a process to end in its own time: its end is no accident any more."""
        self.running.remove(process)
        self.released.append(process)
        process.send_signal(number)

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for a process that ends by itself. Ends ours too where it failed, or where we are told to stop."""
        while process.poll() is None:
            if self.stop.wait(0.05):
                raise SystemExit(0)
        self.running.remove(process)
        if process.returncode:
            raise SystemExit("A step of the start failed. Its last words stand above.")

    def watch(self, now_and_then: Callable[[], None] = lambda: None) -> int:
        """Wait for Ctrl-C or SIGTERM and return 0, or 1 where a process ended by itself."""
        while not self.stop.wait(0.3):
            now_and_then()
            self.released = [process for process in self.released if process.poll() is None]
            if any(process.poll() is not None for process in self.running):
                print("A process of Clearbill ended by itself; stopping the others.", file=sys.stderr, flush=True)
                return 1
        return 0

    def end(self) -> None:
        everyone = [*self.running, *self.released]
        for process in reversed(everyone):
            if process.poll() is None:
                process.send_signal(self._end_by)
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for process in everyone:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()
        self.released.clear()


def module_command(package: str) -> tuple[str, ...]:
    """Return the words that run the command of a package with this Python.

    Wherever the package and its commands are installed; nothing is imported from the current folder.
    """
    return (sys.executable, "-P", "-m", package)
