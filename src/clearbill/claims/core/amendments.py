"""Amend a claim's bill field by field, and the client's record that a field came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from clearbill.bill import Bill, Problem, dates
from clearbill.bill.json_codec import to_json
from clearbill.bill.lifecycle import Status
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.claims.core import transitions, validation
from clearbill.claims.core.bill_builder import treating_site
from clearbill.claims.core.cross_checks import client_corrections
from clearbill.claims.core.cross_checks.client_corrections import Corrected
from clearbill.claims.core.services import problem_summary
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger
from clearbill.invoicing import services as invoicing
from clearbill.invoicing.drafts import draft_of, line_of
from clearbill.invoicing.prices import line_prices
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace import provider_numbers
from clearbill.workspace.models import Payee

LINE = {
    "first_date_of_service": "treated_on",
    "service_code": "item_code",
    "procedure_code": "procedure_code",
    "description": "description",
    "setting": "setting",
}

"""What of a line may be amended on the claim and is the invoice's, with what it is called there."""

AMENDED_ACTION = "changed the claim"

Change = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Amended:
    """What an amendment left: the problems that remain, and the labels of what stays on the claim alone."""

    problems: list[Problem]
    kept: list[str]


def amend(actor: Actor, *, claim: Claim, bill: Bill, also_client: bool = True) -> Amended:
    """Put the amended bill on the claim and return what is still wrong with it, and what went no further.

    What was changed of a line is changed on the invoice too, as the two must agree. With `also_client`, what was
    changed of patient, cover and diagnoses is changed on the client where `client_corrections` lets it. Raises
    Refused where the claim is no longer Created, or no longer as it was read, and where the invoice cannot be
    changed so.
    """
    with transaction.atomic():
        claim.invoice = ledger.lock_invoice(actor.practice, claim.invoice)
        _refuse_unless_as_read(claim, bill)
        before = validation.stored_bill(claim)
        bill = replace(bill, invoice_number=claim.number)
        changed = changed_paths(before, bill)
        _name_payee(actor.practice, claim, before, bill)
        corrected = Corrected(carried=frozenset(), kept=())
        if changed:
            actor.audit(AMENDED_ACTION, claim, changes=_listed(changed))
            _change_lines(actor, claim, before, bill)
            if also_client:
                corrected = client_corrections.correct_client(actor, claim=claim, before=before, after=bill)
            _note_by_hand(claim, changed, before, corrected)
        found = validation.snapshot(claim, bill, on=dates.uk_day(actor.now))
        claim.save(update_fields=[*validation.SNAPSHOT_FIELDS, "payee", "payee_reason", "amended_by_hand"])
        kept = list(corrected.kept)
        if not changed:
            return Amended(found, kept)
        transitions.log_event(
            claim,
            by=actor.user,
            now=actor.now,
            event="changed",
            note=" ".join(
                [
                    f"{len(changed)} {plural(len(changed), 'field')}. {problem_summary(found)}.",
                    *([f"On this claim only: {', '.join(kept)}."] if kept else []),
                ]
            ),
        )
    return Amended(found, kept)


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


def _change_lines(actor: Actor, claim: Claim, before: Bill, after: Bill) -> None:
    """Change on the invoice what was amended of its lines, where it still says what the claim said."""
    rows = list(claim.invoice.lines.select_related("service", "appointment"))
    if not len(rows) == len(before.lines) == len(after.lines):
        return
    drafts, place = [], None
    for number, (row, old, new) in enumerate(zip(rows, before.lines, after.lines, strict=True)):
        changes = {
            ours: getattr(new, theirs)
            for theirs, ours in LINE.items()
            if getattr(new, theirs) != getattr(old, theirs) and getattr(row, ours) == getattr(old, theirs)
        }
        if changes and place is None:
            place = number
        drafts.append(replace(line_of(row), **changes))
    if place is None:
        return
    try:
        invoicing.change(actor, invoice=claim.invoice, draft=draft_of(claim.invoice), lines=drafts)
    except Refused as refusal:
        asked = f"{refusal} Change the day on the invoice." if refusal.field == line_prices.REASON else str(refusal)
        raise Refused(asked, f"lines[{place}].first_date_of_service") from None


def _note_by_hand(claim: Claim, changed: dict[str, Change], before: Bill, corrected: Corrected) -> None:
    """Keep on the claim what was collected where it is amended now; what its source says by now is no amendment."""
    by_hand = dict(claim.amended_by_hand)
    for path, (old, new) in changed.items():
        if path in corrected.carried or _is_of_invoice(path):
            by_hand.pop(path, None)
        elif path.startswith("diagnoses"):
            if "diagnoses" in corrected.carried:
                by_hand.pop("diagnoses", None)
            else:
                by_hand.setdefault("diagnoses", to_json(before).get("diagnoses", []))
        elif (collected := by_hand.setdefault(path, old)) == new or not (collected or new):
            del by_hand[path]
    claim.amended_by_hand = by_hand


def _is_of_invoice(path: str) -> bool:
    return path.startswith("lines[") and path.rpartition(".")[2] in LINE


def _name_payee(practice: Practice, claim: Claim, before: Bill, after: Bill) -> None:
    """Say of payee and Practitioner ID, as they stand now, why each is there."""
    numbers = after.providers.payee_provider_number, after.providers.controlling_specialist_number
    was = before.providers.payee_provider_number, before.providers.controlling_specialist_number
    if numbers == was:
        return
    payee = provider_numbers.payee_for(practice, claim.practitioner, claim.insurer_slug)
    site = treating_site(claim.invoice)
    specialist = provider_numbers.controlling_specialist(practice, claim.practitioner, claim.insurer_slug, site)
    if numbers[0] != was[0]:
        claim.payee = payee.payee if numbers[0] == payee.number else _payee_of(practice, claim, numbers[0])
    payee_reason = payee.reason
    if numbers[0] != payee.number:
        named = f"{claim.payee.name} is paid" if claim.payee else "The payee stands"
        payee_reason = f"{named} as it was entered on this claim by hand."
    reason = specialist.reason
    if numbers[1] != specialist.number:
        reason = "The Practitioner ID stands as it was entered on this claim by hand."
    claim.payee_reason = f"{payee_reason} {reason}"[:300]


def _payee_of(practice: Practice, claim: Claim, number: str) -> Payee | None:
    """Return whose number it is: entered for this insurer, or for all."""
    if not number:
        return None
    rows = Payee.objects.filter(practice=practice)
    own = rows.filter(numbers__insurer_slug=claim.insurer_slug, numbers__number__iexact=number).first()
    return own or rows.filter(number__iexact=number).first()
