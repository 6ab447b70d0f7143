"""What belongs to a client and so goes to the other record: found by Django's models, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Field, ForeignKey, Model, Q

from clearbill.appointments.models import Appointment
from clearbill.bill.text import enumerated, plural
from clearbill.clients.models import Authorisation, Client, Policy, PolicyYear
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, Mailing

STAYS = {
    "clients.client.merged_into": "says which record stands for the person",
    "clients.clientdiagnosis.client": "a list of its own: what is missing of it is copied",
    "clients.clientmerge.merged": "tells what was merged",
    "clients.clientmerge.survivor": "tells what was merged",
    "clients.searchterm.client": "made anew from the records",
    "clients.twopeople.first": "tells which two records were compared",
    "clients.twopeople.second": "tells which two records were compared",
}
"""Relations to a client that a merge leaves alone, and why."""


def relations() -> list[ForeignKey[Any, Any]]:
    """Return the fields of all models by which a row belongs to a client, without those that stay."""
    pointing: list[Any] = [one for one in Client._meta.get_fields(include_hidden=True) if one.auto_created]
    fields = {name_of(one.field): one.field for one in pointing if isinstance(getattr(one, "field", None), ForeignKey)}
    return [field for name, field in sorted(fields.items()) if name not in STAYS]


def changed_models() -> dict[str, type[Model]]:
    """Return the models of which a merge changes rows, by their labels."""
    found: list[type[Model]] = [Authorisation, Client, Mailing, PolicyYear, *(field.model for field in relations())]
    return {model._meta.label_lower: model for model in found}


def name_of(field: Field[Any, Any]) -> str:
    """Return a field's name with its model's, such as `billing.invoice.client`."""
    return f"{field.model._meta.label_lower}.{field.name}"


def rows_of(client: Client) -> Iterator[tuple[type[Model], str, list[Any]]]:
    """Yield all that belongs to the client: model, the field that says so, and the keys of the rows."""
    for field in relations():
        yield field.model, field.name, list(_keys(field.model, Q(**{field.name: client.pk})))
    # A statement that was sent is known by its client's key.
    yield Mailing, "subject_id", list(_keys(Mailing, Q(kind=Mailing.STATEMENT, subject_id=str(client.pk))))


def told(client: Client) -> str:
    """Return how many of each belong to the client: “3 appointments and 1 invoice”; "" for nothing."""
    return in_words((model, len(keys)) for model, _, keys in rows_of(client))


def in_words(counts: Iterable[tuple[type[Model], int]]) -> str:
    """Return counts of rows of models in words, "" where all are nothing."""
    return enumerated(
        [
            f"{count} {plural(count, str(model._meta.verbose_name), str(model._meta.verbose_name_plural))}"
            for model, count in counts
            if count
        ]
    )


def hold_both(*clients: Client) -> list[Client]:
    """Hold invoices, visits, records and policies of the clients, in this order; return the records as they are now."""
    keys = sorted(client.pk for client in clients)
    ledger.hold_invoices(Invoice.objects.filter(client__in=keys).order_by("pk").values_list("pk", flat=True))
    visits = Appointment.objects.select_for_update(no_key=True).filter(client__in=keys).order_by("pk")
    list(visits.values_list("pk"))
    found = {row.pk: row for row in Client.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")}
    policies = Policy.objects.select_for_update(no_key=True).filter(client__in=keys).order_by("pk")
    list(policies.values_list("pk"))
    return [found[client.pk] for client in clients]


def _keys(model: type[Model], which: Q) -> Iterable[Any]:
    return model._base_manager.filter(which).order_by("pk").values_list("pk", flat=True)
