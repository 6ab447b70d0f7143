"""Practitioners and their provider numbers at Healthcode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from clearbill.bill import insurers
from clearbill.bill.problem import Refused
from clearbill.people import invitations
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice, Role
from clearbill.people.permissions import may_manage
from clearbill.people.services import change_member
from clearbill.workspace.models import Payee, Practitioner, ProviderNumber, Site

SORTS = ("name", "role", "status")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One line of the list. `kind` says what `id` is the id of; `healthcode_id` is "" where there is none.

    `may_be_sent` says of an invitation whether the person who looks may send it again, and withdraw it.
    """

    kind: Literal["user", "practitioner", "invitation"]
    id: UUID
    name: str
    email: str
    role: str
    healthcode_id: str
    more_numbers: int
    status: str
    is_late: bool = False
    may_be_sent: bool = False


def team(practice: Practice, *, by: Membership, search: str = "", sort: str = "name") -> list[TeamRow]:
    """Return users, practitioners without sign-in, and open invitations, as the member `by` may see them.

    `search` looks at name, e-mail and number.
    """
    rows = [*_members(practice), *_practitioners(practice), *_invited(practice, by)]
    if search:
        wanted = search.casefold()
        rows = [row for row in rows if wanted in f"{row.name}\n{row.email}\n{row.healthcode_id}".casefold()]
    keys = {
        "role": lambda row: (row.role, row.name.casefold()),
        "status": lambda row: (row.status, row.name.casefold()),
    }
    return sorted(rows, key=keys.get(sort, lambda row: row.name.casefold()))


def practitioner_of(membership: Membership) -> Practitioner | None:
    """Return the practitioner who signs in with this membership, or None."""
    return Practitioner.objects.filter(membership=membership).first()


def provider_numbers(practitioner: Practitioner | None) -> list[ProviderNumber]:
    """Return the practitioner's provider numbers: those for everything first, then by insurer and site."""
    return list(practitioner.numbers.select_related("site")) if practitioner else []


def _with_numbers() -> Prefetch[str]:
    return Prefetch("numbers", queryset=ProviderNumber.objects.order_by("insurer_slug", "pk"))


def _members(practice: Practice) -> list[TeamRow]:
    members = Membership.objects.filter(practice=practice).select_related("user")
    clinicians = Practitioner.objects.filter(practice=practice, membership__isnull=False, is_active=True)
    by_member = {one.membership_id: one for one in clinicians.prefetch_related(_with_numbers())}
    rows = []
    for member in members:
        number, more = _healthcode_id(by_member.get(member.pk))
        status = "Active" if member.is_active else "Inactive"
        rows.append(
            TeamRow(
                "user",
                member.pk,
                member.user.full_name,
                member.user.email,
                member.get_role_display(),
                number,
                more,
                status,
            )
        )
    return rows


def _practitioners(practice: Practice) -> list[TeamRow]:
    rows = []
    found = Practitioner.objects.filter(practice=practice, membership=None).prefetch_related(_with_numbers())
    for one in found:
        number, more = _healthcode_id(one)
        status = "Active" if one.is_active else "Inactive"
        rows.append(TeamRow("practitioner", one.pk, one.name, "", "No sign-in", number, more, status))
    return rows


def _invited(practice: Practice, by: Membership) -> list[TeamRow]:
    now = timezone.now()
    return [
        TeamRow(
            "invitation",
            one.pk,
            one.full_name,
            one.email,
            one.get_role_display(),
            "",
            0,
            "Invited",
            is_late=one.expires_at <= now,
            may_be_sent=may_manage(by.role, one.role),
        )
        for one in invitations.open_ones(practice)
    ]


def _healthcode_id(practitioner: Practitioner | None) -> tuple[str, int]:
    """Return the number to show, the one for every insurer and site if there is one, and how many more there are."""
    if practitioner is None:
        return "", 0
    numbers = sorted(practitioner.numbers.all(), key=lambda one: (one.insurer_slug != "", one.site_id is not None))
    return (numbers[0].number, len({one.number for one in numbers}) - 1) if numbers else ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerDetails:
    """What is known of a practitioner, apart from the provider numbers."""

    name: str
    profession: str = ""
    registration_body: str = ""
    registration_number: str = ""
    site: Site | None = None
    payee: Payee | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberEntry:
    """One provider number and where it applies: "" is every insurer, None is every site."""

    number: str
    insurer_slug: str = ""
    site: Site | None = None

    @property
    def scope(self) -> str:
        """Where it applies, in words."""
        insurer = insurers.name_of(self.insurer_slug) or "every insurer"
        return f"{insurer} at {self.site.name if self.site else 'every site'}"


class SameScope(Refused):
    """Two provider numbers are for the same insurer and site; `position` is that of the second one, from 0."""

    def __init__(self, position: int, scope: str) -> None:
        super().__init__(f"There is a number for {scope} already. Change that one, or choose an insurer or site here.")
        self.position = position


