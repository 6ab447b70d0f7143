"""Write a client's policies and what insurers authorised under them: nothing is ever deleted. Pounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from clearbill.bill import dates, insurers
from clearbill.bill.problem import Refused
from clearbill.clients import merges, policies
from clearbill.clients.excess import keep_former_year
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.people import audit
from clearbill.people.actor import Actor

FIRST_DAY_NEEDED = (
    "Give the first day of the new policy: the day of a visit then says which of the client’s policies is billed."
)

_UNTOLD = {"id", "client", "policy"}

# By what a second policy, or a second authorisation without a code, is known to be the same as one that is there.
_NUMBER = ("insurer_slug", "membership_number")
_GRANTED = ("code", "codes", "sessions", "amount", "body_area")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverEdit:
    """What was typed about the policy in use, and the authorisation in use under it.

    `policy` and `authorisation` are those that were shown, None where there was none. `details` None says that the
    client is no longer insured: the policy ends on `ends_on`, or was entered in error. `is_new_policy` says that what
    was typed is another policy, which follows the one shown. `is_new_authorisation` says the same of the
    authorisation, which follows the one shown where `ends_authorisation` is true, else stands beside it. `authorised`
    None leaves the authorisations alone.
    """

    details: Mapping[str, Any] | None
    authorised: Mapping[str, Any] | None = None
    policy: Policy | None = None
    authorisation: Authorisation | None = None
    is_new_policy: bool = False
    is_new_authorisation: bool = False
    ends_authorisation: bool = False
    ends_on: date | None = None


def add_policy(actor: Actor, *, client: Client, details: Mapping[str, Any], ends: Policy | None = None) -> Policy:
    """Add a policy; `ends`, the one it follows, then ends on the day before it begins.

    Raises Refused where the days cannot be, where the client has another policy and no first day is given, where the
    same policy is there for some of the days, or where the record was merged into another one.
    """
    with transaction.atomic():
        merges.hold(client)
        begins = details.get("valid_from")
        _refuse_backwards(begins, details.get("valid_to"))
        if begins is None and Policy.objects.filter(client=client, entered_in_error=False).exists():
            raise Refused(FIRST_DAY_NEEDED, "valid_from")
        if ends is not None and begins is not None and (last := _last_day(ends, begins)):
            change_policy(actor, policy=ends, details={"valid_to": last})
        _refuse_twice(Policy.objects.filter(client=client), details, _NUMBER, "membership_number")
        row = Policy.objects.create(client=client, **details)
        actor.audit("added the policy", row, label=label_of_policy(row), changes=filled(row))
    return row


def change_policy(actor: Actor, *, policy: Policy, details: Mapping[str, Any]) -> Policy:
    """Save the given fields of a policy. Raises Refused where the days cannot be."""
    with transaction.atomic():
        row = Policy.objects.select_for_update(of=("self",)).select_related("client").get(pk=policy.pk)
        before = audit.snapshot(row)
        begins, excess, left = row.policy_year_from, row.excess, row.excess_left
        for name, value in details.items():
            setattr(row, name, value)
        _refuse_backwards(row.valid_from, row.valid_to)
        _save(actor, "changed the policy", row, before, label_of_policy(row))
        keep_former_year(row, begins=begins, excess=excess, left=left)
    return row


def add_authorisation(
    actor: Actor, *, policy: Policy, details: Mapping[str, Any], ends: Authorisation | None = None
) -> Authorisation:
    """Add what the insurer authorised; `ends`, the one it follows, then ends on the day before.

    Raises Refused where the days cannot be, where the same is there for some of the days, or where the policy was
    entered by mistake.
    """
    with transaction.atomic():
        under = Policy.objects.select_for_update(of=("self",)).select_related("client").get(pk=policy.pk)
        if under.entered_in_error:
            raise Refused(f"{under} was entered by mistake. Add the authorisation under the policy that is right.")
        begins = details.get("valid_from")
        _refuse_backwards(begins, details.get("valid_to"))
        if ends is not None and begins is not None and (last := _last_day(ends, begins)):
            change_authorisation(actor, authorisation=ends, details={"valid_to": last})
        same = ("code", "codes") if details.get("code") else _GRANTED
        _refuse_twice(Authorisation.objects.filter(policy=under), details, same, "code")
        row = Authorisation.objects.create(policy=under, **details)
        actor.audit("added the authorisation", row, label=label_of_authorisation(row), changes=filled(row))
    return row


def change_authorisation(actor: Actor, *, authorisation: Authorisation, details: Mapping[str, Any]) -> Authorisation:
    """Save the given fields of an authorisation. Raises Refused where the days cannot be."""
    with transaction.atomic():
        rows = Authorisation.objects.select_for_update(of=("self",)).select_related("policy__client")
        row = rows.get(pk=authorisation.pk)
        before = audit.snapshot(row)
        for name, value in details.items():
            setattr(row, name, value)
        _refuse_backwards(row.valid_from, row.valid_to)
        _save(actor, "changed the authorisation", row, before, label_of_authorisation(row))
    return row


def save_cover(actor: Actor, *, client: Client, edit: CoverEdit) -> Policy | None:
    """Save what Edit Details says of the client's insurance, and return the policy. Raises Refused."""
    with transaction.atomic():
        if edit.details is None:
            return _end_or_withdraw(actor, edit)
        if edit.policy is None or edit.is_new_policy:
            policy = add_policy(actor, client=client, details=edit.details, ends=edit.policy)
        else:
            policy = change_policy(actor, policy=edit.policy, details=edit.details)
        if edit.authorised is not None:
            _save_authorisation(actor, policy, edit, edit.authorised)
    return policy


