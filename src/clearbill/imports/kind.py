"""What a kind of file is to the pipeline: how it is read, checked, taken in and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.text import capfirst

from clearbill.clients.models import Client
from clearbill.fileformats import Answers, Question, Reading
from clearbill.fileformats.columns import Column
from clearbill.fileformats.uploaded_file import Source
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor


class ReadsFile(Protocol):
    """Whoever reads a kind of file."""

    def __call__(self, source: Source, today: date, answers: Answers, /, *, after_row: int = 0) -> Reading[Any]:
        """Return the reading of the rows after one. Raises UnreadableFile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row as a page shows it: who it is about, what stands in it, what would change or changed, and the client.

    `cells` stand under the headings of its kind after the first.
    """

    row: ImportRow
    name: str
    cells: tuple[str, ...]
    changes: list[tuple[str, str, str]]
    client: Client | None


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One field of a row beside the same of a record here; `is_asked` where a person chooses between both."""

    name: str
    label: str
    ours: str
    theirs: str
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One kind of file.

    `sources` are the systems that it may come from. `columns` are those that a person can read otherwise, of which
    those that are `needed` must be there; `labels` is what the fields of its rows are called, `headings` what a page
    shows of a row, and `to_decide` what rows are called that wait for a decision.

    `read` gives the reading of a file, `asks` what is left to ask about it by what the practice has. `new_rows` makes
    rows, not yet stored, of what the reading gives: of each row of the file its content or all its faults. `check`
    looks at stored rows again. `order` is by which field its rows are taken in, `undo_order` by which they are
    undone. `decide` is what a decision about all rows means for one. `take_in` and `undo` do it
    for a slice of rows within one transaction and put to each what became of it. `shown_rows`, `candidates` and
    `compared` are what a page shows: rows, the clients one may be about, and one beside such a client. A kind whose
    rows never wait for a decision has neither `to_decide` and `decide` nor `candidates` and `compared`.
    """

    slug: str
    sources: Mapping[str, str]
    columns: Mapping[str, Column]
    needed: Sequence[str]
    labels: Mapping[str, str]
    headings: tuple[str, ...]
    to_decide: str = ""
    order: str = "row_no"
    undo_order: str = "row_no"
    read: ReadsFile
    asks: Callable[[FileImport, Reading[Any]], Sequence[Question]]
    new_rows: Callable[[FileImport, Sequence[Sequence[Any]], Collection[str]], list[ImportRow]]
    check: Callable[[FileImport, Sequence[ImportRow]], None]
    take_in: Callable[[Actor, FileImport, Sequence[ImportRow]], None]
    undo: Callable[[Actor, FileImport, Sequence[ImportRow]], None]
    shown_rows: Callable[[FileImport, Sequence[ImportRow]], list[ShownRow]]
    decide: Callable[[ImportRow, str], dict[str, str]] = lambda _row, _do: {}
    candidates: Callable[[FileImport, ImportRow], list[Client]] = lambda _file, _row: []
    compared: Callable[[FileImport, ImportRow, Client], list[ComparedField]] = lambda _file, _row, _client: []

    def verdict_label(self, verdict: str) -> str:
        """Return what rows with this verdict are called."""
        return self.to_decide if verdict == ImportRow.DOUBLE else dict(ImportRow.VERDICTS)[verdict]

    def label(self, field: str) -> str:
        """Return what a field or column is called on a page; "" for the row as a whole."""
        column = self.columns.get(field)
        return self.labels.get(field) or (capfirst(column.called.removeprefix("the ")) if column else "")
