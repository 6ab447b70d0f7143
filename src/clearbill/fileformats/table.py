"""A table as records, one at a time: delimiter or sheet and header are found, no record grows without bound."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from clearbill.fileformats.cells import looks_like_a_day, looks_like_an_amount
from clearbill.fileformats.duplicates import MOST_ROWS, TOO_MANY
from clearbill.fileformats.foreign_files import refuse_foreign, refuse_other_xml
from clearbill.fileformats.marks import begins_as_html
from clearbill.fileformats.rows import Choice, Question, UnreadableFile
from clearbill.fileformats.sheets import sheets_of
from clearbill.fileformats.sheets.html_table import NO_TABLE as WEB_PAGE
from clearbill.fileformats.sheets.sheet import Sheet
from clearbill.fileformats.sheets.workbook import WORKBOOK_ENDINGS
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

TABLE_FORMATS = ("CSV", "Excel")

TABLE_FILES = ",".join([".csv", ".txt", *WORKBOOK_ENDINGS, "text/csv"])
"""The value of `accept` for a field that takes a table in any of TABLE_FORMATS."""

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


Records = Callable[[], Iterator[Record]]

_PARTED_BY = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is built. `header_row_no` is 0 where no line names the columns; `names` are unique.

    `records` gives all its records anew; `encoding` is that of a text, "" for a workbook; `note` is a sentence on how
    the table was found, and `questions` has the one that is left where several sheets of a workbook could be meant.
    """

    records: Records
    header_row_no: int
    names: tuple[str, ...]
    encoding: str = ""
    note: str = ""
    questions: tuple[Question, ...] = ()

    def rows(self) -> Iterator[Record]:
        """Yield the records below the header. One with a wrong number of cells says so in `wrong`."""
        width, count = len(self.names), 0
        for record in self.records():
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One way to take a file: with this delimiter, or this sheet of it. `score` is how many columns `header` names."""

    records: Records
    encoding: str = ""
    note: str = ""
    sheet: str = ""
    header: Record = Record(0, [])
    score: int = 0

    def table(self, questions: tuple[Question, ...] = ()) -> Table:
        names = _unique(self.header.cells)
        return Table(self.records, self.header.row_no, names, self.encoding, self.note, questions)


def find_table(source: Source, known: Callable[[str], str], sheet: str = "") -> Table:
    """Return how the table of a file is built. `known` gives our column for one of theirs, "" for an unknown name.

    The header is the line that names most of our columns, with the delimiter, or in the sheet, for which it does.
    `sheet` is the one that a person chose. Raises UnreadableFile, also for a file that is known to be no table.
    """
    refuse_foreign(source, TABLE_FORMATS)
    refuse_other_xml(source, TABLE_FORMATS)
    every_sheet = sheets_of(source)
    sheets = [one for one in every_sheet if one.name == sheet] or every_sheet
    several = len(every_sheet) > 1
    candidates = [_of_sheet(one, several) for one in sheets] or [_parted(source, one) for one in _DELIMITERS]
    scored = [_with_header(candidate, known) for candidate in candidates]
    best = max(scored, key=lambda one: one.score)
    if not best.score:
        return _without_known_names(source, candidates)
    equal = [one.sheet for one in scored if one.sheet and one.score == best.score]
    if len(equal) > 1:
        return replace(best, note="").table((_which_sheet(equal),))
    return best.table()


def _parted(source: Source, delimiter: str) -> _Candidate:
    all_records = partial(records, source, delimiter)
    return _Candidate(all_records, source.encoding, f"Its columns are parted by {_PARTED_BY[delimiter]}.")


def _of_sheet(sheet: Sheet, is_one_of_several: bool) -> _Candidate:
    def all_records() -> Iterator[Record]:
        return (Record(row_no, cells) for row_no, cells in sheet.rows())

    note = f"The sheet “{sheet.name}” was read." if is_one_of_several else ""
    return _Candidate(all_records, note=note, sheet=sheet.name)


def _with_header(candidate: _Candidate, known: Callable[[str], str]) -> _Candidate:
    """Return the candidate with the line that names most of our columns, if there is one."""
    best = candidate
    for record in islice(candidate.records(), _HEADER_WITHIN):
        score = len({column for cell in record.cells[:_MOST_COLUMNS] if (column := known(cell))})
        if score > best.score and len(record.cells) > 1 and not _holds_data(record.cells):
            best = replace(candidate, header=record, score=score)
    return best


def _which_sheet(names: list[str]) -> Question:
    choices = tuple(Choice(name, f"“{name}”") for name in names)
    return Question("sheet", "Several sheets of the workbook hold such a table. Which one is it?", choices)


def _without_known_names(source: Source, candidates: list[_Candidate]) -> Table:
    firsts = [(candidate, record) for candidate in candidates for record in islice(candidate.records(), 1)]
    candidate, first = max(firsts, key=lambda found: len(found[1].cells), default=(candidates[0], Record(0, [])))
    if begins_as_html(source.opening):
        raise UnreadableFile(WEB_PAGE)
    if not 2 <= len(first.cells) <= _MOST_COLUMNS:
        raise UnreadableFile(_NO_TABLE)
    if _holds_data(first.cells):
        names = tuple(f"column {no}" for no in range(1, len(first.cells) + 1))
        return Table(candidate.records, 0, names, candidate.encoding, candidate.note)
    return replace(candidate, header=first).table()


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
