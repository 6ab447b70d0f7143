"""Records that are likely of one person: entered once by telephone and once more from a list, say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from clearbill.bill.insurers import bare
from clearbill.bill.text import enumerated
from clearbill.clients.merges import TwoPeople
from clearbill.clients.models import Client
from clearbill.clients.policies import policies_of
from clearbill.clients.search_index import SearchTerm, clients_named
from clearbill.clients.search_terms import key, mail_term, phone_key
from clearbill.people.models import Practice

MOST_OF_ONE_KIND = 12
"""More records than these that share something are no doubles: a surgery's telephone number, a common name."""


VALUES_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Double:
    """Two records that are likely of one person, the older number first, and why in words."""

    first: Client
    second: Client
    why: str


def doubles_of(client: Client) -> list[Double]:
    """Return the records that are likely of the same person as this one, without those marked as another person’s."""
    strong = {*_numbers(client), phone_key(client.phone), mail_term(client.email) if client.email else ""} - {""}
    shared = SearchTerm.objects.filter(practice=client.practice_id, term__in=strong).values("client")
    named = clients_named(client.practice, client.first_name, client.last_name).values("pk")
    rows = _rows(client.practice).filter(Q(pk__in=shared) | Q(pk__in=named)).exclude(pk=client.pk)
    pairs = [(client, one) for one in rows.order_by("number")[: MOST_OF_ONE_KIND * 4]]
    return _pairs(pairs, marked_as_two(client.practice).filter(Q(first=client) | Q(second=client)))


def likely_doubles(practice: Practice) -> list[Double]:
    """Return all pairs of the practice's records that are likely of one person, by name, without those marked."""
    groups = [*_born_alike(practice), *_named_alike(practice)]
    wanted = {pair for group in groups if len(group) <= MOST_OF_ONE_KIND for pair in combinations(sorted(group), 2)}
    keys = {one for pair in wanted for one in pair}
    rows = {row.pk: row for some in _some_at_once(keys) for row in _rows(practice).filter(pk__in=some)}
    pairs = [(rows[one], rows[other]) for one, other in wanted if one in rows and other in rows]
    found = _pairs(pairs, marked_as_two(practice))
    return sorted(found, key=lambda one: (key(one.first.last_name), key(one.first.first_name), one.first.number))


def marked_as_two(practice: Practice) -> QuerySet[TwoPeople]:
    """Return the pairs of the practice's records that a person marked as two people, the latest first."""
    standing = TwoPeople.objects.filter(practice=practice, first__merged_into=None, second__merged_into=None)
    return standing.select_related("first", "second", "by")


def mark_of(one: Client, other: Client) -> TwoPeople | None:
    """Return the mark that these two records are two people's, None where there is none."""
    return marked_as_two(one.practice).filter(first__in=(one, other), second__in=(one, other)).first()


def why_double(one: Client, other: Client) -> str:
    """Return why the two are likely of one person, in words; "" where they are not.

    A name and a birth date that agree say it, or one of the two with a number or address that only one person has. A
    family shares policy and telephone: with neither the same name nor the same birth date they are two people.
    """
    same_name = key(one.last_name) == key(other.last_name) and key(one.first_name) == key(other.first_name)
    same_day = one.birth_date is not None and one.birth_date == other.birth_date
    unknown = one.birth_date is None or other.birth_date is None
    shared = _shared(one, other)
    if not (same_name and (same_day or unknown)) and not ((same_name or same_day) and shared):
        return ""
    told = [*(["name"] if same_name else []), *(["date of birth"] if same_day else []), *shared]
    return f"Same {enumerated(told)}"


def _shared(one: Client, other: Client) -> list[str]:
    return [
        words
        for words, is_same in (
            ("membership number", bool(_numbers(one) & _numbers(other))),
            ("e-mail", bool(one.email) and one.email.casefold() == other.email.casefold()),
            ("telephone", bool(phone_key(one.phone)) and phone_key(one.phone) == phone_key(other.phone)),
        )
        if is_same
    ]


def _numbers(client: Client) -> set[str]:
    return {key(bare(policy.membership_number)) for policy in policies_of(client)}


def _pairs(pairs: Iterable[tuple[Client, Client]], marked: QuerySet[TwoPeople]) -> list[Double]:
    two_people = set(marked.values_list("first", "second"))
    ordered = [sorted(pair, key=lambda row: row.number) for pair in pairs]
    return [
        Double(first, second, why)
        for first, second in ordered
        if (first.pk, second.pk) not in two_people and (why := why_double(first, second))
    ]


def _rows(practice: Practice) -> QuerySet[Client]:
    rows = Client.objects.filter(practice=practice, merged_into=None)
    return rows.select_related("practice").prefetch_related("policies")


def _born_alike(practice: Practice) -> Iterable[list[UUID]]:
    """Return those who share a birth date and one more thing that a client is found by."""
    terms = SearchTerm.objects.filter(practice=practice, client__birth_date__isnull=False)
    of_one_kind = terms.exclude(term__startswith="born:").values("term", "client__birth_date")
    alike = of_one_kind.annotate(count=Count("client")).filter(count__gt=1)
    days: dict[str, set[object]] = {}
    for term, day in alike.values_list("term", "client__birth_date"):
        days.setdefault(term, set()).add(day)
    found: dict[tuple[str, object], list[UUID]] = {}
    for some in _some_at_once(days):
        for term, day, client_id in terms.filter(term__in=some).values_list("term", "client__birth_date", "client"):
            if day in days[term]:
                found.setdefault((term, day), []).append(client_id)
    return found.values()


def _named_alike(practice: Practice) -> Iterable[list[UUID]]:
    current = Client.objects.filter(practice=practice, merged_into=None).order_by()
    rows: Any = current.annotate(first=Lower("first_name"), last=Lower("last_name"))
    alike = rows.values("first", "last").annotate(count=Count("pk")).filter(count__gt=1)
    wanted = {(first, last) for first, last in alike.values_list("first", "last")}
    found: dict[tuple[str, str], list[UUID]] = {}
    for some in _some_at_once({last for _, last in wanted}):
        for first, last, client_id in rows.filter(last__in=some).values_list("first", "last", "pk"):
            if (first, last) in wanted:
                found.setdefault((first, last), []).append(client_id)
    return found.values()


def _some_at_once(values: Iterable[Any]) -> Iterable[list[Any]]:
    """Return the values in lists that both databases take as one condition."""
    ordered = list(values)
    return (ordered[start : start + VALUES_AT_ONCE] for start in range(0, len(ordered), VALUES_AT_ONCE))
