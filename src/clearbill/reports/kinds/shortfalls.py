"""Report: what insurers deducted, by reason, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from clearbill.bill import deductions, money
from clearbill.db import sql
from clearbill.people.models import Practice
from clearbill.reports import plots
from clearbill.reports.filters import ReportFilter
from clearbill.reports.tables import COUNT, POUNDS, Column, FilteredList, ListName, Report, Row, Table, column_sums

FATES = ("Not decided", "Asked of the patient", "Written off", "Paid after all")

SERIES = [plots.Series(words, look) for words, look in zip(FATES, ("s2", "s0", "s4", "s1"), strict=True)]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What was deducted for one reason, pounds, and how it falls to FATES. The four add up to what was deducted.

    `code` is "" where nobody gave one; where several codes have the same words it names two and counts the others.
    """

    code: str
    reason: str
    invoices: int
    deducted: Decimal
    fates: tuple[Decimal, ...]


def shortfalls(narrowed: ReportFilter) -> list[Shortfall]:
    """Return the reasons, the costliest first."""
    rows = []
    for first, last, codes, reason, count, *found in sql.select_named(
        statement(narrowed), least=UUID(int=0), **narrowed.values()
    ):
        deducted, after_all, asked, given_up = map(sql.pounds, found)
        fates = (deducted - after_all - asked - given_up, asked, given_up, after_all)
        known = deductions.reason_for("", code=first or "", words=reason)
        named = deductions.shown_name(known, code="", words=reason)
        rows.append(Shortfall(_codes(first, last, int(codes)), named, int(count), deducted, fates))
    return sorted(rows, key=lambda row: (-row.deducted, row.code, row.reason))


def statement(narrowed: ReportFilter) -> str:
    """Return the SELECT: the first and the last code and how many, reason, invoices, and in pennies what was deducted,
    paid after all, asked, given up.

    Reasons whose words are the same but for case, blanks and a full stop are one, in the words that came with a code.
    What becomes of an invoice's shortfall is not said by reason: its largest deduction is settled first. An entry that
    takes another back belongs to the reason of that one.
    """
    where = narrowed.where(practice="i.practice_id", insurer="i.insurer_slug", practitioner="i.practitioner_id")
    when = narrowed.where(day="placed.first_on")
    begin, fates = "upto - amount", ("0", "after_all", "after_all + asked", "after_all + asked + given_up")
    parts = ", ".join(f"SUM({sql.overlap(begin, 'upto', lower, upper)})" for lower, upper in pairwise(fates))
    return f"""
        WITH told AS (
            SELECT invoice_id, source, code, reason, MIN(at_day) AS first_on, {sql.sum_pence("amount")} AS amount
            FROM ({_ENTRIES}) said GROUP BY 1, 2, 3, 4),
        placed AS (
            SELECT invoice_id, source, code, reason, first_on, amount,
                SUM(CASE WHEN source = 'insurer' AND amount > 0 THEN amount ELSE 0 END) OVER (
                    PARTITION BY invoice_id ORDER BY amount DESC, source, code, reason) AS upto,
                SUM(CASE WHEN source = 'insurer' AND amount < 0 THEN -amount ELSE 0 END) OVER each AS after_all,
                SUM(CASE WHEN source = 'asked' AND amount > 0 THEN amount ELSE 0 END) OVER each AS asked,
                SUM(CASE WHEN source IN ('practice', 'patient') THEN -amount ELSE 0 END) OVER each AS given_up
            FROM told WINDOW each AS (PARTITION BY invoice_id))
        SELECT MIN(NULLIF(placed.code, '')), MAX(NULLIF(placed.code, '')), COUNT(DISTINCT NULLIF(placed.code, '')),
            COALESCE(MIN(CASE WHEN placed.code <> '' THEN placed.reason END), MIN(placed.reason)),
            COUNT(DISTINCT placed.invoice_id), SUM(amount), {parts}
        FROM placed JOIN billing_invoice i ON i.id = placed.invoice_id
        WHERE placed.source = 'insurer' AND placed.amount > 0 AND i.voided_at IS NULL AND {where} AND {when}
        GROUP BY {_SAME}"""  # nosec B608: names of our own


