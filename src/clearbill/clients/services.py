"""What a practice does with clients: add, change, archive. One transaction each, with an entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clients import queries
from clearbill.clients.models import Client, ClientDiagnosis, Cover
from clearbill.db.number_sequences import next_number
from clearbill.people import audit
from clearbill.people.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDiagnosis:
    """One diagnosis as chosen for a client; the first of a list is the primary one."""

    code: str
    scheme: str = "ICD10"
    title: str = ""

    @property
    def key(self) -> str:
        return f"{self.scheme}:{self.code}"


class PossibleDuplicate(Refused):
    """A client of this name and birth date exists; `namesakes` are those found."""

    def __init__(self, namesakes: list[Client]) -> None:
        super().__init__("A client with this name and date of birth is already there.")
        self.namesakes = namesakes


def create(
    actor: Actor,
    *,
    details: Mapping[str, Any],
    cover: Mapping[str, Any] | None = None,
    diagnoses: Sequence[ChosenDiagnosis] = (),
    even_if_known: bool = False,
) -> Client:
    """Add a client with the next number (P-00042), cover and diagnoses.

    Raises PossibleDuplicate where a namesake exists, unless `even_if_known`.
    """
    with transaction.atomic():
        if not even_if_known:
            found = queries.namesakes(
                actor.practice,
                first_name=details["first_name"],
                last_name=details["last_name"],
                birth_date=details.get("birth_date"),
            )
            if found:
                raise PossibleDuplicate(found)
        number = f"P-{next_number(actor.practice, 'client'):05}"
        client = Client.objects.create(practice=actor.practice, number=number, **details)
        _put_cover(client, cover)
        _put_diagnoses(client, diagnoses)
        given = {**details, "cover": cover_as_dict(client), "diagnoses": _codes(client)}
        changes = {key: value for key, value in given.items() if value}
        actor.audit("added the client", client, changes=changes)
    return client


def change(
    actor: Actor,
    *,
    client: Client,
    details: Mapping[str, Any],
    cover: Mapping[str, Any] | None,
    diagnoses: Sequence[ChosenDiagnosis],
) -> Client:
    """Save the client's details, cover (None takes it away) and the whole list of diagnoses."""
    with transaction.atomic():
        before, cover_before, codes_before = audit.snapshot(client), cover_as_dict(client), _codes(client)
        for name, value in details.items():
            setattr(client, name, value)
        client.save()
        _put_cover(client, cover)
        _put_diagnoses(client, diagnoses)
        changes: dict[str, Any] = audit.difference(before, client)
        for name, old, new in (
            ("cover", cover_before, cover_as_dict(client)),
            ("diagnoses", codes_before, _codes(client)),
        ):
            if old != new:
                changes[name] = [old, new]
        if changes:
            actor.audit("changed the client", client, changes=changes)
    return client


def archive(actor: Actor, *, client: Client) -> None:
    """Take the client out of the lists. Nothing is lost; `unarchive` brings it back."""
    _put_archived(actor, client, actor.now)


def unarchive(actor: Actor, *, client: Client) -> None:
    """Bring an archived client back into the lists."""
    _put_archived(actor, client, None)


def _put_archived(actor: Actor, client: Client, archived_at: datetime | None) -> None:
    with transaction.atomic():
        there = Client.objects.filter(pk=client.pk, archived_at__isnull=archived_at is not None)
        if not there.update(archived_at=archived_at):
            return
        action = "archived the client" if archived_at else "brought the client back"
        actor.audit(action, client)


def _put_cover(client: Client, cover: Mapping[str, Any] | None) -> None:
    if cover is None:
        Cover.objects.filter(client=client).delete()
    else:
        Cover.objects.update_or_create(client=client, defaults=dict(cover))


def _put_diagnoses(client: Client, diagnoses: Sequence[ChosenDiagnosis]) -> None:
    client.diagnoses.all().delete()
    ClientDiagnosis.objects.bulk_create(
        ClientDiagnosis(client=client, position=place, code=chosen.code, scheme=chosen.scheme, title=chosen.title)
        for place, chosen in enumerate({one.key: one for one in diagnoses}.values(), start=1)
    )


def cover_as_dict(client: Client) -> dict[str, Any]:
    """Return the filled fields of the client's cover for the audit trail; {} where there is none."""
    row = Cover.objects.filter(client=client).first()
    if row is None:
        return {}
    return {key: value for key, value in audit.snapshot(row).items() if value and key not in {"id", "client"}}


def _codes(client: Client) -> list[str]:
    return list(ClientDiagnosis.objects.filter(client=client).order_by("position").values_list("code", flat=True))
