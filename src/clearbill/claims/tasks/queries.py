"""Reads of tasks: the list, the kinds on it, and one task with all that is known."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from clearbill.claims.core.queries import by_number
from clearbill.claims.models import Task, TaskKind
from clearbill.clients.search.search_index import search
from clearbill.people.models import Practice

UNEXPECTED = "Unexpected report"


def kind_word(kind: str) -> str:
    """Return what a kind of task is called."""
    if kind in TaskKind.values:
        return str(TaskKind(kind).label)
    return UNEXPECTED if kind in _REPORTS else kind.capitalize()


def tasks(practice: Practice, *, kind: str = "", text: str = "", is_settled: bool = False) -> QuerySet[Task]:
    """Return the items that fit, with claim and client: open ones oldest first, settled ones latest first."""
    rows = Task.objects.filter(practice=practice, settled_at__isnull=not is_settled)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(search(practice, text, client="claim__invoice__client", own=_own))
    order = ("-settled_at", "pk") if is_settled else ("created_at", "pk")
    return rows.select_related("claim__invoice__client", "settled_by").order_by(*order)


def _own(word: str) -> Q:
    return by_number(word, "claim") | Q(sentence__icontains=word)


def task_kinds(practice: Practice, *, is_settled: bool = False) -> list[dict[str, Any]]:
    """Return the kinds that there are, each with its words and how many items."""
    rows = Task.objects.filter(practice=practice, settled_at__isnull=not is_settled)
    found = rows.order_by().values_list("kind").annotate(n=Count("pk"))
    return sorted(
        ({"key": kind, "word": kind_word(kind), "count": count} for kind, count in found), key=lambda one: one["word"]
    )


def open_task_count(practice: Practice) -> int:
    """Return how many items wait for a person."""
    return Task.objects.filter(practice=practice, settled_at=None).count()


def tasks_with_details(practice: Practice) -> QuerySet[Task]:
    """Return the practice's items with what an item's page needs."""
    return Task.objects.filter(practice=practice).select_related(
        "settled_by", "claim__practice", "claim__invoice__client", "claim__payee", "claim__practitioner"
    )


_REPORTS = frozenset({"receipt", "refused", "checking", "waiting for the insurer", "collected", "cancelled"})
