"""A short list, such as codes or prices, read to its end: its good rows, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic

from clearbill.fileformats.rows import LeftOut, Question, Reading, Row, RowFault, UnreadableFile
from clearbill.fileformats.table import Record, Table

NO_ROWS = "The file has no rows below the names of its columns."


@dataclass(slots=True)
class WholeFile(Generic[Row]):
    """What a file holds. Nothing was read of one that has no rows and a fault at row 0."""

    rows: list[Row] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


def read_whole(read: Callable[[], Reading[Row]]) -> WholeFile[Row]:
    """Return all that `read` gives, whatever the bytes of the file. A question about it is a fault of the file."""
    found = WholeFile[Row]()
    try:
        reading = read()
        if reading.questions:
            return WholeFile(faults=[_unanswered(question) for question in reading.questions])
        for one in reading:
            if isinstance(one, RowFault):
                found.faults.append(one)
            elif not isinstance(one, LeftOut):
                found.rows.append(one)
    except UnreadableFile as why:
        return WholeFile(faults=[RowFault(0, "", str(why))])
    return found


def _unanswered(question: Question) -> RowFault:
    sentence = question.sentence.partition(" Which one")[0]
    return RowFault(0, question.field, f"{sentence} Name it above its cells, and no other column so.")


def list_rows(
    table: Table, read: Callable[[Record], Iterable[Row | RowFault]], *, most: int, too_many: str
) -> Iterator[Row | RowFault]:
    """Yield what `read` makes of each record of a list. Raises UnreadableFile for more than `most` records."""
    count = 0
    for count, record in enumerate(table.rows(), 1):
        if count > most:
            raise UnreadableFile(too_many)
        yield from [RowFault(record.row_no, "", record.wrong)] if record.wrong else read(record)
    if not count:
        yield RowFault(0, "", NO_ROWS)
