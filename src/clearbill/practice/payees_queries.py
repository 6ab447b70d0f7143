"""Reads about payees: the table of who would be paid and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearbill.people.models import Practice
from clearbill.practice.models import Practitioner
from clearbill.practice.roles import PayeeChoice
from clearbill.practice.roles_book import RolesBook


@dataclass(slots=True, kw_only=True)
class WhoIsPaid:
    """One practitioner and the insurers for which the same payee, with the same number, is paid for one reason."""

    practitioner: Practitioner
    choice: PayeeChoice
    insurers: list[str] = field(default_factory=list)
    is_usual: bool = False


def who_is_paid(practice: Practice) -> list[WhoIsPaid]:
    """Return, for each practitioner, the usual payee first and then each insurer where it differs."""
    book = RolesBook.of(practice)
    rows: list[WhoIsPaid] = []
    for practitioner in book.practitioners:
        groups: dict[tuple[object, str, str], WhoIsPaid] = {}
        for insurer in book.billed:
            choice = book.payee_for(practitioner, insurer.slug)
            key = (choice.payee.pk if choice.payee else None, choice.number, choice.reason)
            group = groups.setdefault(key, WhoIsPaid(practitioner=practitioner, choice=choice))
            group.insurers.append(insurer.name)
        ordered = sorted(groups.values(), key=lambda group: -len(group.insurers))
        for place, group in enumerate(ordered):
            group.is_usual = place == 0
        rows += ordered
    return rows