class TakenNumber(Refused):
    """A provider number is another practitioner's already; `position` is where it stands, from 0."""

    def __init__(self, position: int, number: str, name: str) -> None:
        super().__init__(f"{number} is the Healthcode ID of {name}. One ID is one practitioner’s.")
        self.position = position


def save_user(
    *,
    practice: Practice,
    by: Membership,
    now: datetime,
    membership: Membership,
    full_name: str,
    role: str,
    is_active: bool,
    sees_clients: bool,
    details: PractitionerDetails,
    numbers: Sequence[NumberEntry],
) -> None:
    """Change a user together with their Practitioner Settings, all or nothing.

    Somebody who no longer sees clients stays in the records as a practitioner who cannot be chosen.
    Raises people.Refused, SameScope or TakenNumber.
    """
    with transaction.atomic():
        change_member(
            practice=practice,
            by=by,
            now=now,
            membership=membership,
            full_name=full_name,
            role=role,
            is_active=is_active,
        )
        practitioner = Practitioner.objects.filter(membership=membership).first()
        if sees_clients or practitioner:
            save_practitioner(
                Actor(practice, by.user, now),
                practitioner=practitioner,
                membership=membership,
                details=details,
                numbers=numbers,
            )


def start_as_practitioner(actor: Actor, *, membership: Membership) -> Practitioner | None:
    """Make somebody who was invited as a practitioner one who can be chosen; None for another role or who is one."""
    if membership.role != Role.PRACTITIONER or practitioner_of(membership):
        return None
    details = PractitionerDetails(name=membership.user.full_name)
    return save_practitioner(actor, practitioner=None, membership=membership, details=details, numbers=[])


def save_practitioner(
    actor: Actor,
    *,
    practitioner: Practitioner | None,
    membership: Membership | None,
    details: PractitionerDetails,
    numbers: Sequence[NumberEntry],
) -> Practitioner:
    """Make or change a practitioner with exactly these provider numbers.

    Raises SameScope, and nothing is saved, where two numbers apply to the same insurer and site, and TakenNumber
    where one that is new here is that of another practitioner who works for the practice.
    """
    _refuse_same_scope(numbers)
    _refuse_taken(actor.practice, practitioner, numbers)
    with transaction.atomic():
        row = practitioner or Practitioner(practice=actor.practice, membership=membership)
        is_new = practitioner is None
        before = {} if is_new else {**_shown(row), **_numbers_shown(_stored(row))}
        for field, value in _fields(details).items():
            setattr(row, field, value)
        row.save()
        _replace_numbers(row, numbers)
        after = {**_shown(row), **_numbers_shown(numbers)}
        changes = {key: [before.get(key, ""), after.get(key, "")] for key in {**before, **after}}
        changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            action = "added the practitioner" if is_new else "changed the practitioner"
            actor.audit(action, row, changes=changes)
    return row


def _fields(details: PractitionerDetails) -> dict[str, object]:
    return {field: getattr(details, field) for field in PractitionerDetails.__dataclass_fields__}


def _refuse_same_scope(numbers: Sequence[NumberEntry]) -> None:
    seen = set()
    for position, entry in enumerate(numbers):
        scope = (entry.insurer_slug, entry.site.pk if entry.site else None)
        if scope in seen:
            raise SameScope(position, entry.scope)
        seen.add(scope)


def _refuse_taken(practice: Practice, practitioner: Practitioner | None, numbers: Sequence[NumberEntry]) -> None:
    others = ProviderNumber.objects.filter(practitioner__practice=practice, practitioner__is_active=True)
    own: set[str] = set()
    if practitioner:
        others = others.exclude(practitioner=practitioner)
        own = {one.number.casefold() for one in practitioner.numbers.all()}
    taken = {one.number.casefold(): one.practitioner.name for one in others.select_related("practitioner")}
    for position, entry in enumerate(numbers):
        if (number := entry.number.casefold()) in taken and number not in own:
            raise TakenNumber(position, entry.number, taken[number])


def _replace_numbers(practitioner: Practitioner, numbers: Sequence[NumberEntry]) -> None:
    if {(one.number, one.scope) for one in _stored(practitioner)} == {(one.number, one.scope) for one in numbers}:
        return
    practitioner.numbers.all().delete()
    ProviderNumber.objects.bulk_create(
        ProviderNumber(practitioner=practitioner, number=one.number, insurer_slug=one.insurer_slug, site=one.site)
        for one in numbers
    )


def _stored(practitioner: Practitioner) -> list[NumberEntry]:
    return [
        NumberEntry(number=one.number, insurer_slug=one.insurer_slug, site=one.site)
        for one in practitioner.numbers.select_related("site")
    ]


def _shown(row: Practitioner) -> dict[str, object]:
    return {
        "name": row.name,
        "profession": row.profession,
        "registration": f"{row.registration_body} {row.registration_number}".strip(),
        "site": row.site.name if row.site else "",
        "payee": row.payee.name if row.payee else "",
        "sees clients": row.is_active,
    }


def _numbers_shown(numbers: Sequence[NumberEntry]) -> dict[str, str]:
    return {f"provider number for {one.scope}": one.number for one in numbers}
