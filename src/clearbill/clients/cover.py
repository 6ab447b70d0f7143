"""Write a client's cover: insurer, membership, authorisation, what is left of the excess. Pounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from clearbill.bill import Bill, Problem, dates, insurers
from clearbill.bill import Cover as BillCover
from clearbill.bill.checks import cover
from clearbill.bill.checks.rule import Context
from clearbill.clients.models import Client, Cover
from clearbill.clients.services import cover_as_dict
from clearbill.people.actor import Actor


def use_member_details(actor: Actor, *, client: Client, details: Mapping[str, Any]) -> Client:
    """Take what the insurer's member list says (number, group, scheme, end of cover) into the client's cover."""
    with transaction.atomic():
        before = cover_as_dict(client)
        Cover.objects.update_or_create(client=client, defaults={key: value for key, value in details.items() if value})
        after = cover_as_dict(client)
        if before != after:
            actor.audit("took details from the member list", client, changes={"cover": [before, after]})
    return client


def reduce_excess(actor: Actor, *, client: Client, taken: Decimal) -> None:
    """So much of the policy's excess, pounds, was taken from the client: less is left of it, where it is known."""
    with transaction.atomic():
        row = Cover.objects.select_for_update().filter(client=client, excess_left__gt=0).first()
        if row is None or row.excess_left is None:
            return
        before, row.excess_left = row.excess_left, max(Decimal("0.00"), row.excess_left - taken)
        row.save(update_fields=["excess_left", "changed_at"])
        changes = {"excess_left": [before, row.excess_left]}
        actor.audit("took the excess", client, changes=changes)


# A code that is only missing is asked for by the form itself.
_HINTS_LEFT_OUT = {"COVER-01", "COVER-04"}


def cover_hints_of(cover: Cover | None) -> list[Problem]:
    """Return what looks wrong with a stored cover, before any bill is made."""
    if cover is None:
        return []
    return cover_hints(
        insurer_slug=cover.insurer_slug,
        membership_number=cover.membership_number,
        authorisation_code=cover.authorisation_code,
        authorisation_from=cover.authorisation_from,
        authorisation_to=cover.authorisation_to,
    )


def cover_hints(
    *,
    insurer_slug: str,
    membership_number: str,
    authorisation_code: str = "",
    authorisation_from: date | None = None,
    authorisation_to: date | None = None,
) -> list[Problem]:
    """Return what the insurer's known formats say of these details. Nothing where the insurer is not known."""
    insurer = insurers.by_slug(insurer_slug)
    if insurer is None:
        return []
    bill = Bill(
        cover=BillCover(
            registration_number=membership_number,
            authorisation_code=authorisation_code,
            authorisation_from=authorisation_from,
            authorisation_to=authorisation_to,
        )
    )
    context = Context.of(bill, on=dates.today(), insurer=insurer)
    found = [problem for rule in cover.RULES for problem in rule(bill, context)]
    return [problem for problem in found if problem.code not in _HINTS_LEFT_OUT]
