"""Records that are likely of one person: entered once by telephone and once more from a list, say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
from clearbill.clients.search.search_index import SearchTerm, clients_named
from clearbill.clients.search.search_terms import key, mail_term, phone_key
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
    strong = identity_of(client).terms
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


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a person is told from others, as the rules below compare it: keys, not what was typed."""

    first_name: str
    last_name: str
    birth_date: date | None
    email: str
    phone: str
    numbers: frozenset[str]

    @property
    def terms(self) -> set[str]:
        """What a record of the same person may be found by, besides the name."""
        return {*self.numbers, self.phone, self.email} - {""}


def identity(details: Mapping[str, Any], membership_numbers: Iterable[str], *, birth_date: date | None) -> Identity:
    """Return the identity of a person with these details, a record or not."""
    return Identity(
        first_name=key(details["first_name"]),
        last_name=key(details["last_name"]),
        birth_date=birth_date,
        email=mail_term(details["email"]) if details["email"] else "",
        phone=phone_key(details["phone"]),
        numbers=frozenset(filter(None, (key(bare(number)) for number in membership_numbers))),
    )


def identity_of(client: Client) -> Identity:
    """Return the identity of a client."""
    details = {name: getattr(client, name) for name in ("first_name", "last_name", "email", "phone")}
    numbers = [policy.membership_number for policy in policies_of(client)]
    return identity(details, numbers, birth_date=client.birth_date)


def doubles_of_newcomers(practice: Practice, newcomers: Sequence[Identity]) -> list[list[tuple[Client, str]]]:
    """Return for each person who is no client yet the records that are likely theirs, each with why in words.

    The statements to the database are as many for one as for hundreds.
    """
    wanted = {term for one in newcomers for term in (one.first_name, one.last_name, *one.terms)} - {""}
    found: dict[str, set[UUID]] = {}
    terms = SearchTerm.objects.filter(practice=practice, term__in=wanted).values_list("term", "client")
    for term, client_id in terms:
        found.setdefault(term, set()).add(client_id)
    alike = [_alike(one, found) for one in newcomers]
    rows = {row.pk: row for row in _rows(practice).filter(pk__in={pk for keys in alike for pk in keys})}
    return [_likely(one, [rows[pk] for pk in keys if pk in rows]) for one, keys in zip(newcomers, alike, strict=True)]


def _alike(one: Identity, found: Mapping[str, set[UUID]]) -> set[UUID]:
    """Return the clients who have the name, or something else of the person that few share."""
    named = [found.get(name, set()) for name in (one.first_name, one.last_name) if name]
    shared = [keys for term in one.terms if len(keys := found.get(term, set())) <= MOST_OF_ONE_KIND]
    return (set.intersection(*named) if named else set()).union(*shared)


def _likely(one: Identity, clients: Sequence[Client]) -> list[tuple[Client, str]]:
    told = [(client, why_alike(one, identity_of(client))) for client in clients]
    return sorted(((client, why) for client, why in told if why), key=lambda pair: pair[0].number)


def why_double(one: Client, other: Client) -> str:
    """Return why the two records are likely of one person, in words; "" where they are not."""
    return why_alike(identity_of(one), identity_of(other))


def why_alike(one: Identity, other: Identity) -> str:
    """Return why the two are likely one person, in words; "" where they are not.

    A name and a birth date that agree say it, or one of the two with a number or address that only one person has. A
    family shares policy and telephone: with neither the same name nor the same birth date they are two people.
    """
    same_name = (one.last_name, one.first_name) == (other.last_name, other.first_name)
    same_day = one.birth_date is not None and one.birth_date == other.birth_date
    unknown = one.birth_date is None or other.birth_date is None
    shared = _shared(one, other)
    if not (same_name and (same_day or unknown)) and not ((same_name or same_day) and shared):
        return ""
    told = [*(["name"] if same_name else []), *(["date of birth"] if same_day else []), *shared]
    return f"Same {enumerated(told)}"


def _shared(one: Identity, other: Identity) -> list[str]:
    return [
        words
        for words, is_same in (
            ("membership number", bool(one.numbers & other.numbers)),
            ("e-mail", bool(one.email) and one.email == other.email),
            ("telephone", bool(one.phone) and one.phone == other.phone),
        )
        if is_same
    ]


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
