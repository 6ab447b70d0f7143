"""The index that every search and picker finds clients by, and the one condition that all of them use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.signals import post_delete, post_save

from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.search import search_terms
from clearbill.db.sql import starts_with
from clearbill.people.models import Practice

_COLUMNS = (*search_terms.NAMES, "number", "email", "postcode", "phone", "birth_date")

ROWS_AT_ONCE = 500

SHORTEST_PART = 3


NumbersOf = Callable[[list[UUID]], Iterable[tuple[UUID, str]]]

_OTHER_NUMBERS: list[NumbersOf] = []


class SearchTerm(models.Model):
    """One thing that a client is found by, as `search_terms.key` writes it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    term = models.CharField(max_length=search_terms.LONGEST + 10)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "term", "client"], name="client_by_term"),
            models.Index(fields=["term"], name="term_by_beginning", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.term


def search(practice: Practice, text: str, *, client: str = "pk", own: Callable[[str], Q] | None = None) -> Q:
    """Return the condition that rows fit what was typed; "" fits all.

    Each word must fit the client, whose relation from the row is `client`, or the row itself as `own` says. Or the
    whole of it is a number, a telephone number, a birth date, or a name with blanks in it.
    """
    words = [word for word in search_terms.words_of(text) if search_terms.key(word)]
    if not words:
        return Q(pk__in=[]) if text.strip() else Q()
    if sole := search_terms.sole_term(text):
        fits = Q(**{f"{client}__in": _beginning(practice, sole)})
        return fits | own(search_terms.key(text)) if own else fits
    fits = Q()
    for word in words:
        of_client = _beginning(practice, search_terms.key(word))
        fits &= Q(**{f"{client}__in": of_client}) | (own(word) if own else Q(pk__in=[]))
    wholes = search_terms.whole_terms(text) - {search_terms.key(word) for word in words[:1] if len(words) == 1}
    for whole in sorted(wholes):
        found = SearchTerm.objects.filter(starts_with("term", whole), practice=practice)
        if found.exists():
            fits |= Q(**{f"{client}__in": found.values("client")})
    return fits


def exact_first(practice: Practice, rows: QuerySet[Client], text: str) -> QuerySet[Any]:
    """Return the clients with `rank`: 0 where the whole text, or each word of it, is all of a term, else 1."""
    terms = SearchTerm.objects.filter(practice=practice)
    words = Q()
    for word in search_terms.words_of(text):
        words &= Q(pk__in=terms.filter(term=search_terms.key(word)).values("client"))
    is_exact = Q(pk__in=terms.filter(term__in=search_terms.whole_terms(text)).values("client")) | words
    return rows.annotate(rank=Case(When(is_exact, then=Value(0)), default=Value(1)))


def clients_named(practice: Practice, *names: str) -> QuerySet[Client]:
    """Return the clients who have each of these names, or name parts, whatever the accents and apostrophes."""
    rows = Client.objects.filter(practice=practice)
    for name in filter(search_terms.key, names):
        found = SearchTerm.objects.filter(practice=practice, term=search_terms.key(name))
        rows = rows.filter(pk__in=found.values("client"))
    return rows


def reindex(client_ids: Iterable[UUID]) -> None:
    """Bring the terms of these clients up to date with their rows: after a write that sends no signal.

    A record that was merged into another one has no terms; its number is a term of the one that stands for it.
    """
    ids = list(client_ids)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        _reindex(ids[start : start + ROWS_AT_ONCE])


def _reindex(ids: list[UUID]) -> None:
    numbers = _numbers_of(ids)
    there: dict[UUID, set[str]] = {}
    for client_id, term in SearchTerm.objects.filter(client__in=ids).values_list("client_id", "term"):
        there.setdefault(client_id, set()).add(term)
    rows, gone, merged = [], Q(), _numbers_merged_into(ids)
    for values in Client.objects.filter(pk__in=ids).values("pk", "practice_id", "merged_into", *_COLUMNS):
        client_id, before = values["pk"], there.get(values["pk"], set())
        wanted = set() if values["merged_into"] else search_terms.client_terms(values, numbers.get(client_id, ()))
        wanted |= merged.get(client_id, set())
        rows += [
            SearchTerm(practice_id=values["practice_id"], client_id=client_id, term=term)
            for term in sorted(wanted - before)
        ]
        if before - wanted:
            gone |= Q(client=client_id, term__in=before - wanted)
    if gone:
        SearchTerm.objects.filter(gone).delete()
    SearchTerm.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _numbers_of(ids: list[UUID]) -> dict[UUID, list[str]]:
    """Return the numbers of these clients at their insurers and in other systems, by client."""
    numbers: dict[UUID, list[str]] = {}
    policies = Policy.objects.filter(client__in=ids, entered_in_error=False)
    for client_id, *found in policies.values_list("client_id", "membership_number", "group_number"):
        numbers.setdefault(client_id, []).extend(found)
    codes = Authorisation.objects.filter(policy__in=policies, entered_in_error=False)
    others = chain.from_iterable(numbers_of(ids) for numbers_of in _OTHER_NUMBERS)
    for client_id, number in chain(codes.values_list("policy__client_id", "code"), others):
        numbers.setdefault(client_id, []).append(number)
    return numbers


def _numbers_merged_into(ids: list[UUID]) -> dict[UUID, set[str]]:
    """Return the terms of the old numbers by which these records are found, those merged into merged ones included."""
    found: dict[UUID, set[str]] = {}
    leads_to = {key: key for key in ids}
    while leads_to:
        rows: list[tuple[UUID, str, Any]] = list(
            Client.objects.filter(merged_into__in=leads_to).values_list("pk", "number", "merged_into")
        )
        for _, number, into in rows:
            found.setdefault(leads_to[into], set()).update(search_terms.number_terms(number))
        leads_to = {key: leads_to[into] for key, _, into in rows}
    gone = Client.objects.filter(pk__in=found, merged_into__isnull=False).values_list("pk", flat=True)
    return {key: terms for key, terms in found.items() if key not in set(gone)} if found else {}


def _beginning(practice: Practice, key: str) -> QuerySet[Any]:
    """Return the clients with a term that begins so; where there is none, those with a term that contains it."""
    terms = SearchTerm.objects.filter(practice=practice)
    if not key:
        return terms.none().values("client")
    found = terms.filter(starts_with("term", key))
    if not found.exists() and len(key) >= SHORTEST_PART:
        found = terms.filter(term__contains=key).exclude(term__contains=":")
    return found.values("client")


def _client_saved(instance: Client, *, raw: bool = False, **_: Any) -> None:
    """Rows that are loaded from a file, one table after another, are indexed when all are there."""
    if not raw:
        reindex([instance.pk])


def _policy_changed(instance: Policy, *, raw: bool = False, **_: Any) -> None:
    if not raw:
        reindex([instance.client_id])


def _authorisation_changed(instance: Authorisation, *, raw: bool = False, **_: Any) -> None:
    if not raw:
        reindex(Policy.objects.filter(pk=instance.policy_id).values_list("client_id", flat=True))


def _policy_gone(instance: Policy, origin: Any = None, **_: Any) -> None:
    if not _is_of_clients(origin):
        _policy_changed(instance)


def _authorisation_gone(instance: Authorisation, origin: Any = None, **_: Any) -> None:
    if not _is_of_clients(origin):
        _authorisation_changed(instance)


def _is_of_clients(origin: Any) -> bool:
    """Return whether what is deleted goes with its client: then the terms go too."""
    return isinstance(origin, Client) or getattr(origin, "model", None) is Client


def follow_changes() -> None:
    """Keep the index with every client, policy and authorisation that is saved or deleted, whoever writes them."""
    post_save.connect(_client_saved, sender=Client, dispatch_uid="terms of a client")
    post_save.connect(_policy_changed, sender=Policy, dispatch_uid="terms of a policy")
    post_delete.connect(_policy_gone, sender=Policy, dispatch_uid="terms of a policy that is gone")
    post_save.connect(_authorisation_changed, sender=Authorisation, dispatch_uid="terms of an authorisation")
    post_delete.connect(
        _authorisation_gone, sender=Authorisation, dispatch_uid="terms of an authorisation that is gone"
    )


def also_find_by(numbers_of: NumbersOf, *, sender: type[models.Model]) -> None:
    """Find clients by numbers too that a higher package keeps: rows of `sender`, each with its `client`.

    `numbers_of` returns those of some clients, each with the client's key.
    """
    _OTHER_NUMBERS.append(numbers_of)
    post_save.connect(_number_changed, sender=sender, dispatch_uid=f"terms of {sender._meta.label}")
    post_delete.connect(_number_gone, sender=sender, dispatch_uid=f"terms of {sender._meta.label} that is gone")


def _number_changed(instance: Any, *, raw: bool = False, **_: Any) -> None:
    if not raw:
        reindex([instance.client_id])


def _number_gone(instance: Any, origin: Any = None, **_: Any) -> None:
    if not _is_of_clients(origin):
        reindex([instance.client_id])
