"""Shortfall by reason: what insurers deducted, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.urls import NoReverseMatch, reverse

from clearbill.bill import money
from clearbill.people.models import Practice
from clearbill.reports import asking, plots
from clearbill.reports.filters import Narrowed
from clearbill.reports.tables import COUNT, POUNDS, Column, Report, Row, Table, added

FATES = ("Not decided", "Asked of the patient", "Written off", "Paid after all")
SERIES = [plots.Series(words, look) for words, look in zip(FATES, ("s2", "s0", "s4", "s1"), strict=True)]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What was deducted for one reason, pounds, and how it falls to FATES. The four add up to what was deducted."""

    code: str
    reason: str
    invoices: int
    deducted: Decimal
    fates: tuple[Decimal, ...]


def shortfalls(narrowed: Narrowed) -> list[Shortfall]:
    """Return the reasons, the costliest first."""
    rows = []
    for code, reason, count, *found in asking.ask(statement(narrowed), **narrowed.values()):
        deducted, after_all, asked, given_up = map(asking.pounds, found)
        fates = (deducted - after_all - asked - given_up, asked, given_up, after_all)
        rows.append(Shortfall(code, reason, int(count), deducted, fates))
    return sorted(rows, key=lambda row: (-row.deducted, row.code, row.reason))


def statement(narrowed: Narrowed) -> str:
    """Return the SELECT: code, reason, invoices, and in pennies what was deducted, paid after all, asked, given up.

    What becomes of an invoice's shortfall is not said by reason: its largest deduction is settled first. An entry that
    takes another back belongs to the reason of that one.
    """
    where = narrowed.where(practice="i.practice_id", insurer="i.insurer_slug", practitioner="i.practitioner_id")
    when = narrowed.where(day="placed.first_on")
    begin, fates = "upto - amount", ("0", "after_all", "after_all + asked", "after_all + asked + given_up")
    parts = ", ".join(f"SUM({asking.overlap(begin, 'upto', lower, upper)})" for lower, upper in pairwise(fates))
    return f"""
        WITH told AS (
            SELECT e.invoice_id, e.source, {_first("code")} AS code, {_first("reason")} AS reason,
                MIN(e."on") AS first_on, {asking.pennies("e.amount")} AS amount
            FROM billing_entry e
            WHERE {narrowed.where(practice="e.practice_id")} AND e.kind = 'short'
            GROUP BY 1, 2, 3, 4),
        placed AS (
            SELECT invoice_id, source, code, reason, first_on, amount,
                SUM(CASE WHEN source = 'insurer' AND amount > 0 THEN amount ELSE 0 END) OVER (
                    PARTITION BY invoice_id ORDER BY amount DESC, source, code, reason) AS upto,
                SUM(CASE WHEN source = 'insurer' AND amount < 0 THEN -amount ELSE 0 END) OVER (
                    PARTITION BY invoice_id) AS after_all,
                SUM(CASE WHEN source <> 'insurer' THEN -amount ELSE 0 END) OVER (PARTITION BY invoice_id) AS given_up
            FROM told),
        wanted AS (
            SELECT placed.code, placed.reason, amount, upto, after_all, given_up, {asking.in_pennies(ASKED)} AS asked
            FROM placed JOIN billing_invoice i ON i.id = placed.invoice_id
            WHERE placed.source = 'insurer' AND placed.amount > 0 AND i.voided_at IS NULL AND {where} AND {when})
        SELECT code, reason, COUNT(*), SUM(amount), {parts} FROM wanted GROUP BY 1, 2"""  # nosec B608: names of our own


def _first(column: str) -> str:
    """The column of the entry that this one takes back, else its own. Few take one back, so it is looked up."""
    back = f"SELECT back.{column} FROM billing_entry back WHERE back.id = e.takes_back_id"  # nosec B608: our own name
    return f"CASE WHEN e.takes_back_id IS NULL THEN e.{column} ELSE ({back}) END"


# What the client is asked for of the invoice `i`, pounds. Few invoices have such a part.
ASKED = """COALESCE((
    SELECT CASE WHEN SUM(share.net_total - share.credited_total) > 0
        THEN SUM(share.net_total - share.credited_total) ELSE 0 END
    FROM billing_invoice share WHERE share.share_of_id = i.id AND share.voided_at IS NULL), 0)"""


def undecided(practice: Practice) -> tuple[int, Decimal]:
    """Return on how many invoices a shortfall waits for a decision, and what it comes to in pounds."""
    found = asking.ask(
        f"""SELECT COUNT(*), {asking.pennies("rest")}
        FROM (
            SELECT i.short_total - {ASKED} AS rest FROM billing_invoice i
            WHERE i.practice_id = %(practice)s AND i.voided_at IS NULL AND i.short_total > 0) short
        WHERE rest > 0""",  # nosec B608: names of our own
        practice=practice.pk,
    )
    return int(found[0][0]), asking.pounds(found[0][1])


def report(narrowed: Narrowed) -> Report:
    rows = shortfalls(narrowed)
    columns = [Column("Code"), Column("Reason"), Column("Invoices", COUNT), Column("Deducted", POUNDS)]
    columns += [Column(words, POUNDS) for words in FATES]
    sums = added([(row.deducted, *row.fates) for row in rows], len(FATES) + 1)
    table = Table(
        caption="What insurers deducted, by their reason",
        columns=columns,
        rows=[Row((row.code or "None", row.reason, row.invoices, row.deducted, *row.fates)) for row in rows],
        total=("All", "", None, *sums) if rows else (),
        link=_link(),
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


def _link() -> str:
    try:
        return reverse("shortfalls")
    except NoReverseMatch:
        return ""
