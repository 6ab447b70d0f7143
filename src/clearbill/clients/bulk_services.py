"""Many clients at once, as a file brings them. Statements are as many for one client as for hundreds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policy_services import filled, label_of_authorisation, label_of_policy
from clearbill.clients.search import search_index
from clearbill.db.number_sequences import next_numbers
from clearbill.people.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """A client to be added, with a policy and an authorisation under it where there are."""

    details: Mapping[str, Any]
    policy: Mapping[str, Any] | None = None
    authorisation: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedClient:
    """A client who was added, with what was added of the cover."""

    client: Client
    policy: Policy | None = None
    authorisation: Authorisation | None = None


def create_many(actor: Actor, *, clients: Sequence[NewClient]) -> list[AddedClient]:
    """Add the clients in their order, each with the next number, as `services.create` adds one.

    Whether one of them is here already was looked at before.
    """
    with transaction.atomic():
        numbers = next_numbers(actor.practice, "client", len(clients))
        added = [_unsaved(actor, one, number) for one, number in zip(clients, numbers, strict=True)]
        Client.objects.bulk_create([one.client for one in added])
        Policy.objects.bulk_create([one.policy for one in added if one.policy])
        Authorisation.objects.bulk_create([one.authorisation for one in added if one.authorisation])
        search_index.reindex([one.client.pk for one in added])
        actor.audit_many(
            entry for one, given in zip(added, clients, strict=True) for entry in _entries(one, given.details)
        )
    return added


def delete_many(actor: Actor, *, clients: Sequence[Client]) -> None:
    """Delete clients who were added by mistake, with their policies. Whoever calls made sure that nothing needs them.

    The entries in the audit trail stay.
    """
    with transaction.atomic():
        keys = [client.pk for client in clients]
        Client.objects.filter(practice=actor.practice, pk__in=keys).delete()
        actor.audit_many(("deleted the client", client, f"{client.name}, {client.number}", {}) for client in clients)


def _unsaved(actor: Actor, one: NewClient, number: int) -> AddedClient:
    client = Client(practice=actor.practice, number=f"P-{number:05}", **one.details)
    policy = Policy(client=client, **one.policy) if one.policy else None
    authorisation = Authorisation(policy=policy, **one.authorisation) if policy and one.authorisation else None
    return AddedClient(client=client, policy=policy, authorisation=authorisation)


def _entries(one: AddedClient, details: Mapping[str, Any]) -> list[tuple[str, Any, str, dict[str, Any]]]:
    told: list[tuple[str, Any, str, dict[str, Any]]] = [
        ("added the client", one.client, "", {name: value for name, value in details.items() if value})
    ]
    if one.policy:
        told.append(("added the policy", one.policy, label_of_policy(one.policy), filled(one.policy)))
    if one.authorisation:
        label = label_of_authorisation(one.authorisation)
        told.append(("added the authorisation", one.authorisation, label, filled(one.authorisation)))
    return told
