"""The disk is full: the worker says so, sends nothing that it cannot note, and goes on once there is room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.processes import Scene, Stage, Worker, waits
from tests.patience import pace, wait_until

pytestmark = pytest.mark.slow
CLAIMS = 40
FULL, FILE_ENDED = "disk is full", "disk I/O error"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("Only who may mount has a disk that is really full; the file that cannot grow is tried by anybody.")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Take all room that is left on the disk, and give it back."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    yield
    ballast.unlink()


@contextmanager
def no_file_grows(worker: Worker, largest_bytes: int) -> Iterator[None]:
    """Let no file of the worker grow, as a quota does."""
    before = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (largest_bytes, before[1]))
    yield
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, before)


def with_a_bill_in_hand(scene: Scene) -> Worker:
    """Start a worker and return it with bills taken and sent, to which the house has not yet answered.

    The house is slow with every bill, so that most have not been taken yet, whatever the machine.
    """
    scene.house.misbehave("slow", scope="all")
    worker = scene.worker(**waits(reply_seconds=5))
    wait_until("a bill is on its way", lambda: scene.count("state = 'sending'", of="claims_outbox"))
    return worker


def bills_once_all_have_arrived(scene: Scene) -> int:
    """Return how many bills the house has when nothing is on its way any more; each was taken before it was sent."""

    def taken() -> int:
        return scene.count("state IN ('sending', 'done')", of="claims_outbox")

    wait_until("every bill that was taken has arrived", lambda: len(scene.house.bills()) == taken())
    return taken()


def test_a_full_disk_loses_nothing_and_is_said_plainly(stage: Stage, small_disk: Path) -> None:
    with stage.scene("sqlite", claims=CLAIMS, slow_seconds=pace(2), data=small_disk) as scene:
        worker = with_a_bill_in_hand(scene)
        with full(small_disk):
            worker.wait_until_said(FULL)
            rounds = worker.said().count(FULL)
            wait_until("the worker tried again", lambda: worker.said().count(FULL) > rounds)
            # A small change may still have found room; what was not written was not sent.
            assert bills_once_all_have_arrived(scene) < CLAIMS
            scene.house.behave()
        scene.wait_until_settled()
        scene.check()


def test_a_file_that_cannot_grow_loses_nothing_and_is_said_plainly(stage: Stage) -> None:
    with stage.scene("sqlite", claims=CLAIMS, slow_seconds=pace(2)) as scene:
        worker = with_a_bill_in_hand(scene)
        wal = scene.database.folder / "clearbill.sqlite3-wal"
        with no_file_grows(worker, os.stat(wal).st_size):
            worker.wait_until_said(FILE_ENDED)
            rounds = worker.said().count(FILE_ENDED)
            wait_until("the worker tried again", lambda: worker.said().count(FILE_ENDED) > rounds)
            assert bills_once_all_have_arrived(scene) < CLAIMS
            scene.house.behave()
        scene.wait_until_settled()
        scene.check()
