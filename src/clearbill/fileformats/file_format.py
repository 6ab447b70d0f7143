"""What a file format is: its name, its endings, the mark by which a file of it is recognised, and its reader.

The tables of formats are `bank/formats.py` and `remittance/formats.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from clearbill.bill.text import either
from clearbill.fileformats.foreign_files import refuse_foreign, refuse_other_xml
from clearbill.fileformats.rows import Answers, Reading, Row
from clearbill.fileformats.uploaded_file import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat(Generic[Row]):
    """One format of files that people bring.

    `name` is what people call it. `endings` and `media_types` are those of the files that a person is offered to choose
    from. `begins` tells by the opening of a file whether it is of this format; the one format of a table that has no
    mark of its own has None, and reads what no other format recognises. `read` gives the reading of a file, and raises
    UnreadableFile.
    """

    name: str
    endings: tuple[str, ...]
    media_types: tuple[str, ...]
    begins: Callable[[str], bool] | None
    read: Callable[[Source, date, Answers], Reading[Row]]


Format = TypeVar("Format", bound=FileFormat[Any])


def format_of(source: Source, formats: Sequence[Format]) -> Format:
    """Return the first format that recognises the opening of the file, else the one without a mark of its own.

    Raises UnreadableFile for a file that is known to be of another kind.
    """
    names = [one.name for one in formats]
    refuse_foreign(source, names)
    for one in formats:
        if one.begins and one.begins(source.opening):
            return one
    refuse_other_xml(source, names)
    return next(one for one in formats if one.begins is None)


def in_words(formats: Sequence[FileFormat[Any]]) -> str:
    """Return the names of the formats as a sentence has them: “CSV or OFX”, “A, B or C”."""
    return either([one.name for one in formats])


def accepted(formats: Sequence[FileFormat[Any]]) -> str:
    """Return the value of `accept` for a field that takes files of these formats: endings, then media types."""
    endings = [ending for one in formats for ending in one.endings]
    return ",".join([*endings, *(media_type for one in formats for media_type in one.media_types)])
