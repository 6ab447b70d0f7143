"""Reads of bank lines, statements and matches for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Sum

from clearbill.bill.money import ZERO
from clearbill.money.bank import outstanding
from clearbill.money.bank.arrival_status import StatementPeriod
from clearbill.money.bank.models import Account, BankLine, IgnoreRule, Match, StatementFile
from clearbill.people.models import Practice

UNEXPLAINED = Q(state=BankLine.NEW) & (Q(amount__gt=0) | ~Q(insurer_slug=""))

"""A line that asks for an explanation. Money out asks for none, unless an insurer took it back."""

STATES = {
    "": "All lines",
    "ask": "Not explained",
    "matched": "Matched",
    "aside": "Set aside",
    "out": "Other money out",
}

_STATES = {
    "ask": UNEXPLAINED,
    "matched": ~Q(matched=0),
    "aside": Q(state=BankLine.ASIDE),
    "out": Q(state=BankLine.NEW, amount__lt=0, insurer_slug=""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """What the list of lines is narrowed to; `words` may be an amount."""

    words: str = ""
    amount: Decimal | None = None
    state: str = ""
    account: Account | None = None
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    count: int
    amount: Decimal


def lines(practice: Practice) -> QuerySet[BankLine]:
    """Return the lines that are here, newest first, each with its account and standing matches."""
    standing = Match.objects.filter(undone_at=None).select_related("remittance", "entry__invoice__client")
    rows = BankLine.objects.filter(practice=practice).exclude(state=BankLine.OUT).select_related("account")
    return rows.prefetch_related(Prefetch("matches", queryset=standing, to_attr="standing")).order_by("-on", "-pk")


def listed(practice: Practice, wanted: LineFilter) -> QuerySet[BankLine]:
    rows = lines(practice)
    if wanted.state in _STATES:
        rows = rows.filter(_STATES[wanted.state])
    if wanted.account:
        rows = rows.filter(account=wanted.account)
    if wanted.first_on:
        rows = rows.filter(on__gte=wanted.first_on)
    if wanted.last_on:
        rows = rows.filter(on__lte=wanted.last_on)
    for word in wanted.words.split():
        fits = Q(description__icontains=word) | Q(reference__icontains=word)
        if wanted.amount is not None:
            fits |= Q(amount__in=[wanted.amount, -wanted.amount])
        rows = rows.filter(fits)
    return rows


def state_of(line: BankLine) -> str:
    """Return in words how a line stands."""
    if line.state != BankLine.NEW:
        return line.get_state_display()
    if line.matched:
        return "Partly matched"
    return "Money out" if line.amount < 0 and not line.insurer_slug else "Not explained"


def sums(rows: QuerySet[BankLine]) -> dict[str, Decimal]:
    """Return what came in and what went out in these lines, both as pounds above nothing."""
    plain = rows.order_by().prefetch_related(None).select_related(None)
    found = plain.aggregate(came=Sum("amount", filter=Q(amount__gt=0)), went=Sum("amount", filter=Q(amount__lt=0)))
    return {"came": found["came"] or ZERO, "went": -(found["went"] or ZERO)}


def unexplained(practice: Practice) -> QuerySet[BankLine]:
    """Return the lines that ask for an explanation, newest first."""
    return lines(practice).filter(UNEXPLAINED)


def outstanding_remittances(practice: Practice, reach: StatementPeriod) -> QuerySet[Any]:
    """Return the payments that the bank has not seen, or not all of, since the statements here begin; oldest first."""
    rows = outstanding.outstanding(practice).filter(Q(paid_on=None) | Q(paid_on__gte=reach.first_on))
    return rows.select_related("arrival")


def figures(practice: Practice, reach: StatementPeriod) -> dict[str, Figure]:
    """Return the three figures on top of the page."""
    rows = BankLine.objects.filter(practice=practice)
    matched = rows.exclude(matched=0).aggregate(count=Count("pk"), amount=Sum("matched"))
    asks = rows.filter(UNEXPLAINED).aggregate(count=Count("pk"), amount=Sum(F("amount") - F("matched")))
    waits = outstanding_remittances(practice, reach).order_by().aggregate(count=Count("pk"), amount=Sum("left"))
    return {
        name: Figure(found["count"], Decimal(found["amount"] or 0).quantize(Decimal("0.01")))
        for name, found in (("matched", matched), ("not_seen", waits), ("unexplained", asks))
    }


def matches_reversed(practice: Practice) -> QuerySet[Match]:
    """Return the matches whose payment was taken back on its invoice before a match was undone with its payment."""
    rows = Match.objects.filter(practice=practice, undone_at=None, entry__taken_back_by__isnull=False)
    return rows.select_related("line", "entry__invoice")


def accounts(practice: Practice) -> QuerySet[Account]:
    """Return the accounts of which something was taken in, be it taken out again since; none that was merged away."""
    lines = BankLine.objects.filter(account=OuterRef("pk"))
    return Account.objects.filter(Exists(lines), practice=practice, merged_into=None)


def merged_accounts(practice: Practice) -> QuerySet[Account]:
    """Return the accounts that were merged into others."""
    return Account.objects.filter(practice=practice, merged_into__isnull=False).select_related("merged_into")


def why_no_statements(practice: Practice, name: str) -> str:
    """Return why no statement can be brought for the account with this name, "" where one can."""
    if merged := merged_accounts(practice).filter(name=name).first():
        return f"This account is merged into “{merged.merged_into}”. Choose that one."
    if Account.objects.filter(practice=practice, name=name, is_closed=True).exists():
        return "This account is closed. Open it first, under Statements, Accounts."
    return ""


def open_accounts(practice: Practice) -> QuerySet[Account]:
    """Return the accounts for which statements can be brought."""
    return accounts(practice).filter(is_closed=False)


def accounts_with_lines(practice: Practice) -> QuerySet[Account]:
    """Return the accounts with `line_count`, of the lines that stand, and `last_on`, the day of the newest."""
    standing = ~Q(lines__state=BankLine.OUT)
    return accounts(practice).annotate(
        line_count=Count("lines", filter=standing), last_on=Max("lines__on", filter=standing)
    )


def is_in_use(account: Account) -> bool:
    """Return whether something of an account was taken in before."""
    return account.lines.exists()


def statements(practice: Practice) -> QuerySet[StatementFile]:
    """Return the statements, newest first, without their content."""
    return StatementFile.objects.filter(practice=practice).select_related("account", "by").defer("content")


def ignore_rules(practice: Practice) -> QuerySet[IgnoreRule]:
    return IgnoreRule.objects.filter(practice=practice).select_related("by").order_by("words")