def _codes(first: str | None, last: str | None, count: int) -> str:
    if count < 2:
        return first or ""
    return f"{first}, {last}" if count == 2 else f"{first}, {last} and {count - 2} more"


# The words of a reason without case, double blanks and full stops at the end; its code where it has no words.
_SAME = """CASE WHEN TRIM(placed.reason) = '' THEN '=' || placed.code ELSE LOWER(RTRIM(TRIM(
    REPLACE(REPLACE(REPLACE(placed.reason, ' ', '<>'), '><', ''), '<>', ' ')), ' .')) END"""

# What was said to be short, each entry with the reason of the one that it takes back, if any; and with the source
# "asked" what clients are asked for. Entries that take one back and shares are few: COALESCE keeps SQLite from looking
# for them among all rows of the practice.
_ENTRIES = """
    SELECT invoice_id, source, code, reason, "on" AS at_day, amount FROM billing_entry
    WHERE practice_id = %(practice)s AND kind = 'short' AND takes_back_id IS NULL
    UNION ALL
    SELECT e.invoice_id, e.source, back.code, back.reason, e."on", e.amount
    FROM billing_entry e JOIN billing_entry back ON back.id = e.takes_back_id
    WHERE e.takes_back_id > 0 AND COALESCE(e.practice_id, e.practice_id) = %(practice)s AND e.kind = 'short'
    UNION ALL
    SELECT share_of_id, 'asked', '', '', issued_on, net_total - credited_total FROM billing_invoice
    WHERE share_of_id >= %(least)s AND COALESCE(practice_id, practice_id) = %(practice)s AND voided_at IS NULL"""

# What the client is asked for of the invoice `i`, pounds.
_ASKED = """COALESCE((
    SELECT CASE WHEN SUM(share.net_total - share.credited_total) > 0
        THEN SUM(share.net_total - share.credited_total) ELSE 0 END
    FROM billing_invoice share WHERE share.share_of_id = i.id AND share.voided_at IS NULL), 0)"""


def undecided(practice: Practice) -> tuple[int, Decimal]:
    """Return on how many invoices a shortfall waits for a decision, and what it comes to in pounds."""
    found = sql.select_named(
        f"""SELECT COUNT(*), {sql.sum_pence("rest")}
        FROM (
            SELECT i.short_total - {_ASKED} AS rest FROM billing_invoice i
            WHERE i.practice_id = %(practice)s AND i.voided_at IS NULL AND i.short_total > 0) short
        WHERE rest > 0""",  # nosec B608: names of our own
        practice=practice.pk,
    )
    return int(found[0][0]), sql.pounds(found[0][1])


def report(narrowed: ReportFilter) -> Report:
    rows = shortfalls(narrowed)
    columns = [Column("Code"), Column("Reason"), Column("Invoices", COUNT), Column("Deducted", POUNDS)]
    columns += [Column(words, POUNDS) for words in FATES]
    sums = column_sums([(row.deducted, *row.fates) for row in rows], len(FATES) + 1)
    table = Table(
        caption="What insurers deducted, by their reason",
        columns=columns,
        rows=[Row((row.code or "None", row.reason, row.invoices, row.deducted, *row.fates)) for row in rows],
        total=("All", "", None, *sums) if rows else (),
        source=FilteredList(ListName.SHORTFALLS),
    )
    plot = plots.bars(
        "Shortfall by reason",
        "One bar for each reason; its parts are what became of the money.",
        SERIES,
        [(row.reason or row.code or "No reason given", row.fates) for row in rows],
    )
    figures = [("Deducted", money.show(sums[0])), ("Not decided", money.show(sums[1]))]
    note = (
        "An invoice may be short for several reasons. What was asked, written off or paid after all then counts "
        "against its largest deduction first."
    )
    return Report(figures=figures, plot=plot, tables=[table], file=table, note=note)
