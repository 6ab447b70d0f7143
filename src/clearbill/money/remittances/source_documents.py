"""The documents that remittances came in: stored as they came, once, in pieces that fit into memory."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.db import transaction

from clearbill.money.remittances.models import Document, DocumentPart
from clearbill.people.actor import Actor

PIECE_BYTES = 256 * 1024


def store(actor: Actor, *, way: str, content: IO[bytes], name: str = "") -> tuple[Document, bool]:
    """Keep what the stream holds, from its start, once. Returns the document, and whether it is new."""
    content.seek(0)
    digest = hashlib.sha256()
    for piece in _pieces(content):
        digest.update(piece)
    content.seek(0)
    with transaction.atomic():
        pieces = _pieces(content)
        document, is_new = Document.objects.get_or_create(
            practice=actor.practice,
            sha256=digest.hexdigest(),
            defaults={
                "way": way,
                "name": name[:200],
                "content": next(pieces, b""),
                "received_at": actor.now,
                "by": actor.user,
            },
        )
        if is_new:
            for position, piece in enumerate(pieces, start=1):
                DocumentPart.objects.create(document=document, position=position, content=piece)
    return document, is_new


@contextmanager
def open_document(document: Document) -> Iterator[IO[bytes]]:
    """Give the document as a file to be read; it is on disk where it is large, and gone afterwards."""
    with tempfile.SpooledTemporaryFile(max_size=4 * PIECE_BYTES) as file:
        for piece in document.pieces():
            file.write(piece)
        file.seek(0)
        yield file


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(PIECE_BYTES):
        yield piece
