"""What looks wrong with a policy and its authorisation before any bill is made."""

from __future__ import annotations

from datetime import date

from clearbill.bill import Bill, Problem, dates, insurers
from clearbill.bill import Cover as BillCover
from clearbill.bill.checks import cover
from clearbill.bill.checks.rule import Context
from clearbill.clients.models import Authorisation, Policy

# A code that is only missing is asked for by the form itself.
_HINTS_LEFT_OUT = {"COVER-01", "COVER-04"}


def cover_hints_of(policy: Policy | None, authorisation: Authorisation | None = None) -> list[Problem]:
    """Return what looks wrong with a stored policy and an authorisation under it."""
    if policy is None:
        return []
    return cover_hints(
        insurer_slug=policy.insurer_slug,
        membership_number=policy.membership_number,
        authorisation_code=authorisation.code if authorisation else "",
        authorisation_from=authorisation.valid_from if authorisation else None,
        authorisation_to=authorisation.valid_to if authorisation else None,
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
