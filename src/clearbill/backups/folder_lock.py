"""Who uses a data folder: every process that opens the database holds it with the others, a restore holds it alone.

The hold is a lock on a file, so it ends with its process however that ends.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db import OperationalError

from clearbill.bill.problem import Refused

FILE = "in-use"

_held: dict[Path, TextIO] = {}

_one_at_a_time = threading.Lock()


class RestoreUnderWay(OperationalError):
    """A backup is being restored into this data folder."""

    def __init__(self) -> None:
        super().__init__("A backup is being restored into this installation. Wait until that has finished.")


def hold_shared() -> None:
    """Hold the data folder, with others, until this process ends. Raises RestoreUnderWay."""
    folder = Path(settings.DATA_FOLDER)
    with _one_at_a_time:
        if folder not in _held:
            mark = (folder / FILE).open("w")
            if not _locked(mark, fcntl.LOCK_SH):
                mark.close()
                raise RestoreUnderWay
            _held[folder] = mark


@contextmanager
def hold_exclusive() -> Iterator[None]:
    """Hold the data folder for oneself. Raises Refused where another process of Clearbill uses it."""
    folder = Path(settings.DATA_FOLDER)
    with (folder / FILE).open("w") as mark:
        if not _locked(mark, fcntl.LOCK_EX):
            raise Refused(f"Clearbill is running on {folder}. Stop its web pages, workers and commands, then restore.")
        _held[folder] = mark
        try:
            yield
        finally:
            del _held[folder]


def _locked(mark: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(mark, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
