"""Heads of the hash chains, written to a file that is kept elsewhere, so that a chain cannot be cut off unnoticed.

One line of JSON for each time that a chain grew: {"practice", "length", "last_hash"}. A line {"restored": true} says
that a backup took the place of the database: what stands before it speaks of another chain.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from clearbill.bill.problem import Refused
from clearbill.db.ids import parse_id
from clearbill.people.audit import chain
from clearbill.people.audit.chain import Head


def append_next(file: Path | None) -> bool:
    """Append new entries to a chain and, where there is a file, its head to that. Return whether there were any.

    Raises OSError where the file cannot be written.
    """
    appended = chain.append_next()
    if appended and file:
        practice, head = appended
        _append(file, [{"practice": str(practice), "length": head.length, "last_hash": head.last_hash}])
    return appended is not None


def note_restore(file: Path) -> None:
    """Say that the chains begin anew. Raises OSError."""
    _append(file, [{"restored": True}])


def read(file: Path) -> dict[UUID, list[Head]]:
    """Return the heads of each practice since the last restore. Raises Refused for a file that cannot be read."""
    found: dict[UUID, list[Head]] = {}
    try:
        for line in file.read_text().splitlines():
            told = json.loads(line)
            if told.get("restored"):
                found.clear()
                continue
            if not (practice := parse_id(told["practice"])):
                raise ValueError
            found.setdefault(practice, []).append(Head(int(told["length"]), str(told["last_hash"])))
    except OSError as wrong:
        raise Refused(f"{file} cannot be read: {wrong.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{file} is not a file of heads, or a line of it was changed.") from None
    return found


def _append(file: Path, lines: Iterable[dict[str, object]]) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as handle:
        handle.write("".join(f"{json.dumps(line)}\n" for line in lines))
        handle.flush()
        os.fsync(handle.fileno())
