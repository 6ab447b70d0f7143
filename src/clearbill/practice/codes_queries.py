"""Reads of the practice's own code list."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from clearbill.people.models import Practice
from clearbill.practice.models import CodeEntry

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
