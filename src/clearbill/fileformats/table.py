"""A CSV file as records, one at a time: the delimiter and the header are found, no record can grow without bound."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from clearbill.fileformats.cells import looks_like_a_day, looks_like_an_amount
from clearbill.fileformats.duplicates import MOST_ROWS, TOO_MANY
from clearbill.fileformats.rows import UnreadableFile
from clearbill.fileformats.uploaded_file import Source

ONLY_A_HEADER = "The file holds no rows below its header."

LONGEST_LINE = 65_536

# A cell may hold line ends, but not so many; beyond this a quotation mark was never closed.
MOST_LINES = 10

# Banks put the account, the period and more above the header.
_HEADER_WITHIN = 30

_MOST_RECORDS = 2 * MOST_ROWS

_MOST_COLUMNS = 200

_DELIMITERS = ",;\t|"

_SAMPLE_ROWS, _SAMPLE_CELL = 5, 80

_NO_TABLE = "The file is no table: no line is parted by commas, semicolons, tabs or bars."


class _LineTooLong(Exception):
    """A line is longer than any row of a payment file."""


class _NeverCloses(Exception):
    """A quotation mark was opened and not closed for many lines."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells, or in `wrong` the sentence that says why it has none. Blank lines count in `row_no`."""

    row_no: int
    cells: list[str]
    wrong: str = ""


class _Lines:
    """The lines for the csv module; remembers those of the present record, so that they can be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self._taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= MOST_LINES:
            raise _NeverCloses
        line = self._again.popleft() if self._again else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) >= LONGEST_LINE and not line.endswith("\n"):
            self._skip_line()
            raise _LineTooLong
        self._taken.append(line)
        return line

    def _skip_line(self) -> None:
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass

    def begin(self) -> None:
        """A new record begins with the next line."""
        self._taken.clear()

    def again_after_first(self) -> None:
        """Give the lines of the broken record again, all but its first."""
        self._again.extendleft(reversed(self._taken[1:]))


def records(source: Source, delimiter: str) -> Iterator[Record]:
    """Yield every record that is not blank; after a broken one the reading goes on with the next line."""
    with source.text() as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        row_no = 0
        while True:
            lines.begin()
            row_no += 1
            if row_no > _MOST_RECORDS:
                raise UnreadableFile(TOO_MANY)
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _LineTooLong:
                yield Record(row_no, [], "This line is longer than 65,536 characters.")
                continue
            except (_NeverCloses, csv.Error):
                lines.again_after_first()
                yield Record(row_no, [], "The quotation marks of this row do not come in pairs, or one never closes.")
                continue
            if any(cells) and any(cell.strip() for cell in cells):
                wrong = "This row holds a character that is no text (NUL)." if "\x00" in "".join(cells) else ""
                yield Record(row_no, cells, wrong)


@dataclass(frozen=True, slots=True)
class Table:
    """How a CSV file is built. `header_row_no` is 0 where no line names the columns; `names` are unique."""

    source: Source
    delimiter: str
    header_row_no: int
    names: tuple[str, ...]

    def rows(self) -> Iterator[Record]:
        """Yield the records below the header. One with a wrong number of cells says so in `wrong`."""
        width, count = len(self.names), 0
        for record in records(self.source, self.delimiter):
            if record.row_no <= self.header_row_no or self._names_the_delimiter(record):
                continue
            count += 1
            if count > MOST_ROWS:
                raise UnreadableFile(TOO_MANY)
            cells = record.cells
            if record.wrong or len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:]))):
                yield record
                continue
            few = "too few" if len(cells) < width else "too many"
            wrong = f"This row has {len(cells)} cells, {few}: there are {width} columns. Its cells may be shifted."
            yield Record(record.row_no, cells, wrong)

    def sample(self) -> tuple[tuple[str, ...], ...]:
        """Return the first records below the header as they stand, long cells shortened."""
        first = islice((record for record in self.rows() if record.cells), _SAMPLE_ROWS)
        return tuple(tuple(cell[:_SAMPLE_CELL] for cell in record.cells[: len(self.names)]) for record in first)

    def _names_the_delimiter(self, record: Record) -> bool:
        return record.row_no == 1 and bool(record.cells) and record.cells[0].startswith("sep=")


def find_table(source: Source, known: Callable[[str], str]) -> Table:
    """Return how the file is built. `known` gives our column for one of theirs, "" for a name that is not known.

    The header is the line that names most of our columns, with the delimiter for which it does. Raises UnreadableFile.
    """
    best, best_score = None, 0
    for delimiter in _DELIMITERS:
        for record in islice(records(source, delimiter), _HEADER_WITHIN):
            score = len({column for cell in record.cells[:_MOST_COLUMNS] if (column := known(cell))})
            if score > best_score and len(record.cells) > 1 and not _holds_data(record.cells):
                best, best_score = (delimiter, record), score
    if best is not None:
        delimiter, record = best
        return Table(source, delimiter, record.row_no, _unique(record.cells))
    return _without_known_names(source)


def _without_known_names(source: Source) -> Table:
    delimiter, first = max(
        ((delimiter, record) for delimiter in _DELIMITERS for record in islice(records(source, delimiter), 1)),
        key=lambda found: len(found[1].cells),
        default=("", Record(0, [])),
    )
    if not 2 <= len(first.cells) <= _MOST_COLUMNS:
        raise UnreadableFile(_NO_TABLE)
    if _holds_data(first.cells):
        return Table(source, delimiter, 0, tuple(f"column {no}" for no in range(1, len(first.cells) + 1)))
    return Table(source, delimiter, first.row_no, _unique(first.cells))


def _holds_data(cells: list[str]) -> bool:
    return any(looks_like_an_amount(cell) or looks_like_a_day(cell) for cell in cells[:_MOST_COLUMNS])


def _unique(cells: list[str]) -> tuple[str, ...]:
    """Return the names of the columns; blank and repeated ones get their number, blank ones at the end are dropped."""
    names = [" ".join(cell.replace("\x00", "").split())[:60] for cell in cells[:_MOST_COLUMNS]]
    while names and not names[-1]:
        names.pop()
    unique = [
        name if name and names.count(name) == 1 else f"{name} (column {no})" if name else f"column {no}"
        for no, name in enumerate(names, 1)
    ]
    return tuple(unique)
