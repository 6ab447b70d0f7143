"""What a practice does with clients: add, change, archive. One transaction each, with an entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.clients import merges, policy_services, queries
from clearbill.clients.merges import TwoPeople
from clearbill.clients.models import Client, ClientDiagnosis
from clearbill.clients.policy_services import CoverEdit
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
    cover: CoverEdit | None = None,
    diagnoses: Sequence[ChosenDiagnosis] = (),
    even_if_known: bool = False,
) -> Client:
    """Add a client with the next number (P-00042), policy and diagnoses.

    Raises PossibleDuplicate where a namesake exists, unless `even_if_known`, and Refused.
    """
    with transaction.atomic():
        if not even_if_known:
            _refuse_namesakes(actor, details)
        number = f"P-{next_number(actor.practice, 'client'):05}"
        client = Client.objects.create(practice=actor.practice, number=number, **details)
        _put_diagnoses(client, diagnoses)
        given = {**details, "diagnoses": _codes(client)}
        changes = {key: value for key, value in given.items() if value}
        actor.audit("added the client", client, changes=changes)
        if cover is not None:
            policy_services.save_cover(actor, client=client, edit=cover)
    return client


def change(
    actor: Actor,
    *,
    client: Client,
    details: Mapping[str, Any],
    diagnoses: Sequence[ChosenDiagnosis],
    cover: CoverEdit | None = None,
) -> Client:
    """Save the client's details and the whole list of diagnoses; `cover` None leaves the policies alone.

    Raises Refused where a policy cannot be as it was typed, or the record was merged into another one.
    """
    with transaction.atomic():
        merges.hold(client)
        before, codes_before = audit.snapshot(client), _codes(client)
        for name, value in details.items():
            setattr(client, name, value)
        client.save(update_fields=list(details))
        _put_diagnoses(client, diagnoses)
        changes: dict[str, Any] = audit.difference(before, client)
        if codes_before != (codes := _codes(client)):
            changes["diagnoses"] = [codes_before, codes]
        if changes:
            actor.audit("changed the client", client, changes=changes)
        if cover is not None:
            policy_services.save_cover(actor, client=client, edit=cover)
    return client


def archive(actor: Actor, *, client: Client) -> None:
    """Take the client out of the lists. Nothing is lost; `unarchive` brings it back. Raises MergedAway."""
    _put_archived(actor, client, actor.now)


def unarchive(actor: Actor, *, client: Client, even_if_known: bool = False) -> None:
    """Bring an archived client back into the lists.

    Raises PossibleDuplicate where a namesake exists, unless `even_if_known`, as adding a client does, and MergedAway.
    """
    with transaction.atomic():
        if client.archived_at and not even_if_known:
            told = {name: getattr(client, name) for name in ("first_name", "last_name", "birth_date")}
            _refuse_namesakes(actor, told, but_for=client)
        _put_archived(actor, client, None)


def _put_archived(actor: Actor, client: Client, archived_at: datetime | None) -> None:
    with transaction.atomic():
        merges.hold(client)
        there = Client.objects.filter(pk=client.pk, archived_at__isnull=archived_at is not None)
        if not there.update(archived_at=archived_at):
            return
        action = "archived the client" if archived_at else "brought the client back"
        actor.audit(action, client)


def _refuse_namesakes(actor: Actor, details: Mapping[str, Any], *, but_for: Client | None = None) -> None:
    found = queries.namesakes(
        actor.practice,
        first_name=details["first_name"],
        last_name=details["last_name"],
        birth_date=details.get("birth_date"),
        but_for=but_for,
    )
    if found:
        raise PossibleDuplicate(found)


def _put_diagnoses(client: Client, diagnoses: Sequence[ChosenDiagnosis]) -> None:
    client.diagnoses.all().delete()
    ClientDiagnosis.objects.bulk_create(
        ClientDiagnosis(client=client, position=place, code=chosen.code, scheme=chosen.scheme, title=chosen.title)
        for place, chosen in enumerate({one.key: one for one in diagnoses}.values(), start=1)
    )


def _codes(client: Client) -> list[str]:
    return list(ClientDiagnosis.objects.filter(client=client).order_by("position").values_list("code", flat=True))


def mark_as_two_people(actor: Actor, *, one: Client, other: Client) -> TwoPeople:
    """Keep that these two records are of two people, so that they are no possible doubles any more."""
    first, second = sorted((one, other), key=lambda row: row.number)
    with transaction.atomic():
        mark, is_new = TwoPeople.objects.get_or_create(
            practice=actor.practice, first=first, second=second, defaults={"by": actor.user, "said_at": actor.now}
        )
        if is_new:
            actor.audit("marked as two people", first, changes={"other record": second.number})
    return mark


def unmark_as_two_people(actor: Actor, *, mark: TwoPeople) -> None:
    """Take the mark away; the two are possible doubles again where they are alike."""
    with transaction.atomic():
        if TwoPeople.objects.filter(practice=actor.practice, pk=mark.pk).delete()[0]:
            actor.audit("no longer marked as two people", mark.first, changes={"other record": mark.second.number})
