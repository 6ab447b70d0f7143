"""What a practice bills below or above the prices agreed with its insurers, by insurer and code.

Every current claim of the period counts, paid or not, so that the database adds up; whole pence in the statement.
"""

from __future__ import annotations

from typing import Any

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.db import sql
from clearbill.invoicing.models import InvoiceLine
from clearbill.money.follow_up.underpayments import UnderpaymentFilter
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices import price_of_a_line

CLAIMS, LINES = Claim._meta.db_table, InvoiceLine._meta.db_table


def billed_at_other_price(practice: Practice, wanted: UnderpaymentFilter) -> list[dict[str, Any]]:
    """Return what is billed below or above its contract price, by insurer and code; the dearest first. Pounds."""
    found = sql.select_named(
        _statement(_narrowed(wanted)),
        practice=practice.pk,
        cancelled=Status.CANCELLED.value,
        insurer=wanted.insurer,
        since=wanted.since,
        number=wanted.number.upper(),
    )
    told = [
        {
            "slug": slug,
            "code": code,
            "description": description,
            "agreed": sql.pounds(agreed),
            "is_high": bool(is_high),
            "count": int(count),
            "difference": sql.pounds(abs(difference)),
            "least": sql.pounds(least),
            "most": sql.pounds(most),
        }
        for slug, code, description, agreed, is_high, count, difference, least, most in found
    ]
    return sorted(told, key=lambda one: (-one["difference"], one["slug"], one["code"]))


def _narrowed(wanted: UnderpaymentFilter) -> str:
    conditions = {
        " AND claim.insurer_slug = %(insurer)s": wanted.insurer,
        " AND claim.treated_on >= %(since)s": wanted.since,
        f" AND {sql.position('UPPER(claim.number)', '%(number)s')} > 0": wanted.number,
    }
    return "".join(condition for condition, value in conditions.items() if value)


def _statement(narrowed: str) -> str:
    agreed = sql.pence(price_of_a_line.AMOUNT)
    joined = price_of_a_line.joined(
        practice="%(practice)s",
        insurer="claim.insurer_slug",
        item_code="line.item_code",
        procedure_code="line.procedure_code",
        day="line.treated_on",
    )
    return f"""
        SELECT insurer_slug, code, MAX(description), unit_agreed,
            CASE WHEN billed < agreed THEN 0 ELSE 1 END AS is_high, COUNT(*),
            SUM(billed - agreed) AS difference, MIN(unit_billed), MAX(unit_billed)
        FROM (
            SELECT claim.insurer_slug, line.description,
                CASE WHEN item.id IS NULL THEN line.procedure_code ELSE line.item_code END AS code,
                {agreed} AS unit_agreed, {sql.pence("line.gross - line.discount")} AS billed,
                {agreed} * line.units AS agreed, {sql.pence("line.unit_price")} AS unit_billed
            FROM {CLAIMS} claim JOIN {LINES} line ON line.invoice_id = claim.invoice_id
            {joined}
            WHERE claim.practice_id = %(practice)s AND claim.is_current = TRUE
            AND claim.status <> %(cancelled)s{narrowed}
        ) priced
        WHERE agreed IS NOT NULL AND billed <> agreed
        GROUP BY insurer_slug, code, unit_agreed, 5"""  # nosec B608: names of our own
