"""Take all of a practice out as one file, and bring such a file into an empty installation."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from clearbill import __version__
from clearbill.bill.problem import Refused
from clearbill.bill.text import enumerated
from clearbill.claims.recovery import in_doubt
from clearbill.clients.models import Client
from clearbill.clients.search import search_index
from clearbill.db.snapshot import snapshot
from clearbill.exports import archive, figures
from clearbill.exports.archive import DESCRIPTION, MANIFEST, Manifest, Reader, Writer
from clearbill.exports.description import description
from clearbill.exports.lists import LISTS
from clearbill.exports.tables import columns_of, exported_models, rows_of
from clearbill.fileformats.csv_writer import csv_lines
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice, Role, User

ROWS_AT_ONCE = 500

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A practice that came in: its manifest, its owners, and how many claims Healthcode is asked about first."""

    practice: Practice
    manifest: Manifest
    owners: tuple[User, ...]
    asked: int


class _Encoder(DjangoJSONEncoder):
    """Moments keep their microseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime | date) else super().default(o)


def export(actor: Actor, *, target: Path, say: Say) -> Manifest:
    """Write all of the practice as it is at one moment to a new file, and note in the audit trail who took it out.

    The file is readable by its owner only, and there whole or not at all. Raises Refused where there is one of this
    name already, and OSError.
    """
    if target.exists():
        raise Refused(f"There is already a file {target}. Choose another name.")
    actor.audit("took out all of the practice", actor.practice)
    draft = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as file, snapshot():
                manifest = _write(actor, file, say)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return manifest


def load(*, file: Path, now: datetime, say: Say) -> Loaded:
    """Bring an export into this installation, which must be empty: the whole of it or, with Refused, nothing.

    What may have been sent to Healthcode since the export was made is asked about first, as after a restore.
    """
    say("Verifying the file")
    with archive.opened(file) as reader, transaction.atomic():
        _refuse_unless_fit(reader.manifest)
        try:
            _put_rows(reader, say)
        except (DeserializationError, DatabaseError, ValueError) as wrong:
            raise Refused(
                f"{file.name} holds rows that fit no table: {type(wrong).__name__}. Nothing was kept."
            ) from None
        practice = Practice.objects.get()
        if told := figures.differences(reader.manifest.figures, figures.figures(practice)):
            raise Refused(f"What came in is not what the file says ({enumerated(told[:5])}). Nothing was kept.")
        Actor(practice, None, now).audit(
            "was brought in from an export", practice, changes={"made": reader.manifest.made_at.isoformat()}
        )
        asked = in_doubt.mark_restored(taken_at=reader.manifest.made_at, now=now)
    owners = Membership.objects.filter(practice=practice, role=Role.OWNER, is_active=True).select_related("user")
    return Loaded(
        practice=practice,
        manifest=reader.manifest,
        owners=tuple(one.user for one in owners.order_by("created_at")),
        asked=asked,
    )


def _write(actor: Actor, file: zipfile.ZipFile, say: Say) -> Manifest:
    writer = Writer(file)
    writer.put(DESCRIPTION, [description(actor.practice, actor.now)])
    for name, one in LISTS.items():
        say(f"lists/{name}.csv")
        writer.put(f"lists/{name}.csv", csv_lines(one.headings, one.rows(actor.practice)))
    for model in exported_models():
        say(_part_of(model))
        writer.put(_part_of(model), _json_lines(model, actor.practice))
    manifest = Manifest(
        clearbill=__version__,
        practice=actor.practice.name,
        made_at=actor.now,
        schema=_schema(),
        figures=figures.figures(actor.practice),
        parts=tuple(writer.parts),
    )
    file.writestr(MANIFEST, manifest.as_json())
    return manifest


def _part_of(model: type[Model]) -> str:
    return f"data/{model._meta.label_lower}.jsonl"


def _json_lines(model: type[Model], practice: Practice) -> Iterator[str]:
    """Yield the rows of a table in Django's JSONL form, some at a time."""
    fields, some = columns_of(model), []
    for row in rows_of(model, practice).iterator(chunk_size=ROWS_AT_ONCE):
        some.append(row)
        if len(some) == ROWS_AT_ONCE:
            yield serializers.serialize("jsonl", some, fields=fields, cls=_Encoder)
            some.clear()
    yield serializers.serialize("jsonl", some, fields=fields, cls=_Encoder)


def _refuse_unless_fit(manifest: Manifest) -> None:
    if Practice.objects.exists() or User.objects.exists():
        raise Refused(
            "This installation holds data already. Bring an export into a new, empty one: set CLEARBILL_DATA to "
            "another folder, or CLEARBILL_DATABASE_URL to another database."
        )
    if manifest.schema != _schema():
        raise Refused(
            f"The export was made by Clearbill {manifest.clearbill} with other tables than those of this one, "
            f"{__version__}. Bring both to the same version, then make the export anew."
        )


def _schema() -> dict[str, str]:
    """Return the last migration of each app that was applied here."""
    ours = {model._meta.app_label for model in exported_models()}
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return {app: name for app, name in applied if app in ours}


def _put_rows(reader: Reader, say: Say) -> None:
    models = exported_models()
    for model in models:
        say(_part_of(model))
        with reader.part(_part_of(model)) as lines:
            for row in serializers.deserialize("jsonl", lines) if lines else ():
                if type(row.object) is not model:
                    raise ValueError
                row.save(force_insert=True)
    search_index.reindex(Client.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
