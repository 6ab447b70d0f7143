"""What a kind of file is to the pipeline: how it is read, checked, taken in and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.text import capfirst

from clearbill.fileformats import Answers, Reading
from clearbill.fileformats.columns import Column
from clearbill.fileformats.uploaded_file import Source
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor


class ReadsFile(Protocol):
    """Whoever reads a kind of file."""

    def __call__(self, source: Source, today: date, answers: Answers, *, after_row: int = 0) -> Reading[Any]:
        """Return the reading of the rows after one. Raises UnreadableFile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One kind of file.

    `sources` are the systems that it may come from. `columns` are those that a person can read otherwise, `labels` what
    the fields of its rows are called. `read` gives the reading of a file. `new_rows` makes rows, not yet stored, of
    what the reading gives: of each row of the file its content or all its faults. `check` looks at stored rows again.
    `take_in` and `undo` do it for a slice of rows within one transaction and put to each what became of it.
    """

    slug: str
    sources: Mapping[str, str]
    columns: Mapping[str, Column]
    labels: Mapping[str, str]
    read: ReadsFile
    new_rows: Callable[[FileImport, Sequence[Sequence[Any]], Collection[str]], list[ImportRow]]
    check: Callable[[FileImport, Sequence[ImportRow]], None]
    take_in: Callable[[Actor, FileImport, Sequence[ImportRow]], None]
    undo: Callable[[Actor, FileImport, Sequence[ImportRow]], None]

    def label(self, field: str) -> str:
        """Return what a field or column is called on a page; "" for the row as a whole."""
        column = self.columns.get(field)
        return self.labels.get(field) or (capfirst(column.called.removeprefix("the ")) if column else "")
