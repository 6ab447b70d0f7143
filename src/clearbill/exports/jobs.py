"""An export as a job: asked for on a page, made by a worker, downloaded, deleted after a week."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from clearbill.bill.problem import Refused
from clearbill.exports import services
from clearbill.exports.models import Export
from clearbill.people.actor import Actor
from clearbill.workspace.connection import ClientFactory

KEPT_FOR = timedelta(days=7)

ABANDONED_AFTER = timedelta(hours=2)
"""A worker that makes an export for longer has died."""

FAULT = "Something went wrong in Clearbill. Whoever looks after this installation finds it in the log."

NO_FILE = "The file is no longer kept. Make a new export."


def ask(actor: Actor) -> Export:
    """Ask for an export of the practice and return it. Raises Refused where one is being made."""
    try:
        with transaction.atomic():
            return Export.objects.create(practice=actor.practice, by=actor.user, asked_at=actor.now)
    except IntegrityError:
        raise Refused("An export is being made already. Wait until it is there.") from None


def make_next(*, now: datetime, house_of: ClientFactory) -> bool:
    """Make the export that waits longest and return whether there was one. `house_of` is not used."""
    waiting = Q(taken_at=None) | Q(taken_at__lt=now - ABANDONED_AFTER)
    row = Export.objects.filter(waiting, made_at=None, failure="").order_by("asked_at").first()
    if row is None or not Export.objects.filter(waiting, pk=row.pk).update(taken_at=now):
        return False
    _make(Export.objects.select_related("practice", "by").get(pk=row.pk), now)
    return True


def file_of(row: Export) -> Path:
    """Return where the file of an export lies. Raises Refused where it is no longer kept."""
    place = _place(row)
    if not row.has_file or not place.exists():
        raise Refused(NO_FILE)
    return place


def take(actor: Actor, row: Export) -> Path:
    """Return the file to be downloaded, and note in the audit trail who took it. Raises Refused."""
    place = file_of(row)
    actor.audit("downloaded an export of all of the practice", row.practice, changes={"made": row.asked_at.isoformat()})
    return place


def remove(actor: Actor, row: Export) -> None:
    """Delete the file of an export."""
    if Export.objects.filter(pk=row.pk, removed_at=None).exclude(made_at=None).update(removed_at=actor.now):
        _place(row).unlink(missing_ok=True)
        actor.audit("deleted an export of all of the practice", row.practice)


def bytes_so_far(row: Export) -> int:
    """Return how large the file is that is being made."""
    with suppress(OSError):
        return max((draft.stat().st_size for draft in _folder().glob(f".{row.pk}.zip-*")), default=0)
    return 0


def _make(row: Export, now: datetime) -> None:
    made = Export.objects.filter(pk=row.pk)
    try:
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in (_place(row), *_folder().glob(f".{row.pk}.zip-*")):
            left.unlink(missing_ok=True)
        manifest = services.export(Actor(row.practice, row.by, now), target=_place(row), say=lambda words: None)
        rows = sum(manifest.figures["rows"].values())
        made.update(made_at=now, rows=rows, bytes=_place(row).stat().st_size)
    except OSError as wrong:
        reason = wrong.strerror or "no room left"
        made.update(failure=f"The file could not be written: {reason}. Ask whoever looks after this installation.")
    except Exception:
        made.update(
            failure="Something went wrong in Clearbill. Whoever looks after this installation finds it in the log."
        )
        raise


def expire_files(*, now: datetime) -> None:
    """Delete the files whose week is over."""
    for row in Export.objects.filter(removed_at=None, made_at__lt=now - KEPT_FOR):
        if Export.objects.filter(pk=row.pk, removed_at=None).update(removed_at=now):
            _place(row).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.DATA_FOLDER) / "exports"


def _place(row: Export) -> Path:
    return _folder() / f"{row.pk}.zip"
