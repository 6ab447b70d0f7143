"""An uploaded code list between its preview and its commit: one file per practice at a time."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from clearbill.people.models import Practice


def store(practice: Practice, content: bytes, kind: str) -> UUID:
    """Keep the file and return the id by which it is found again; an earlier one is forgotten."""
    discard(practice)
    folder = _folder(practice)
    folder.mkdir(parents=True, exist_ok=True)
    upload_id = uuid4()
    path = folder / f"{upload_id}.{kind}.csv"
    partly = path.with_suffix(".part")
    partly.write_bytes(content)
    os.replace(partly, path)
    return upload_id


def find(practice: Practice, upload_id: UUID) -> tuple[bytes, str] | None:
    """Return the file's bytes and the kind chosen for it, or None where it is no longer kept."""
    for path in _folder(practice).glob(f"{upload_id}.*.csv"):
        try:
            return path.read_bytes(), path.name.split(".")[1]
        except FileNotFoundError:
            return None
    return None


def discard(practice: Practice) -> None:
    """Remove whatever is kept for the practice."""
    for path in _folder(practice).glob("*"):
        path.unlink(missing_ok=True)


def _folder(practice: Practice) -> Path:
    return Path(settings.DATA_FOLDER) / "uploads" / str(practice.pk)
