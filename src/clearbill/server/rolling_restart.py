"""Rolling restart: each process gives way to a fresh one only when that one is ready."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from types import FrameType

from clearbill.server.processes import Processes, module_command

READY_WITHIN_SECONDS = 60.0


@dataclass
class Slot:
    """A place in the installation that one process after the other holds. `relieved_by` tells it to give way."""

    name: str
    words: tuple[str, ...]
    relieved_by: signal.Signals
    pass_fds: tuple[int, ...] = ()
    environment: dict[str, str] | None = None
    holder: subprocess.Popen[bytes] | None = None


class Slots:
    """The processes of an installation. On SIGHUP every one of them is replaced."""

    def __init__(self, processes: Processes, posts: list[Slot], *, migrates: bool) -> None:
        self._processes, self._posts, self._migrates = processes, posts, migrates
        self._is_due = False
        self._had_terminal = os.isatty(0)
        signal.signal(signal.SIGHUP, self._renew_soon)

    def fill(self) -> None:
        """Start every process and return when all are ready. Ends ours with a sentence where one is not in time."""
        pipes = [(post, *self._start(post)) for post in self._posts]
        for post, process, pipe in pipes:
            if not self._is_ready(process, pipe):
                raise SystemExit(0 if self._processes.stop.is_set() else f"{post.name} could not be started.")
            post.holder = process

    def watch(self) -> int:
        """Wait for Ctrl-C or SIGTERM, renewing on SIGHUP. Returns 0, or 1 where a process ended by itself."""
        return self._processes.watch(self._renew_if_due)

    def _renew_soon(self, number: int, frame: FrameType | None) -> None:
        if self._had_terminal and not os.isatty(0):
            # No wish of anybody's: the terminal in which we were started was closed.
            self._processes.stop.set()
        self._is_due = True

    def _renew_if_due(self) -> None:
        if not self._is_due or self._processes.stop.is_set():
            return
        self._is_due = False
        if self._migrates and not self._is_migrated():
            _say("The database could not be brought up to date; the running processes go on.")
            return
        for post in self._posts:
            if not self._renew(post):
                return
        _say("Every process was replaced.")

    def _renew(self, post: Slot) -> bool:
        process, pipe = self._start(post)
        if not self._is_ready(process, pipe):
            self._processes.release(process, signal.SIGTERM)
            _say(f"{post.name}: the new process did not become ready; the running one goes on.")
            return False
        if post.holder is not None:
            self._processes.release(post.holder, post.relieved_by)
        post.holder = process
        return True

    def _start(self, post: Slot) -> tuple[subprocess.Popen[bytes], int]:
        """Start the post's next process and return it with the pipe on which it says that it is ready."""
        ours, theirs = os.pipe()
        words = (*module_command("clearbill"), *post.words, "--ready-fd", str(theirs))
        try:
            process = self._processes.start(*words, environment=post.environment, pass_fds=(*post.pass_fds, theirs))
        finally:
            os.close(theirs)
        return process, ours

    def _is_ready(self, process: subprocess.Popen[bytes], pipe: int) -> bool:
        """Wait for the process's word. False where it ended without one, took too long, or we are told to stop."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        try:
            while time.monotonic() < deadline and not self._processes.stop.is_set():
                if select.select([pipe], [], [], 0.1)[0]:
                    return os.read(pipe, 1) == b"1"
            return False
        finally:
            os.close(pipe)

    def _is_migrated(self) -> bool:
        migrating = self._processes.start(*module_command("clearbill"), "migrate", "--verbosity", "0")
        self._processes.running.remove(migrating)
        self._processes.released.append(migrating)
        while migrating.poll() is None and not self._processes.stop.is_set():
            time.sleep(0.05)
        return migrating.poll() == 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def signal_ready(pipe: int | None) -> None:
    """Say that this process is ready, once, where anybody asked to know."""
    if pipe is not None:
        os.write(pipe, b"1")
        os.close(pipe)
