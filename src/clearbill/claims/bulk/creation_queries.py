"""Reads of bulk creations: which claims would be made and what is missing on each, and what came of each invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from clearbill.bill.problem import Refused
from clearbill.claims.bulk.unclaimed import Unclaimed, with_invoices
from clearbill.claims.core import problems as core_problems
from clearbill.claims.core import services
from clearbill.claims.core.cross_checks import mapping_refusals
from clearbill.claims.models import BulkCreation, BulkCreationEntry, Claim
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor

MOST_CHECKED = 200

"""So many invoices are gone through for the page that says what would be made; the rest is counted."""


@dataclass(slots=True, kw_only=True)
class DraftOfClaim:
    """What would be made of one invoice: what is missing on the claim, or in `refused` why there would be none."""

    unclaimed: Unclaimed
    invoice: Invoice
    number: str = ""
    amount: Decimal = Decimal("0.00")
    refused: str = ""
    blocking: list[dict[str, Any]] = field(default_factory=list)
    advice: list[dict[str, Any]] = field(default_factory=list)
    is_of_refused_pair: bool = False

    @property
    def lacks_nothing(self) -> bool:
        return not (self.refused or self.blocking or self.advice)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPreview:
    """What would be made of the invoices: each with what is missing, and how many were too many to go through.

    `amount` is what is owed on those of which a claim would be made, pounds.
    """

    drafts: list[DraftOfClaim]
    amount: Decimal
    unchecked_count: int

    @property
    def would_be_made(self) -> int:
        return sum(not one.refused for one in self.drafts) + self.unchecked_count

    @property
    def complete(self) -> int:
        return sum(not (one.refused or one.blocking) for one in self.drafts)

    @property
    def of_refused_pairs(self) -> int:
        return sum(one.is_of_refused_pair for one in self.drafts)

    @property
    def lacking(self) -> int:
        return sum(bool(one.blocking) for one in self.drafts)

    @property
    def refused(self) -> int:
        return sum(bool(one.refused) for one in self.drafts)


def preview(actor: Actor, rows: Sequence[Unclaimed]) -> CreationPreview:
    """Return which claims would be made of these invoices as they are now. Nothing is saved."""
    pairs = mapping_refusals.refused_pairs(actor.practice)
    drafts = []
    for row, invoice in with_invoices(actor.practice, rows[:MOST_CHECKED]):
        one = _draft(actor, row, invoice)
        if refusal := pairs.get((invoice.practitioner_id, invoice.insurer_slug)):
            one.is_of_refused_pair = not one.refused
            one.advice.insert(0, {"message": mapping_refusals.warning(refusal, invoice.practitioner.name)})
        drafts.append(one)
    amount = sum((row.owed for row in rows), Decimal("0.00"))
    amount -= sum((one.unclaimed.owed for one in drafts if one.refused), Decimal("0.00"))
    return CreationPreview(drafts=drafts, amount=amount, unchecked_count=max(0, len(rows) - MOST_CHECKED))


def _draft(actor: Actor, row: Unclaimed, invoice: Invoice) -> DraftOfClaim:
    invoice.practice = actor.practice
    try:
        claim, found = services.preview(actor, invoice=invoice)
    except Refused as refusal:
        return DraftOfClaim(unclaimed=row, invoice=invoice, refused=str(refusal))
    told = core_problems.group_equal(core_problems.with_owner(found))
    return DraftOfClaim(
        unclaimed=row,
        invoice=invoice,
        number=claim.number,
        amount=claim.net_total,
        blocking=[problem for problem in told if problem["severity"] == "blocks"],
        advice=[problem for problem in told if problem["severity"] != "blocks"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationProgress:
    """How far a bulk creation is; `complete` are the claims made that “all that are ready” has."""

    total: int
    created: int
    refused: int
    complete: int

    @property
    def done(self) -> int:
        return self.created + self.refused

    @property
    def left(self) -> int:
        return self.total - self.done


def progress(creation: BulkCreation) -> CreationProgress:
    """Return how far the creation is, from what its entries say."""
    created = Q(state=BulkCreationEntry.CREATED)
    counts = creation.entries.aggregate(
        created=Count("pk", filter=created),
        refused=Count("pk", filter=Q(state=BulkCreationEntry.REFUSED)),
    )
    made = Claim.objects.filter(pk__in=creation.entries.filter(created).values("claim"), blocking_count=0)
    complete = mapping_refusals.without_refused_pairs(made).count()
    return CreationProgress(total=creation.total, complete=complete, **counts)


def results(creation: BulkCreation) -> QuerySet[BulkCreationEntry]:
    """Return what came of each invoice: those without a claim first, then those whose claim lacks something."""
    done = creation.entries.exclude(state=BulkCreationEntry.WAITING)
    rows = done.select_related("invoice__client", "claim")
    return rows.order_by("-state", "-claim__blocking_count", "pk")