def _save_authorisation(actor: Actor, policy: Policy, edit: CoverEdit, authorised: Mapping[str, Any]) -> None:
    shown = edit.authorisation if edit.authorisation and edit.authorisation.policy_id == policy.pk else None
    if shown is not None and not edit.is_new_authorisation:
        withdrawn = {} if any(authorised.values()) else {"entered_in_error": True}
        change_authorisation(actor, authorisation=shown, details={**authorised, **withdrawn})
    elif any(authorised.values()):
        ends = shown if edit.ends_authorisation else None
        add_authorisation(actor, policy=policy, details=authorised, ends=ends)


def use_member_details(actor: Actor, *, policy: Policy, details: Mapping[str, Any]) -> Policy:
    """Take what the insurer's member list says (number, group, scheme, days) into the policy. Raises Refused."""
    with transaction.atomic():
        row = Policy.objects.select_for_update(of=("self",)).select_related("client").get(pk=policy.pk)
        before = audit.snapshot(row)
        for name, value in details.items():
            if value:
                setattr(row, name, value)
        _refuse_backwards(row.valid_from, row.valid_to)
        _save(actor, "took details from the member list", row, before, label_of_policy(row))
    return row


def _end_or_withdraw(actor: Actor, edit: CoverEdit) -> Policy | None:
    if edit.policy is None:
        return None
    ended = {"valid_to": edit.ends_on} if edit.ends_on else {"entered_in_error": True}
    return change_policy(actor, policy=edit.policy, details=ended)


def _last_day(row: Policy | Authorisation, begins: date) -> date | None:
    """Return the last day of what another one follows, None where it ended sooner by itself."""
    last = begins - timedelta(days=1)
    if row.valid_from and row.valid_from > last:
        raise Refused(f"{row} began on {dates.show(row.valid_from)}. What follows it begins later.", "valid_from")
    return last if row.valid_to is None or row.valid_to > last else None


def _save(actor: Actor, action: str, row: Model, before: Mapping[str, Any], label: str) -> None:
    if changes := audit.difference(before, row):
        row.save()
        actor.audit(action, row, label=label, changes=changes)


def _refuse_backwards(begins: date | None, ends: date | None) -> None:
    if begins and ends and ends < begins:
        raise Refused(f"This is before the first day, {dates.show(begins)}.", "valid_to")


def _refuse_twice(rows: QuerySet[Any], details: Mapping[str, Any], same: Sequence[str], field: str) -> None:
    """Refuse what is there already: another row that says the same and holds on some of the same days."""
    first, last = details.get("valid_from") or date.min, details.get("valid_to") or date.max
    for row in rows.filter(entered_in_error=False):
        overlaps = (row.valid_from or date.min) <= last and first <= (row.valid_to or date.max)
        if overlaps and all(_said(getattr(row, name)) == _said(details.get(name)) for name in same):
            lasting = policies.lasting(row.valid_from, row.valid_to)
            raise Refused(
                f"{row} is entered already{f', {lasting}' if lasting else ''}. Change that one instead.", field
            )


def _said(value: Any) -> Any:
    return insurers.bare(value) if isinstance(value, str) else value or ""


def filled(row: Model) -> dict[str, Any]:
    """Return what an entry tells of a policy or an authorisation that was added."""
    return {name: value for name, value in audit.snapshot(row).items() if value and name not in _UNTOLD}


def label_of_policy(policy: Policy) -> str:
    """Return what an entry calls a policy."""
    return f"{policy.client.name}: {policy}"


def label_of_authorisation(authorisation: Authorisation) -> str:
    """Return what an entry calls an authorisation."""
    return f"{label_of_policy(authorisation.policy)}, {authorisation}"
