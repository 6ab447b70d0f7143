"""What the rows of a short list, such as codes or prices, have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clearbill.fileformats.rows import Row, RowFault, UnreadableFile
from clearbill.fileformats.table import ONLY_A_HEADER, Record, Table


def list_rows(
    table: Table, read: Callable[[Record], Iterable[Row | RowFault]], *, most: int, too_many: str, after_row: int = 0
) -> Iterator[Row | RowFault]:
    """Yield what `read` makes of each record of a list, of those after a row; it is told of all of them.

    Raises UnreadableFile for more than `most` records.
    """
    count = 0
    for count, record in enumerate(table.rows(), 1):
        if count > most:
            raise UnreadableFile(too_many)
        found = [RowFault(record.row_no, "", record.wrong)] if record.wrong else read(record)
        if record.row_no > after_row:
            yield from found
    if not count:
        yield RowFault(0, "", ONLY_A_HEADER)
