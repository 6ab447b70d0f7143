"""Reads of clients: the list, one client, possible duplicates, hints on a cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from clearbill.bill import dates, insurers
from clearbill.clients.models import Client, ClientDiagnosis, Policy
from clearbill.clients.search.search_index import clients_named, exact_first, search
from clearbill.clients.search.search_terms import key
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
    """Return the practice's clients that fit the filter, each with `policies_today`: those valid today.

    A record that was merged into another one is none of them.
    """
    # What is looked for is found within the practice; asked for it once more, the database would go through all of it.
    found = search(practice, wanted.text) if wanted.text else Q(practice=practice)
    today = Prefetch("policies", queryset=Policy.objects.valid_on(dates.today()), to_attr="policies_today")
    rows = Client.objects.filter(found, merged_into=None).prefetch_related(today)
    if wanted.state != "all":
        rows = rows.filter(archived_at__isnull=wanted.state == "current")
    if wanted.insurer == NO_INSURER:
        rows = rows.exclude(Exists(_policies_today()))
    elif wanted.insurer:
        rows = rows.filter(Exists(_policies_today().filter(insurer_slug=wanted.insurer)))
    order = SORTS[wanted.sort][1]
    if wanted.text and wanted.sort == "name":
        return exact_first(practice, rows, wanted.text).order_by("rank", *order)
    return rows.order_by(*order)


def namesakes(
    practice: Practice, *, first_name: str, last_name: str, birth_date: date | None, but_for: Client | None = None
) -> list[Client]:
    """Return up to five clients with this name whose birth date is the same, or not known on one side."""
    rows = clients_named(practice, first_name, last_name)
    if but_for:
        rows = rows.exclude(pk=but_for.pk)
    if birth_date:
        rows = rows.filter(Q(birth_date=birth_date) | Q(birth_date=None))
    same = [one for one in rows if key(one.first_name) == key(first_name) and key(one.last_name) == key(last_name)]
    return same[:5]


def with_diagnoses(practice: Practice) -> QuerySet[Client]:
    """Return the practice's clients with policies, authorisations and diagnoses read at once."""
    ordered = Prefetch("diagnoses", queryset=ClientDiagnosis.objects.order_by("position", "pk"))
    rows = Client.objects.filter(practice=practice)
    return rows.prefetch_related("policies__authorisations", ordered)


def keys_by_membership_number(number: str, *, contains: bool = False) -> QuerySet[Policy, Any]:
    """Return the keys of the clients of whom a policy, an ended one too, has this membership number."""
    found = Policy.objects.filter(**{f"membership_number__{'icontains' if contains else 'iexact'}": number})
    return found.order_by().values("client")


def _policies_today() -> QuerySet[Policy]:
    return Policy.objects.valid_on(dates.today()).filter(client=OuterRef("pk"))


MOST_HITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHits:
    """The first clients that were found, exact ones first, and how many more there are."""

    rows: list[Client]
    more: int


def find_clients(practice: Practice, words: str, *, limit: int = MOST_HITS) -> ClientHits:
    """Return the clients, archived ones left out, who fit what was typed; nothing for nothing."""
    text = words.strip()[:80]
    if not text:
        return ClientHits(rows=[], more=0)
    rows = clients(practice, ClientFilter(text=text))
    found = list(rows[: limit + 1])
    more = rows.count() - limit if len(found) > limit else 0
    return ClientHits(rows=found[:limit], more=more)
