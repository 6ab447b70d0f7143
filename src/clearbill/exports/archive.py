"""The file of an export: a ZIP of lists, of every table as JSON, and of a manifest that says what must agree."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from clearbill.bill.problem import Refused

FORMAT, FORMAT_VERSION = "clearbill-export", 1

MANIFEST, DESCRIPTION = "manifest.json", "README.txt"

LARGEST_MANIFEST = 1_000_000

CHUNK = 1 << 20

# What zipfile and json raise for what they cannot read.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, NotImplementedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file inside, with what proves it whole."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export is: of which practice, made when (UTC) and by which Clearbill, its figures and its parts.

    `schema` is the last migration of each app, by which the tables are those of the Clearbill that reads them.
    """

    clearbill: str
    practice: str
    made_at: datetime
    schema: Mapping[str, str]
    figures: Mapping[str, Any]
    parts: tuple[Part, ...]

    def as_json(self) -> str:
        """Return the manifest as it stands in the file."""
        told = asdict(self) | {"made_at": self.made_at.astimezone(UTC).isoformat()}
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION} | told, indent=2, ensure_ascii=False)


class Writer:
    """Writes the parts of an export one after another, and keeps what proves each whole."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self.parts: list[Part] = []

    def put(self, name: str, pieces: Iterable[str]) -> None:
        """Write a part in UTF-8 from its pieces; no more than one of them is in memory."""
        digest, size = hashlib.sha256(), 0
        with self._file.open(name, "w", force_zip64=True) as packed:
            for piece in pieces:
                content = piece.encode()
                digest.update(content)
                size += packed.write(content)
        self.parts.append(Part(name=name, bytes=size, sha256=digest.hexdigest()))


class Reader:
    """An export that is whole: its manifest, and its parts to be read."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file, self.manifest = file, manifest

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes] | None]:
        """Give a part to be read line by line; None where the export has none of this name."""
        if all(part.name != name for part in self.manifest.parts):
            yield None
            return
        with self._file.open(name) as packed:
            yield packed


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Give an export whose every part is what its manifest says. Raises Refused for any other file."""
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    damaged = Refused(f"{path.name} is damaged, or it is no export of Clearbill.")
    if not zipfile.is_zipfile(path):
        raise damaged
    with zipfile.ZipFile(path) as file:
        try:
            manifest = _manifest(file, path)
            for part in manifest.parts:
                _verify(file, part)
        except _UNREADABLE:
            raise damaged from None
        yield Reader(file, manifest)


def _manifest(file: zipfile.ZipFile, path: Path) -> Manifest:
    if MANIFEST not in file.namelist() or file.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise ValueError
    told = json.loads(file.read(MANIFEST))
    if told.get("format") == "clearbill-backup":
        raise Refused(f"{path.name} is a backup of a whole installation. Use clearbill restore for it.")
    if told.get("format") != FORMAT:
        raise ValueError
    if told["format_version"] != FORMAT_VERSION:
        raise Refused(f"{path.name} was made by another Clearbill ({told['clearbill']}). Bring both up to date first.")
    made_at = datetime.fromisoformat(told["made_at"])
    if made_at.tzinfo is None:
        raise ValueError
    parts = [Part(name=str(one["name"]), bytes=int(one["bytes"]), sha256=str(one["sha256"])) for one in told["parts"]]
    return Manifest(
        clearbill=str(told["clearbill"]),
        practice=str(told["practice"]),
        made_at=made_at,
        schema={str(app): str(name) for app, name in told["schema"].items()},
        figures=dict(told["figures"]),
        parts=tuple(parts),
    )


def _verify(file: zipfile.ZipFile, part: Part) -> None:
    """Raise ValueError where the part is not what was written; it is never unpacked beyond its size."""
    digest, size = hashlib.sha256(), 0
    with file.open(part.name) as packed:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > part.bytes:
                raise ValueError
            digest.update(chunk)
    if (size, digest.hexdigest()) != (part.bytes, part.sha256):
        raise ValueError
