"""Which tables hold a practice's data, which rows of them are its own, and what never leaves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, QuerySet

from clearbill.backups.models import Reconciliation
from clearbill.clients.search.search_index import SearchTerm
from clearbill.exports.models import Export
from clearbill.money.bank.models import MatchCursor
from clearbill.people.models import AccountMail, AuditChain, FailedAttempt, Invitation, Practice, User, UserSession
from clearbill.workspace.models import HealthcodeConnection

STAYS: dict[type[Model], str] = {
    AuditChain: "proved by this installation’s key: the chain is made anew",
    AccountMail: "an e-mail about a sign-in, sent here",
    FailedAttempt: "a try to sign in here",
    Export: "tells of files on this machine",
    HealthcodeConnection: "its keys open with this installation’s keys alone: connect anew",
    Invitation: "its link leads to this installation",
    MatchCursor: "how far this installation’s worker has come",
    Reconciliation: "what this installation asks after a restore",
    UserSession: "a browser in which somebody is signed in here",
    SearchTerm: "made anew from the clients",
}
"""Tables that are left out, and why."""

LEFT_OUT = {
    "people.auditentry": frozenset({"chain_no", "chain_hash"}),
    "people.user": frozenset({"password", "last_login", "second_factor_due_on"}),
}
"""Columns that are left out of a table, by its label: secrets, and what only this installation’s key can prove."""


def exported_models() -> list[type[Model]]:
    """Return the models whose rows leave, each after those that its rows point to, where there is no circle."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("clearbill.") and model not in STAYS]
    ordered: list[type[Model]] = []
    under_way: set[type[Model]] = set()

    def put(model: type[Model]) -> None:
        if model in under_way or model in ordered:
            return
        under_way.add(model)
        for field in _foreign_keys(model):
            if field.related_model in ours:
                put(field.related_model)
        ordered.append(model)

    for model in ours:
        put(model)
    return ordered


def rows_of(model: type[Model], practice: Practice) -> QuerySet[Any]:
    """Return the practice's own rows of a table, in the order of their keys. Of the users: all that its rows name."""
    if model is Practice:
        return Practice.objects.filter(pk=practice.pk)
    if model is User:
        return User.objects.filter(pk__in=_people_of(practice)).order_by("pk")
    return model._default_manager.filter(**{way_to_practice(model): practice}).order_by("pk")


def columns_of(model: type[Model]) -> list[str]:
    """Return the names of the columns that leave, without the key and what the database works out."""
    left_out = LEFT_OUT.get(model._meta.label_lower, frozenset())
    fields = (one for one in model._meta.concrete_fields if not one.primary_key and not one.generated)
    return [field.name for field in fields if field.name not in left_out]


@cache
def way_to_practice(model: type[Model]) -> str:
    """Return the condition by which a row is a practice's own, such as `invoice__practice`. Raises LookupError."""
    fields = [field for field in _foreign_keys(model) if not field.null]
    for field in fields:
        if field.related_model is Practice:
            return field.name
    for field in fields:
        if field.related_model not in (User, model):
            return f"{field.name}__{way_to_practice(field.related_model)}"
    raise LookupError(f"{model._meta.label} belongs to no practice.")


def _people_of(practice: Practice) -> set[Any]:
    found: set[Any] = set()
    for model in exported_models():
        if model in (Practice, User):
            continue
        for field in _foreign_keys(model):
            if field.related_model is User:
                rows = rows_of(model, practice).filter(~Q(**{field.name: None})).order_by()
                found.update(rows.values_list(field.attname, flat=True).distinct())
    return found


def _foreign_keys(model: type[Model]) -> Iterator[Any]:
    return (field for field in model._meta.concrete_fields if isinstance(field, ForeignKey))
