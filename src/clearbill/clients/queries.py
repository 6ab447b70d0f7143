"""Reads of clients: the list, one client, possible duplicates, hints on a cover."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from clearbill.bill import dates, insurers
from clearbill.bill.text import plain_letters
from clearbill.clients.models import Client, ClientDiagnosis
from clearbill.people.models import Practice

SORTS = {
    "name": ("Name", ("last_name", "first_name", "number")),
    "number": ("Number", ("number",)),
    "newest": ("Newest first", ("-created_at", "number")),
}

STATES = {"current": "Current", "archived": "Archived", "all": "All"}

NO_INSURER = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilter:
    """What the list is asked for; every value is safe whatever was typed."""

    text: str = ""
    insurer: str = ""
    state: str = "current"
    sort: str = "name"

    @classmethod
    def read(cls, values: Mapping[str, str]) -> ClientFilter:
        """Read a filter from a form or an address; what is not known falls back to the usual."""
        insurer = values.get("insurer", "")
        known = insurer == NO_INSURER or insurers.by_slug(insurer) is not None
        state, sort = values.get("state", ""), values.get("sort", "")
        return cls(
            text=" ".join(values.get("q", "").replace("\x00", "").split())[:80],
            insurer=insurer if known else "",
            state=state if state in STATES else "current",
            sort=sort if sort in SORTS else "name",
        )

    @property
    def is_usual(self) -> bool:
        return not self.text and not self.insurer and self.state == "current"


def clients(practice: Practice, wanted: ClientFilter) -> QuerySet[Client]:
    """Return the practice's clients that fit the filter, each with its cover."""
    rows = Client.objects.filter(practice=practice).select_related("cover")
    if wanted.state != "all":
        rows = rows.filter(archived_at__isnull=wanted.state == "current")
    if wanted.insurer == NO_INSURER:
        rows = rows.filter(cover__isnull=True)
    elif wanted.insurer:
        rows = rows.filter(cover__insurer_slug=wanted.insurer)
    if wanted.text:
        rows = rows.filter(_fits(practice, wanted.text))
    return rows.order_by(*SORTS[wanted.sort][1])


def namesakes(practice: Practice, *, first_name: str, last_name: str, birth_date: date | None) -> list[Client]:
    """Return up to five clients with this name whose birth date is the same, or not known on one side."""
    first, last = plain_letters(first_name), plain_letters(last_name)
    alike = [key for key, names in _names_beyond_ascii(practice).items() if names[:2] == (first, last)]
    same = Q(first_name__iexact=first, last_name__iexact=last) | Q(pk__in=alike)
    rows = Client.objects.filter(practice=practice).filter(same)
    if birth_date:
        rows = rows.filter(Q(birth_date=birth_date) | Q(birth_date=None))
    return list(rows[:5])


def with_diagnoses(practice: Practice) -> QuerySet[Client]:
    """Return the practice's clients with cover and diagnoses read at once."""
    ordered = Prefetch("diagnoses", queryset=ClientDiagnosis.objects.order_by("position", "pk"))
    return Client.objects.filter(practice=practice).select_related("cover").prefetch_related(ordered)


def _fits(practice: Practice, text: str) -> Q:
    fits, beyond_ascii = Q(), _names_beyond_ascii(practice)
    for word in text.split():
        plain = plain_letters(word)
        fits &= (
            Q(first_name__icontains=plain)
            | Q(last_name__icontains=plain)
            | Q(other_names__icontains=plain)
            | Q(pk__in=[key for key, names in beyond_ascii.items() if any(plain in name for name in names)])
            | Q(number__icontains=word)
            | Q(cover__membership_number__icontains=word)
        )
    bare = re.sub(r"\s", "", text)
    fits |= Q(cover__membership_number__icontains=bare) | Q(number__iexact=bare)
    with suppress(dates.NotADate):
        fits |= Q(birth_date=dates.parse(text, latest_year=dates.today().year))
    return fits


def _names_beyond_ascii(practice: Practice) -> dict[UUID, tuple[str, ...]]:
    """Return the names, in plain letters, that the database itself cannot compare without accents and letter case."""
    beyond = Q()
    for column in ("first_name", "last_name", "other_names"):
        beyond |= Q(**{f"{column}__regex": "[^ -~]"})
    rows = Client.objects.filter(beyond, practice=practice)
    return {
        key: tuple(plain_letters(name) for name in names)
        for key, *names in rows.values_list("pk", "first_name", "last_name", "other_names")
    }


def find_clients(practice: Practice, words: str, *, limit: int = 10) -> list[Client]:
    """Return the clients (archived ones left out) that fit a name, number, membership number or date of birth."""
    words = words.strip()[:80]
    if not words:
        return []
    fits = Q()
    for word in words.split():
        fits &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(number__iexact=word)
    fits |= Q(cover__membership_number__iexact=words.replace(" ", ""))
    with suppress(dates.NotADate):
        fits |= Q(birth_date=dates.parse(words))
    return list(Client.objects.filter(practice=practice, archived_at=None).filter(fits).distinct()[:limit])
