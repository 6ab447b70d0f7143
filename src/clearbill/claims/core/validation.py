"""Check a claim's bill against every rule, with the earlier bills of the same client at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from clearbill.bill import Bill, Problem, check, insurers
from clearbill.bill.json_codec import from_json, to_json
from clearbill.bill.lifecycle import BILLS_NOTHING
from clearbill.claims.core.cross_checks import agreement, record_checks
from clearbill.claims.models import Claim

MAX_EARLIER_BILLS = 100


def stored_bill(claim: Claim) -> Bill:
    """Return the claim's frozen bill."""
    return from_json(claim.bill)[0]


def problems_today(claim: Claim, *, on: date, built: Bill | None = None) -> list[Problem]:
    """Return everything that is wrong with the claim on this UK day, blocking problems first.

    How it differs from its invoice comes before all else. `built` is given to `agreement.differences`.
    """
    bill = stored_bill(claim)
    found = [*agreement.differences(claim, on=on, built=built), *record_checks.problems(claim, bill)]
    repeated = {problem.path for problem in found if problem.code == record_checks.REPEATED}
    by_rule = check(bill, on=on, insurer=insurers.by_slug(claim.insurer_slug), earlier=_earlier_bills(claim))
    found += [problem for problem in by_rule if not (problem.code == "DUPLICATE-03" and problem.path in repeated)]
    return sorted(found, key=lambda problem: not problem.blocks)


def snapshot(claim: Claim, bill: Bill, *, on: date, built: Bill | None = None) -> list[Problem]:
    """Put the bill on the claim, with what the lists show of it, and return its problems. Nothing is saved.

    `built` is given to `agreement.differences`.
    """
    bill = replace(bill, invoice_number=claim.number)
    claim.bill = to_json(bill)
    claim.net_total = bill.totals.net_total or claim.invoice.net_total
    claim.treated_on = bill.first_service_date
    insurer = insurers.by_slug(claim.insurer_slug)
    claim.bill_by_on = insurer.bill_by(bill.first_service_date) if insurer and bill.first_service_date else None
    found = problems_today(claim, on=on, built=built)
    count(claim, found)
    return found


def count(claim: Claim, found: Iterable[Problem]) -> None:
    """Put on the claim how many problems a check of today has found. Nothing is saved."""
    blocks = [problem.blocks for problem in found]
    claim.blocking_count, claim.warning_count = blocks.count(True), blocks.count(False)
    claim.is_stale = False


COUNTS = ["blocking_count", "warning_count", "is_stale"]

"""The columns that `count` sets."""

SNAPSHOT_FIELDS = ["bill", "net_total", "treated_on", "bill_by_on", *COUNTS]

"""The columns that `snapshot` sets."""


def _earlier_bills(claim: Claim) -> list[Bill]:
    """Return the bills that this one may repeat, the newest first: the client's, and those of the same number.

    Each question is answered by an index; asked as one, every claim of the practice would be looked at.
    """
    found: dict[UUID, tuple[datetime, Any]] = {}
    for same in ({"invoice__client": claim.invoice.client_id}, {"practice": claim.practice, "number": claim.number}):
        others = Claim.objects.filter(**same).exclude(
            Q(pk=claim.pk) | Q(invoice=claim.invoice_id) | Q(status__in=[status.value for status in BILLS_NOTHING])
        )
        found |= {pk: (at, bill) for pk, at, bill in others.order_by().values_list("pk", "created_at", "bill")}
    newest_first = sorted(found.values(), key=lambda one: one[0], reverse=True)
    return [from_json(bill)[0] for _, bill in newest_first[:MAX_EARLIER_BILLS]]
