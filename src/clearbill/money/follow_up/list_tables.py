"""The lists of what is expected, to be written as files: what was underpaid, what is late, what is billed otherwise."""

from __future__ import annotations

from datetime import date

from clearbill.bill import insurers
from clearbill.fileformats import Cell, WrittenTable
from clearbill.money.follow_up import late_claims, underpayments
from clearbill.money.follow_up.billed_prices import billed_at_other_price
from clearbill.money.follow_up.late_claims import LateFilter
from clearbill.money.follow_up.underpayments import Underpayment, UnderpaymentFilter
from clearbill.people.models import Practice

MOST_UNDERPAID = 10_000

UNDERPAID = [
    "Invoice number",
    "Insurer",
    "Line",
    "Code",
    "Description",
    "Treated on",
    "Billed",
    "Due",
    "Paid",
    "Owed by the patient",
    "Missing",
    "What it looks like",
]

LATE = ["Invoice number", "Insurer", "Client", "Sent on", "Expected by", "Owed", "What to do"]

BILLED = [
    "Insurer",
    "Code",
    "Description",
    "Agreed price",
    "Least billed",
    "Most billed",
    "Lines",
    "Too much",
    "Too little",
]


def underpaid(practice: Practice, wanted: UnderpaymentFilter) -> WrittenTable:
    """Return the lines on which less was paid than agreed. They name no patient."""
    found = underpayments.underpayments(practice, wanted, count=MOST_UNDERPAID).rows
    return WrittenTable(UNDERPAID, map(_underpaid, found))


def late(practice: Practice, wanted: LateFilter, *, on: date) -> WrittenTable:
    """Return the claims whose payment should have come."""
    rows: list[list[Cell]] = []
    for one in late_claims.expectations(practice, list(late_claims.late_claims(practice, wanted, on=on)), on=on):
        claim, expected = one["claim"], one["expected"]
        said = [claim.number, insurers.name_of(claim.insurer_slug), claim.invoice.client.name]
        rows.append([*said, expected.sent_on, expected.by_on, claim.invoice.open_total, one["next"]])
    return WrittenTable(LATE, rows)


def billed(practice: Practice, wanted: UnderpaymentFilter) -> WrittenTable:
    """Return what is billed at another price than agreed, by insurer and code."""
    rows = (
        [
            insurers.name_of(one["slug"]),
            *(one[name] for name in ("code", "description", "agreed", "least", "most", "count")),
            one["difference"] if one["is_high"] else None,
            None if one["is_high"] else one["difference"],
        ]
        for one in billed_at_other_price(practice, wanted)
    )
    return WrittenTable(BILLED, rows)


def _underpaid(one: Underpayment) -> list[Cell]:
    line: Cell = one.line_no or "all"
    amounts: list[Cell] = [one.billed, one.due, one.paid, one.patients, one.missing]
    said: list[Cell] = [one.number, insurers.name_of(one.insurer_slug), line, one.code, one.description, one.treated_on]
    return [*said, *amounts, one.words]
