"""The backup file: a ZIP with the database's copy, a manifest that says what it is, and the keys where asked for."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from clearbill.backups.progress import Progress, Say
from clearbill.bill.problem import Refused

FORMAT, FORMAT_VERSION = "clearbill-backup", 1

MANIFEST, KEYS = "manifest.json", "encryption-keys"

DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}

"""The name of the database’s copy inside the backup, by engine."""

LARGEST_MANIFEST = 1_000_000

CHUNK = 1 << 20

# What zipfile raises for a file that it cannot read, NotImplementedError for a compression it does not know.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file inside the backup, with what proves it whole."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is: of which Clearbill, when (UTC), of which engine, and how many claims stood in each status."""

    clearbill: str
    taken_at: datetime
    engine: str
    migrations: tuple[str, ...]
    claims: Mapping[str, int]
    parts: tuple[Part, ...] = field(default=())
    audit_heads: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def has_keys(self) -> bool:
        return any(part.name == KEYS for part in self.parts)

    def as_json(self) -> str:
        """Return the manifest as it stands in the file."""
        return json.dumps(
            {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "clearbill": self.clearbill,
                "taken_at": self.taken_at.astimezone(UTC).isoformat(),
                "engine": self.engine,
                "migrations": list(self.migrations),
                "claims": dict(self.claims),
                "audit_heads": {practice: list(head) for practice, head in self.audit_heads.items()},
                "parts": [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in self.parts],
            },
            indent=2,
        )


def write(target: Path, manifest: Manifest, *, database: Path, keys: str = "", say: Say) -> Manifest:
    """Write the backup at `target`, readable by its owner only, and return its full manifest.

    It is written beside its place, brought to disk and then put there whole. Raises OSError.
    """
    draft = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as file:
                parts = [_put(file, database, say)]
                if keys:
                    file.writestr(KEYS, keys)
                    parts.append(_part(KEYS, keys.encode()))
                whole = replace(manifest, parts=tuple(parts))
                file.writestr(MANIFEST, whole.as_json())
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    settle_folder(target.parent)
    return whole


def settle_folder(folder: Path) -> None:
    """Bring to disk which files a folder holds."""
    # Some file systems, such as those of memory sticks, cannot do this for folders.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path) -> Manifest:
    """Return what the backup says of itself. Raises Refused for a file that is damaged, or no backup."""
    with _opened(path) as file:
        if file.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise ValueError
        told = json.loads(file.read(MANIFEST))
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Refused(f"{path} is not a backup of Clearbill.")
    if told.get("format_version") != FORMAT_VERSION:
        raise Refused(
            f"{path} was made by a newer Clearbill ({told.get('clearbill')}). Bring Clearbill up to date, then restore."
        )
    try:
        return _manifest(told)
    except _UNREADABLE:
        raise Refused(f"{path} is damaged: its manifest cannot be read.") from None


def unpack(path: Path, manifest: Manifest, *, into: Path, say: Say) -> Path:
    """Put the backup's parts into the folder and return the database's copy.

    Raises Refused where a part is missing or is not what the manifest says, OSError where there is no room.
    """
    with _opened(path) as file:
        if {info.filename for info in file.infolist()} != {MANIFEST, *(part.name for part in manifest.parts)}:
            raise ValueError
        for part in manifest.parts:
            with file.open(part.name) as packed:
                _take_out(packed, part, into / part.name, say)
    return into / manifest.parts[0].name


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    if not os.access(path, os.R_OK):
        raise Refused(f"{path} may not be read by this user.")
    if not zipfile.is_zipfile(path):
        raise Refused(f"{path} is not a backup of Clearbill, or it is not complete.")
    try:
        with zipfile.ZipFile(path) as file:
            if MANIFEST not in file.namelist():
                raise Refused(f"{path} is not a backup of Clearbill.")
            yield file
    except _UNREADABLE:
        raise Refused(f"{path} is damaged: what is in it is not what was put in.") from None


def _put(file: zipfile.ZipFile, source: Path, say: Say) -> Part:
    digest, progress, done = hashlib.sha256(), Progress(say, source.stat().st_size), 0
    info = zipfile.ZipInfo.from_file(source, source.name)
    info.compress_type = zipfile.ZIP_STORED if source.suffix == ".dump" else zipfile.ZIP_DEFLATED
    with source.open("rb") as plain, file.open(info, "w") as packed:
        while chunk := plain.read(CHUNK):
            packed.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress.at(done)
    return Part(name=source.name, bytes=done, sha256=digest.hexdigest())


def _part(name: str, content: bytes) -> Part:
    return Part(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _take_out(packed: IO[bytes], part: Part, target: Path, say: Say) -> None:
    digest, done, progress = hashlib.sha256(), 0, Progress(say, part.bytes)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as plain:
        while chunk := packed.read(CHUNK):
            done += len(chunk)
            if done > part.bytes:
                raise ValueError
            digest.update(chunk)
            plain.write(chunk)
            progress.at(done)
        plain.flush()
        os.fsync(plain.fileno())
    if (done, digest.hexdigest()) != (part.bytes, part.sha256):
        raise ValueError


def _manifest(told: dict[str, Any]) -> Manifest:
    parts = tuple(
        Part(name=str(one["name"]), bytes=int(one["bytes"]), sha256=str(one["sha256"])) for one in told["parts"]
    )
    names = [part.name for part in parts]
    if not names or names[0] not in DATABASES.values() or names[1:] not in ([], [KEYS]):
        raise ValueError
    taken_at = datetime.fromisoformat(told["taken_at"])
    if taken_at.tzinfo is None or told["engine"] not in DATABASES:
        raise ValueError
    return Manifest(
        clearbill=str(told["clearbill"]),
        taken_at=taken_at,
        engine=told["engine"],
        migrations=tuple(str(one) for one in told["migrations"]),
        claims={str(status): int(count) for status, count in told["claims"].items()},
        parts=parts,
        audit_heads={
            str(practice): (int(length), str(last_hash))
            for practice, (length, last_hash) in told.get("audit_heads", {}).items()
        },
    )
