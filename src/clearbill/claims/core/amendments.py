"""Amend a claim's bill field by field, and the client's record that a field came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from clearbill.bill import Bill, Problem, dates
from clearbill.bill.insurers import bare
from clearbill.bill.json_codec import to_json
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.claims.core import transitions, validation
from clearbill.claims.core.services import problem_summary
from clearbill.claims.models import Claim
from clearbill.clients import services
from clearbill.clients.models import Client
from clearbill.clients.services import ChosenDiagnosis
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.models import Payee

PATIENT = {
    "patient_last_name": "last_name",
    "patient_first_name": "first_name",
    "patient_other_initials": "other_names",
    "patient_title": "title",
    "patient_birth_date": "birth_date",
    "patient_sex": "sex",
    "patient_address_1": "address_1",
    "patient_address_2": "address_2",
    "patient_address_3": "address_3",
    "patient_address_4": "address_4",
    "patient_postcode": "postcode",
}

COVER = {
    "registration_number": "membership_number",
    "insurance_scheme": "scheme",
    "group_number": "group_number",
    "cover_valid_to": "valid_to",
    "authorisation_code": "authorisation_code",
    "authorisation_from": "authorisation_from",
    "authorisation_to": "authorisation_to",
}

AMENDED_ACTION = "changed the claim"

Change = tuple[Any, Any]


def amend(actor: Actor, *, claim: Claim, bill: Bill, also_client: bool = True) -> list[Problem]:
    """Put the amended bill on the claim and return what is still wrong with it.

    With `also_client`, what was changed of patient, cover and diagnoses is changed on the client too, so that the
    next claim has it right. Raises Refused where the claim is no longer Created, or no longer as it was read.
    """
    with transaction.atomic():
        _refuse_unless_as_read(claim, bill)
        before = validation.stored_bill(claim)
        found = validation.snapshot(claim, bill, on=dates.uk_day(actor.now))
        changed = changed_paths(before, validation.stored_bill(claim))
        _name_payee(actor.practice, claim, before, bill)
        claim.save(update_fields=[*validation.SNAPSHOT_FIELDS, "payee", "payee_reason"])
        if not changed:
            return found
        actor.audit(AMENDED_ACTION, claim, changes=_listed(changed))
        transitions.log_event(
            claim,
            by=actor.user,
            now=actor.now,
            event="changed",
            note=f"{len(changed)} {plural(len(changed), 'field')}. {problem_summary(found)}.",
        )
        if also_client:
            _change_client(actor, claim.invoice.client, before, bill)
    return found


def changed_paths(before: Bill, after: Bill) -> dict[str, Change]:
    """Return {path: (before, after)} for every field in which two bills differ."""
    old, new = _flat(to_json(before)), _flat(to_json(after))
    return {path: (old.get(path), new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path)}


def _refuse_unless_as_read(claim: Claim, bill: Bill) -> None:
    """Two people at once: the second is told, unless both typed the same."""
    rows = Claim.objects.select_for_update(of=("self",)).filter(pk=claim.pk, status=Status.CREATED.value)
    held = rows.values_list("bill", flat=True).first()
    if held is None:
        raise Refused("This claim was submitted meanwhile, so nothing was changed.")
    if held not in (claim.bill, to_json(replace(bill, invoice_number=claim.number))):
        raise Refused("This claim was changed meanwhile, so nothing was saved. Look at it again.")
    claim.bill = held


def _listed(changed: dict[str, Change]) -> dict[str, list[Any]]:
    return {path: list(values) for path, values in changed.items()}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        pairs = [(f"{path}.{key}" if path else key, item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}[{place}]", item) for place, item in enumerate(value)]
    else:
        return {path: value}
    return {inner: leaf for key, item in pairs for inner, leaf in _flat(item, key).items()}


def _name_payee(practice: Practice, claim: Claim, before: Bill, after: Bill) -> None:
    """A payee chosen by hand replaces the one that the settings gave, and the reason says so."""
    number = after.providers.payee_provider_number
    if (number, after.providers.controlling_specialist_number) == (
        before.providers.payee_provider_number,
        before.providers.controlling_specialist_number,
    ):
        return
    if number != before.providers.payee_provider_number:
        claim.payee = Payee.objects.filter(practice=practice, number=number).exclude(number="").first()
    named = f"{claim.payee.name} is paid" if claim.payee else "The payee stands"
    claim.payee_reason = f"{named} as it was entered on this claim by hand."


def _change_client(actor: Actor, client: Client, before: Bill, after: Bill) -> None:
    details = {
        ours: getattr(after.patient, theirs)
        for theirs, ours in PATIENT.items()
        if getattr(after.patient, theirs) != getattr(before.patient, theirs)
    }
    if not details and after.cover == before.cover and after.diagnoses == before.diagnoses:
        return
    services.change(
        actor,
        client=client,
        details=details,
        cover=_cover(client, before, after),
        diagnoses=_diagnoses(client, before, after),
    )


def _diagnoses(client: Client, before: Bill, after: Bill) -> list[ChosenDiagnosis]:
    if after.diagnoses == before.diagnoses:
        rows = client.diagnoses.all()
        return [ChosenDiagnosis(code=row.code, scheme=row.scheme, title=row.title) for row in rows]
    return [ChosenDiagnosis(code=one.code, scheme=one.scheme, title=one.description) for one in after.diagnoses]


def _cover(client: Client, before: Bill, after: Bill) -> dict[str, Any] | None:
    """The client's cover with what was changed; a membership number that was emptied stays on the client."""
    row = getattr(client, "cover", None)
    if row is None:
        return None
    changed = {
        ours: getattr(after.cover, theirs)
        for theirs, ours in COVER.items()
        if getattr(after.cover, theirs) != getattr(before.cover, theirs)
    }
    if not bare(changed.get("membership_number", "-")):
        del changed["membership_number"]
    return {"insurer_slug": row.insurer_slug, "membership_number": row.membership_number, **changed}
