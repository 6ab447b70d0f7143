"""The practice's own code list: fill, delete, search, export."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from importlib import resources

from django.db import transaction
from django.db.models import Q, QuerySet

from clearbill.fileformats.csv_writer import WrittenTable
from clearbill.fileformats.lists import code_list as code_files
from clearbill.fileformats.lists.code_list import CodeRow
from clearbill.fileformats.uploaded_file import Source
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import CodeEntry

KINDS = dict(CodeEntry.KINDS)


def codes(practice: Practice, *, text: str = "", kind: str = "") -> QuerySet[CodeEntry]:
    """Return the entries that fit: every word in the title, or the code's beginning."""
    rows = CodeEntry.objects.filter(practice=practice)
    if kind in KINDS:
        rows = rows.filter(kind=kind)
    words = text.replace("\x00", "").split()
    titled = Q()
    for word in words:
        titled &= Q(title__icontains=word)
    return rows.filter(titled | Q(code__istartswith="".join(words))) if words else rows


def title_of(practice: Practice, kind: str, code: str) -> str:
    """Return what the list calls this code, or ""."""
    found = CodeEntry.objects.filter(practice=practice, kind=kind, code=code).values_list("title", flat=True).first()
    return found or ""


_AT_ONCE = 500


def put(entries: Sequence[CodeEntry]) -> None:
    """Put entries into the list of their practice. Codes already there get the new title and price."""
    CodeEntry.objects.bulk_create(
        entries,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["practice", "kind", "code"],
        update_fields=["title", "price", "is_sample"],
    )


def take_out(practice: Practice, *, entries: Sequence[CodeEntry]) -> None:
    """Take entries out of the list. Services keep the codes they have."""
    keys = [entry.pk for entry in entries]
    for start in range(0, len(keys), _AT_ONCE):
        CodeEntry.objects.filter(practice=practice, pk__in=keys[start : start + _AT_ONCE]).delete()


def load_sample(actor: Actor) -> int:
    """Add the invented sample codes, marked as such; the practice's own entries are left alone. Return how many."""
    with transaction.atomic():
        own = set(CodeEntry.objects.filter(practice=actor.practice, is_sample=False).values_list("kind", "code"))
        rows = [row for row in sample_codes() if (row.kind, row.code) not in own]
        put(
            [
                CodeEntry(
                    practice=actor.practice,
                    kind=row.kind,
                    code=row.code,
                    title=row.title,
                    price=row.price,
                    is_sample=True,
                )
                for row in rows
            ]
        )
        actor.audit("loaded the sample codes", actor.practice, changes={"codes loaded": len(rows)})
    return len(rows)


def delete(actor: Actor, *, only_sample: bool) -> int:
    """Take the whole list out, or only its sample codes. Services keep the codes they have. Return how many."""
    with transaction.atomic():
        rows = CodeEntry.objects.filter(practice=actor.practice)
        removed = (rows.filter(is_sample=True) if only_sample else rows).delete()[0]
        actor.audit("deleted the code list", actor.practice, changes={"codes removed": removed})
    return removed


def table(entries: QuerySet[CodeEntry]) -> WrittenTable:
    """Return codes to be written as a file, which can be uploaded again."""
    columns = ("code", "title", "price", "kind")
    return WrittenTable(columns, entries.values_list(*columns).iterator(chunk_size=1000))


@cache
def sample_codes() -> tuple[CodeRow, ...]:
    """Return the invented codes that come with the product."""
    content = (resources.files("clearbill.workspace") / "sample_codes.csv").read_bytes()
    return tuple(row for row in code_files.read_codes(Source(io.BytesIO(content))) if isinstance(row, CodeRow))
