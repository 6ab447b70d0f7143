"""Whose form it is: every form carries the person and the practice it was shown to, and is never taken for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from clearbill.db.ids import parse_id

FIELD = "shown_to"

HEADER = "X-Shown-To"

WORK_IN = "work_in"

SESSION_KEY = "practice"


@dataclass(frozen=True, slots=True)
class FormOwner:
    """The person and the practice that a form was shown to."""

    user_id: UUID
    practice_id: UUID

    def __str__(self) -> str:
        return f"{self.user_id}.{self.practice_id}"


def owner_of(request: HttpRequest) -> FormOwner | None:
    """Return whom this page is shown to, None where nobody works in a practice."""
    membership = getattr(request, "membership", None)
    return FormOwner(membership.user_id, membership.practice_id) if membership else None


def parse_owner(text: str) -> FormOwner | None:
    """Return the owner that a form names, None where it names none."""
    user, _, practice = text.partition(".")
    ids = parse_id(user), parse_id(practice)
    return FormOwner(*ids) if ids[0] and ids[1] else None  # type: ignore[arg-type]


def sent_by(request: HttpRequest) -> FormOwner | None:
    """Return whom the form that was sent was shown to, None where it does not say so."""
    return parse_owner(request.POST.get(FIELD, "") or request.headers.get(HEADER, ""))


def change_practice(request: HttpRequest, practice_id: UUID | None) -> bool:
    """Let the person go on in another of their practices, here and from the next sign-in on. False where it is none."""
    mine: list[Any] = getattr(request, "memberships", [])
    membership = next((one for one in mine if one.practice_id == practice_id), None)
    if membership is None:
        return False
    request.membership = membership  # type: ignore[attr-defined]
    request.practice = membership.practice  # type: ignore[attr-defined]
    request.session[SESSION_KEY] = str(membership.practice_id)
    user = membership.user
    user.last_practice_id = membership.practice_id
    user.save(update_fields=["last_practice"])
    return True
