"""The list of what insurers paid less than agreed: read the claims that can be underpaid, narrow, sort, sum, page.

Only claims that stand Part paid or Declined, with something short or open, can be underpaid: they are found by the
index on practice, currentness and status and are few, whatever the number of claims. What is known of them is read by
one statement for each kind of row, however many they are, and worked out by `underpayment.underpayments_of`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from clearbill.bill import money
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing.models import InvoiceLine
from clearbill.money.follow_up.models import DismissedUnderpayment
from clearbill.money.follow_up.underpayment import (
    PATTERNS,
    AllocatedPayment,
    BilledLine,
    ClaimFacts,
    Underpayment,
    priced_line,
    underpayments_of,
)
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls import queries as shortfall_queries
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.price_list import PriceList

SORTS = {
    "missing": ("missing", True),
    "claim": ("number", False),
    "insurer": ("insurer_slug", False),
    "treated": ("treated_on", False),
    "paid": ("paid", False),
}

"""By what, and whether the largest comes first."""

OPEN, DISMISSED, ANY = "", "dismissed", "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderpaymentFilter:
    """What the list is narrowed to; unknown values narrow nothing. `since` None is from the beginning."""

    insurer: str = ""
    pattern: str = ""
    state: str = OPEN
    since: date | None = None
    claim_id: UUID | None = None
    number: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class UnderpaymentPage:
    """A page of what was underpaid, and for each insurer how many lines are and what is missing, most first."""

    rows: list[Underpayment]
    sums: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return sum(one["count"] for one in self.sums)

    @property
    def missing(self) -> Decimal:
        return money.total(one["missing"] for one in self.sums)


def underpayments(
    practice: Practice, wanted: UnderpaymentFilter, *, start: int = 0, count: int = 25
) -> UnderpaymentPage:
    """Return the page that begins after `start` lines, with the sums of all that fit."""
    prices = _prices(practice, wanted)
    found = [one for facts in _facts(practice, wanted) for one in underpayments_of(facts, prices) if _fits(one, wanted)]
    return UnderpaymentPage(rows=_sorted(found, wanted.sort)[start : start + count], sums=_sums(found))


def unpriced(practice: Practice, wanted: UnderpaymentFilter, *, most: int = 8) -> list[dict[str, Any]]:
    """Return the codes of lines paid short that have no contract price to be measured by, most frequent first."""
    prices, claims = _prices(practice, wanted), _candidates(practice, wanted)
    slugs = dict(claims.values_list("invoice_id", "insurer_slug"))
    counts: Counter[tuple[str, str]] = Counter()
    for invoice_id, lines in _lines(claims).items():
        slug = slugs.get(invoice_id, "")
        priced = [priced_line(slug, line, prices) for line in lines]
        counts.update((slug, one.code) for one in priced if one.price is None and one.code)
    order = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"slug": slug, "code": code, "count": count} for (slug, code), count in order[:most]]


def _fits(one: Underpayment, wanted: UnderpaymentFilter) -> bool:
    if wanted.pattern in PATTERNS and one.pattern != wanted.pattern:
        return False
    return wanted.state == ANY or one.is_dismissed == (wanted.state == DISMISSED)


def _sorted(found: list[Underpayment], sort: str) -> list[Underpayment]:
    """Return the lines in this order, largest sum first unless it is known; a minus turns it round."""
    field, is_falling = SORTS.get(sort.lstrip("-"), SORTS["missing"])
    rows = sorted(found, key=attrgetter("number", "line_no"))
    if field == "insurer_slug":
        rows.sort(key=attrgetter("missing"), reverse=True)
    by: Callable[[Underpayment], Any] = attrgetter(field)
    rows.sort(key=by, reverse=is_falling != sort.startswith("-"))
    return rows


def _sums(found: list[Underpayment]) -> list[dict[str, Any]]:
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for one in found:
        amounts[one.insurer_slug].append(one.missing)
    sums = [{"slug": slug, "count": len(each), "missing": money.total(each)} for slug, each in amounts.items()]
    return sorted(sums, key=lambda one: (-one["missing"], one["slug"]))


def _candidates(practice: Practice, wanted: UnderpaymentFilter) -> QuerySet[Claim]:
    """The claims that can be underpaid and fit, in no order."""
    found = Claim.objects.filter(
        practice=practice,
        is_current=True,
        status__in=(Status.PART_PAID.value, Status.DECLINED.value),
        invoice__voided_at=None,
        invoice__short_total__gt=-F("invoice__open_total"),
    ).order_by()
    if wanted.insurer:
        found = found.filter(insurer_slug=wanted.insurer)
    if wanted.since:
        found = found.filter(treated_on__gte=wanted.since)
    if wanted.claim_id:
        found = found.filter(pk=wanted.claim_id)
    return found.filter(number__icontains=wanted.number) if wanted.number else found


def _prices(practice: Practice, wanted: UnderpaymentFilter) -> PriceList:
    prices = ContractPrice.objects.filter(practice=practice, withdrawn_at=None).order_by()
    return PriceList(prices.filter(insurer_slug=wanted.insurer) if wanted.insurer else prices)


def _facts(practice: Practice, wanted: UnderpaymentFilter) -> list[ClaimFacts]:
    claims = _candidates(practice, wanted)
    lines, payments, dismissals = _lines(claims), _payments(claims), _dismissals(claims)
    deductions = shortfall_queries.deductions_on(claims.values("invoice_id"))
    rows = claims.values_list(
        "pk", "number", "insurer_slug", "invoice_id", "invoice__patient_paid", "invoice__credited_total"
    )
    return [
        ClaimFacts(
            claim_id=pk,
            number=number,
            insurer_slug=slug,
            patient_paid=patient_paid,
            credited=credited,
            lines=lines.get(invoice_id, ()),
            payments=payments.get(pk, ()),
            deductions=deductions.get(invoice_id, {}),
            dismissals=dismissals.get(pk, {}),
        )
        for pk, number, slug, invoice_id, patient_paid, credited in rows
    ]


def _lines(claims: QuerySet[Claim]) -> dict[UUID, list[BilledLine]]:
    """The lines of the claims' invoices in their order, by invoice."""
    rows = InvoiceLine.objects.filter(invoice__in=claims.values("invoice_id")).order_by("position")
    fields = "position", "item_code", "procedure_code", "description", "treated_on", "units", "gross", "discount", "vat"
    found: dict[UUID, list[BilledLine]] = defaultdict(list)
    for invoice_id, position, item, procedure, description, treated_on, units, gross, discount, vat in rows.values_list(
        "invoice_id", *fields
    ):
        found[invoice_id].append(
            BilledLine(
                line_no=position,
                item_code=item,
                procedure_code=procedure,
                description=description,
                treated_on=treated_on,
                units=units,
                billed=gross - discount,
                vat=vat,
            )
        )
    return found


def _payments(claims: QuerySet[Claim]) -> dict[UUID, list[AllocatedPayment]]:
    rows = ClaimPayment.objects.filter(claim__in=claims.values("pk"), state=ClaimPayment.ALLOCATED).order_by("pk")
    found: dict[UUID, list[AllocatedPayment]] = defaultdict(list)
    for claim_id, paid, lines in rows.values_list("claim_id", "paid", "lines"):
        if claim_id:
            found[claim_id].append(AllocatedPayment(paid, lines))
    return found


def _dismissals(claims: QuerySet[Claim]) -> dict[UUID, dict[int, DismissedUnderpayment]]:
    found: dict[UUID, dict[int, DismissedUnderpayment]] = defaultdict(dict)
    for row in DismissedUnderpayment.objects.filter(claim__in=claims.values("pk")):
        found[row.claim_id][row.line_no] = row
    return found
