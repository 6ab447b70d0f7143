"""The bytes of a file: kept once as they came, opened to be read, and read by the present answers."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import IO, Any, get_args

from clearbill.fileformats import Answers, Reading
from clearbill.fileformats.rows import INSURER, MEANINGS, SAME, DateOrder
from clearbill.fileformats.uploaded_file import Source
from clearbill.imports.kinds import KINDS
from clearbill.imports.models import FileImport, FileImportPart

PIECE_BYTES = 256 * 1024


def digest_of(content: IO[bytes]) -> str:
    """Return the SHA-256 of what the stream holds, from its start."""
    digest = hashlib.sha256()
    for piece in _pieces(content):
        digest.update(piece)
    return digest.hexdigest()


def keep(file: FileImport, content: IO[bytes]) -> None:
    """Keep what the stream holds, from its start, in pieces that fit into memory."""
    for position, piece in enumerate(_pieces(content)):
        FileImportPart.objects.create(file=file, position=position, content=piece)


@contextmanager
def open_source(file: FileImport) -> Iterator[Source]:
    """Give the file to be read; it is on disk where it is large, and gone afterwards. Raises UnreadableFile."""
    with tempfile.SpooledTemporaryFile(max_size=4 * PIECE_BYTES) as copy:
        for piece in file.pieces():
            copy.write(piece)
        yield Source(copy)


@contextmanager
def open_reading(file: FileImport, today: date) -> Iterator[Reading[Any]]:
    """Give the reading of the file by the present answers. Raises UnreadableFile, also while it is iterated.

    Once nothing is left to ask, it is that of the rows which were not read yet.
    """
    is_settled = file.state == FileImport.CHECKING
    answers = Answers(
        columns=file.answers.get("columns", {}),
        same=file.answers.get("same", {}),
        order=_order(file.found if is_settled else file.answers),
        insurers=file.answers.get("insurers", {}),
        sheet=file.answers.get("sheet", ""),
        meanings=file.answers.get("meanings", {}),
        is_settled=is_settled,
    )
    with open_source(file) as source:
        yield KINDS[file.kind].read(source, today, answers, after_row=file.rows_read)


def _order(kept: Mapping[str, Any]) -> DateOrder | None:
    return next((order for order in get_args(DateOrder) if order == kept.get("order")), None)


def with_answers(kept: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers with those to the questions of these fields, as a file keeps them."""
    answers: dict[str, Any] = {
        "columns": dict(kept.get("columns", {})),
        "same": dict(kept.get("same", {})),
        "insurers": dict(kept.get("insurers", {})),
        "order": kept.get("order", ""),
        "sheet": kept.get("sheet", ""),
        "meanings": dict(kept.get("meanings", {})),
    }
    for field, value in given.items():
        if field in ("order", "sheet"):
            answers[field] = value
        elif field.startswith(MEANINGS):
            answers["meanings"][field] = value
        elif field.startswith(SAME):
            answers["same"][field.removeprefix(SAME)] = value
        elif field.startswith(INSURER):
            answers["insurers"][field.removeprefix(INSURER)] = value
        else:
            answers["columns"][field] = value
    return answers


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    content.seek(0)
    while piece := content.read(PIECE_BYTES):
        yield piece
