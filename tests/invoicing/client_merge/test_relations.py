"""Everything that belongs to a client goes with it: a new model cannot be forgotten."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from clearbill.clients.models import Client
from clearbill.invoicing.client_merge import relations
from clearbill.invoicing.client_merge.comparison import GROUPS

MOVES = {
    "billing.invoice.client",
    "clients.memberlistanswer.client",
    "clients.policy.client",
    "diary.appointment.client",
    "imports.importedclient.client",
}

TIES = {
    "billing.invoice.authorisation",
    "billing.invoice.policy",
    "billing.invoice.share_of",
    "billing.invoiceline.appointment",
}
"""References between two rows that belong to a client each: when a merge is taken apart, both are of the same one."""

ALSO_TIES = {
    "billing.creditnoteline.line": "the note and the line are of the same invoice",
    "imports.importedclient.authorisation": "looked at only where it is under a policy of the same client",
    "imports.importedclient.policy": "looked at only where it is of the same client",
    "shortfalls.decision.share": "a share is tied to its invoice",
}


def test_every_relation_to_a_client_goes_with_it_or_says_why_not() -> None:
    pointing = {
        relations.name_of(field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Client
    }
    assert pointing == MOVES | set(relations.STAYS), "say of a new relation whether a merge moves it"
    assert {relations.name_of(field) for field in relations.relations()} == MOVES


def test_nothing_of_a_client_is_unique_within_it_but_what_is_copied() -> None:
    """Rows of two records are put together: a rule that each client has a thing once would be broken by it."""
    found = {
        (field.model._meta.label_lower, rule.name)
        for field in relations.relations()
        for rule in field.model._meta.constraints
        if isinstance(rule, models.UniqueConstraint) and field.name in rule.fields
    }
    assert found == set()
    assert not [field for field in relations.relations() if field.unique]


def _owners() -> dict[type[models.Model], set[str]]:
    """Return the models whose rows belong to a client, directly or by another row, with the fields that say so."""
    found: dict[type[models.Model], set[str]] = {}
    for field in relations.relations():
        found.setdefault(field.model, set()).add(field.name)
    parents = {
        "clients.authorisation.policy",
        "billing.invoiceline.invoice",
        "billing.ledgerentry.invoice",
        "billing.creditnote.invoice",
        "billing.creditnoteline.credit_note",
        "claims.claim.invoice",
        "shortfalls.decision.invoice",
    }
    for name in sorted(parents):
        label, _, field = name.rpartition(".")
        found.setdefault(apps.get_model(label), set()).add(field)
    return found


def test_every_tie_between_rows_of_clients_is_looked_at() -> None:
    owners = _owners()
    found = {
        relations.name_of(field)
        for model, own in owners.items()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in owners and field.name not in own
    }
    within = {
        name for name in found if name.startswith(("billing.ledgerentry.", "billing.creditnote.", "claims.claim."))
    }
    shares = {"shortfalls.decision.given_up", "shortfalls.decision.lifted"}
    assert found - within - shares == TIES | set(ALSO_TIES), "say of a new tie what happens when a merge is taken apart"


def test_every_field_of_a_record_is_compared_or_says_why_not() -> None:
    own = {
        "archived_at": "the one record is current where either was",
        "created_at": "tells when it was entered",
        "id": "its own",
        "merged_into": "says which record stands for the person",
        "number": "its own; the old one leads to the record that stays",
        "practice": "the same",
    }
    compared = {name for fields in GROUPS.values() for name in fields}
    assert compared | set(own) == {field.name for field in Client._meta.concrete_fields}
