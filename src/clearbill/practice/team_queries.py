"""Who works in the practice, as the list of users shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import Prefetch
from django.utils import timezone

from clearbill.people import invitations_queries
from clearbill.people.models import Membership, Practice
from clearbill.practice.models import Practitioner, ProviderNumber

SORTS = ("name", "role", "status")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One line of the list. `kind` says what `id` is the id of; `healthcode_id` is "" where there is none."""

    kind: Literal["user", "practitioner", "invitation"]
    id: UUID
    name: str
    email: str
    role: str
    healthcode_id: str
    more_numbers: int
    status: str
    is_late: bool = False


def team(practice: Practice, *, search: str = "", sort: str = "name") -> list[TeamRow]:
    """Return users, practitioners without sign-in, and open invitations. `search` looks at name, e-mail and number."""
    rows = [*_members(practice), *_practitioners(practice), *_invited(practice)]
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


def _invited(practice: Practice) -> list[TeamRow]:
    now = timezone.now()
    return [
        TeamRow(
            "invitation", one.pk, one.full_name, one.email, one.get_role_display(), "", 0, "Invited",
            is_late=one.expires_at <= now,
        )
        for one in invitations_queries.open_ones(practice)
    ]  # fmt: skip


def _healthcode_id(practitioner: Practitioner | None) -> tuple[str, int]:
    """Return the number to show, the one for every insurer and site if there is one, and how many more there are."""
    if practitioner is None:
        return "", 0
    numbers = sorted(practitioner.numbers.all(), key=lambda one: (one.insurer_slug != "", one.site_id is not None))
    return (numbers[0].number, len({one.number for one in numbers}) - 1) if numbers else ("", 0)
