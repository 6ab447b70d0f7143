"""What insurers paid less than agreed, line by line.

The plan. Only claims that stand Part paid or Declined can be underpaid, so the statement begins with those, found by
the index on practice, currentness and status; of each it reads the lines of the invoice and the details of its
payments by their indexes, and looks up the price of the day by the unique index of the contract prices. Nothing is
read of claims that were paid in full. One statement gives a page of the list
together with the sums.

A line is measured by itself where the payments speak of every line of the bill. Where they do not, or where the patient
paid a part at the visit or something was credited, the bill is measured as a whole (`line_no` 0). What is due is the
contract price, or what was billed where that is less, and VAT on top; deductions for which the patient is liable are
not missing. Amounts are whole pence in the statement, so that both databases agree on every one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.db import sql, statements
from clearbill.money.follow_up import underpayments_sql
from clearbill.money.remittances.models import ClaimPayment
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice

FOLLOW_UP, OTHER_PRICE, NOTHING, UNSAID, LESS = "follow-up", "other price", "nothing", "unsaid", "less"

PATTERNS = {
    FOLLOW_UP: "First visit paid as follow-up",
    OTHER_PRICE: "Paid at the price of another code",
    NOTHING: "Nothing paid",
    UNSAID: "Paid in part, no reason given",
    LESS: "Paid less than agreed",
}

SORTS = {
    "missing": "missing DESC, number, line_no",
    "claim": "number, line_no",
    "insurer": "insurer_slug, missing DESC, number, line_no",
    "treated": "treated_on, number, line_no",
    "paid": "paid, number, line_no",
}

NONE = Decimal("0.00")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Underpayment:
    """One line, or a bill as a whole (`line_no` 0), on which an insurer paid less than agreed; pounds."""

    claim_id: UUID
    number: str
    insurer_slug: str
    line_no: int
    code: str
    description: str
    treated_on: date
    billed: Decimal
    due: Decimal
    paid: Decimal
    patients: Decimal
    missing: Decimal
    pattern: str
    words: str
    dismissal_id: int | None
    dismissed_because: str

    @property
    def is_dismissed(self) -> bool:
        return self.dismissal_id is not None


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
        return sum((one["missing"] for one in self.sums), NONE)


def underpayments(
    practice: Practice, wanted: UnderpaymentFilter, *, start: int = 0, count: int = 25
) -> UnderpaymentPage:
    """Return the page that begins after `start` lines, with the sums of all that fit."""
    order = SORTS.get(wanted.sort.lstrip("-"), SORTS["missing"])
    if wanted.sort.startswith("-"):
        order = _turned(order)
    where, columns = _where(wanted), underpayments_sql.COLUMNS
    # A row of the sums has the place of a line: no claim, and its count where a line has its number.
    statement = f"""{_found(wanted)}, page AS (
            SELECT {columns}, ROW_NUMBER() OVER (ORDER BY {order}) AS place FROM named {where}
            ORDER BY {order} LIMIT %(count)s OFFSET %(start)s
        ), sums AS (SELECT insurer_slug, COUNT(*) AS lines, SUM(missing) AS missing FROM named {where} GROUP BY 1)
        SELECT {columns}, place FROM page UNION ALL
        SELECT {underpayments_sql.SUM_COLUMNS}, 0 FROM sums ORDER BY place, missing DESC"""  # nosec B608
    rows_found = statements.select(statement, {**_given(practice, wanted), "count": count, "start": start})
    return UnderpaymentPage(
        rows=[_told(values) for values in rows_found if values[0] is not None],
        sums=[
            {"slug": values[2], "count": int(values[3]), "missing": _pounds(values[11])}
            for values in rows_found
            if values[0] is None
        ],
    )


def unpriced(practice: Practice, wanted: UnderpaymentFilter, *, most: int = 8) -> list[dict[str, Any]]:
    """Return the codes of lines paid short that have no contract price to be measured by, most frequent first."""
    statement = f"""{_found(wanted)} SELECT candidate.insurer_slug, line.code, COUNT(*)
        FROM measured_lines line JOIN candidate ON candidate.id = line.claim_id
        WHERE line.agreed IS NULL AND line.code <> '' GROUP BY candidate.insurer_slug, line.code
        ORDER BY 3 DESC, 1, 2 LIMIT %(most)s"""  # nosec B608
    found = statements.select(statement, {**_given(practice, wanted), "most": most})
    return [{"slug": slug, "code": code, "count": int(count)} for slug, code, count in found]


def billed_at_other_price(practice: Practice, wanted: UnderpaymentFilter) -> list[dict[str, Any]]:
    """Return what is billed below or above its contract price, by insurer and code; the dearest first. Pounds."""
    found = statements.select(underpayments_sql.billed(_narrowed(wanted)), _given(practice, wanted))
    told = [
        {
            "slug": slug,
            "code": code,
            "description": description,
            "agreed": _pounds(agreed),
            "is_high": bool(is_high),
            "count": int(count),
            "difference": _pounds(abs(difference)),
            "least": _pounds(least),
            "most": _pounds(most),
        }
        for slug, code, description, agreed, is_high, count, difference, least, most in found
    ]
    return sorted(told, key=lambda one: (-one["difference"], one["slug"], one["code"]))


def _turned(order: str) -> str:
    first, _, rest = order.partition(", ")
    turned = first.removesuffix(" DESC") if first.endswith(" DESC") else f"{first} DESC"
    return f"{turned}, {rest}"


def _found(wanted: UnderpaymentFilter) -> str:
    return underpayments_sql.found(_narrowed(wanted))


def _narrowed(wanted: UnderpaymentFilter) -> str:
    conditions = {
        " AND claim.insurer_slug = %(insurer)s": wanted.insurer,
        " AND claim.treated_on >= %(since)s": wanted.since,
        " AND claim.id = %(claim)s": wanted.claim_id,
        f" AND {sql.position('UPPER(claim.number)', '%(number)s')} > 0": wanted.number,
    }
    return "".join(condition for condition, value in conditions.items() if value)


def _where(wanted: UnderpaymentFilter) -> str:
    is_dismissed = "IS NOT NULL" if wanted.state == DISMISSED else "IS NULL"
    pattern = " AND pattern = %(pattern)s" if wanted.pattern in PATTERNS else ""
    return f"WHERE dismissal_id {is_dismissed}{pattern}" if wanted.state != ANY else "WHERE 1 = 1" + pattern


def _given(practice: Practice, wanted: UnderpaymentFilter) -> dict[str, Any]:
    stored = statements.to_database(Claim, practice=practice, id=wanted.claim_id, treated_on=wanted.since)
    return {
        "practice": stored["practice"],
        "claim": stored["id"],
        "since": stored["treated_on"],
        "part_paid": Status.PART_PAID.value,
        "declined": Status.DECLINED.value,
        "cancelled": Status.CANCELLED.value,
        "allocated": ClaimPayment.ALLOCATED,
        "insurer": wanted.insurer,
        "number": wanted.number.upper(),
        "pattern": wanted.pattern,
        "follow_up": ContractPrice.FOLLOW_UP,
        "first": ContractPrice.FIRST,
    }


def _pounds(pence: Any) -> Decimal:
    return Decimal(int(pence or 0)) / 100


def _told(values: Any) -> Underpayment:
    (
        claim_id,
        number,
        slug,
        line_no,
        code,
        description,
        treated_on,
        billed,
        due,
        paid,
        patients,
        missing,
        pattern,
        reason,
        other_code,
        other_words,
        dismissal_id,
        because,
        _,
    ) = values
    return Underpayment(
        claim_id=claim_id if isinstance(claim_id, UUID) else UUID(claim_id),
        number=number,
        insurer_slug=slug,
        line_no=int(line_no),
        code=code or "",
        description=description or "",
        treated_on=treated_on if isinstance(treated_on, date) else date.fromisoformat(treated_on),
        billed=_pounds(billed),
        due=_pounds(due),
        paid=_pounds(paid),
        patients=_pounds(patients),
        missing=_pounds(missing),
        pattern=pattern,
        words=_words(pattern, reason or "", other_code or "", other_words or ""),
        dismissal_id=dismissal_id,
        dismissed_because=because or "",
    )


def _words(pattern: str, reason: str, other_code: str, other_words: str) -> str:
    """Return the pattern as a sentence: what it looks like, and what the insurer says."""
    other = f"{other_words} ({other_code})" if other_words else other_code
    looks = f"Paid at the price of {other}" if pattern == OTHER_PRICE else PATTERNS[pattern]
    if pattern == FOLLOW_UP and other_code:
        looks = f"{looks}, at the price of {other_code}"
    return f"{looks}. The insurer’s reason: {reason}" if reason else looks
