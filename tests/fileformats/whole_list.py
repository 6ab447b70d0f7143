"""A list of codes or prices read to its end."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clearbill.fileformats import Answers, Reading, RowFault, UnreadableFile
from clearbill.fileformats.uploaded_file import Source


@dataclass
class WholeList:
    """The good rows, what is wrong, and what is asked: field and sentence."""

    rows: list[Any] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)


def whole_list(
    read: Callable[[Source, Answers], Reading[Any]], content: bytes, answers: dict[str, str] | None = None
) -> WholeList:
    """Return all that the reading gives; a file that cannot be read is a fault of it."""
    found = WholeList()
    try:
        reading = read(Source(io.BytesIO(content)), Answers.of(answers or {}))
        if reading.questions:
            return WholeList(questions=[(one.field, one.sentence) for one in reading.questions])
        for one in reading:
            (found.faults if isinstance(one, RowFault) else found.rows).append(one)
    except UnreadableFile as why:
        return WholeList(faults=[RowFault(0, "", str(why))])
    return found
