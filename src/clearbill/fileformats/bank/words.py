"""The words by which banks say which way money went, whether a line is booked, and what is no line at all."""

from __future__ import annotations

import re

IN = frozenset({"cr", "c", "credit", "crdt", "in", "paid in", "money in", "incoming", "received", "deposit"})

OUT = frozenset({"dr", "d", "debit", "dbit", "out", "paid out", "money out", "outgoing", "sent", "withdrawal"})

PURCHASE = "purchase"

BOOKED = frozenset(
    {
        "billed",
        "booked",
        "cleared",
        "complete",
        "completed",
        "confirmed",
        "executed",
        "finished",
        "paid",
        "posted",
        "processed",
        "reconciled",
        "settled",
        "success",
        "successful",
    }
)

PENDING = "pending"

_NOT_BOOKED = {
    PENDING: "pending processing authorised authorized scheduled uncleared awaiting unsettled upcoming held",
    "declined": "declined rejected refused blocked",
    "cancelled": "cancelled canceled void voided expired deleted",
    "reversed": "reverted reversed",
    "failed": "failed error",
}

_REASONS = {word: reason for reason, words in _NOT_BOOKED.items() for word in words.split()}

_BALANCE = re.compile(
    r"(?:opening|closing|start(?:ing)?|end(?:ing)?|previous|current|available|account|final|statement)[ -]balance"
    r"(?: (?:at|on|of) .{1,30})?|balance (?:(?:(?:brought|carried) )?(?:forward|down)|of the day|[bc]/[fd])"
    r"|(?:brought|carried) (?:forward|down)|(?:arranged )?overdraft limit",
    re.IGNORECASE,
)

_TOTAL = re.compile(r"balance|[bc]/[fd]|(?:grand |sub-? ?)?totals?\b.*", re.IGNORECASE)

_HINT = re.compile(r"balance|forward|down|total|limit|[bc]/", re.IGNORECASE)

_LONGEST_BALANCE = 60

UNKNOWN_STATUS = "of another status"

BALANCE = "a balance or a total"

HEADING = "a heading"

NOTHING = "an amount of nothing"

NOTE = "without a date and an amount"


def reason_of_status(status: str) -> str:
    """Return why a row of this status is no money, "" where it is booked. UNKNOWN_STATUS is for unknown words."""
    word = " ".join(status.casefold().split())
    if not word or word in BOOKED:
        return ""
    return _REASONS.get(word, UNKNOWN_STATUS)


def is_pending(text: str) -> bool:
    """Return whether a cell says that the row is pending, as some banks write in the place of its date or type."""
    return text[:1].isalpha() and reason_of_status(text) == PENDING


def may_name_a_balance(text: str) -> bool:
    """Return whether any word in a text can be one of a balance, a limit or a total."""
    return bool(_HINT.search(text))


def names_a_balance(text: str, *, has_day: bool) -> bool:
    """Return whether the text of a row says that it is a balance, a limit or, where the row has no day, a total."""
    said = text.strip().rstrip(":").strip()
    if len(said) > _LONGEST_BALANCE:
        return False
    return bool(_BALANCE.fullmatch(said) or (not has_day and _TOTAL.fullmatch(said)))
