"""What each report asks of the database, as short as it can be written: the denominators of bench/reports.py."""

from __future__ import annotations

from typing import Any

_BAND = "CASE WHEN {on} >= {d30} THEN 0 WHEN {on} >= {d60} THEN 1 WHEN {on} >= {d90} THEN 2 ELSE 3 END"


def statements() -> dict[str, tuple[str, ...]]:
    """Return the statements by report. %s is the practice."""
    return {
        "aged-debt": (
            f"""SELECT insurer_slug, {_band("issued_on")}, COUNT(*), SUM(open_total) FROM billing_invoice
            WHERE practice_id = %s AND voided_at IS NULL AND open_total <> 0 GROUP BY 1, 2""",
        ),
        "days-to-payment": (
            f"""SELECT i.insurer_slug, {_days("e.paid_on", "i.issued_on")}, COUNT(*) FROM (
                SELECT invoice_id, MIN("on") AS paid_on FROM billing_entry
                WHERE practice_id = %s AND kind = 'paid' AND source = 'insurer' AND amount > 0 GROUP BY 1) e
            JOIN billing_invoice i ON i.id = e.invoice_id WHERE i.voided_at IS NULL AND e.paid_on >= {_year_ago()}
            GROUP BY 1, 2""",
        ),
        "first-time-pass": (
            f"""SELECT {_month("submitted_at")}, insurer_slug, SUM(CASE WHEN version = 1 THEN 1 ELSE 0 END), COUNT(*)
            FROM claims_claim WHERE practice_id = %s AND submitted_at >= {_year_ago()} AND replaces_id IS NULL
            GROUP BY 1, 2""",
        ),
        "shortfall": (
            """SELECT e.code, e.reason, COUNT(*), SUM(e.amount), SUM(i.short_total) FROM billing_entry e
            JOIN billing_invoice i ON i.id = e.invoice_id
            WHERE e.practice_id = %s AND e.kind = 'short' AND i.voided_at IS NULL GROUP BY 1, 2""",
            """SELECT COUNT(*), SUM(net_total - credited_total) FROM billing_invoice
            WHERE practice_id = %s AND share_of_id IS NOT NULL AND voided_at IS NULL""",
        ),
        "unbilled": (
            f"""SELECT a.practitioner_id, {_band("a.starts_at")}, COUNT(*), SUM(s.price) FROM diary_appointment a
            JOIN practice_servicerate s ON s.service_id = a.service_id AND s.valid_from IS NULL
            WHERE a.practice_id = %s AND a.state = 'completed' AND NOT EXISTS (
                SELECT 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
                WHERE l.appointment_id = a.id AND i.voided_at IS NULL)
            GROUP BY 1, 2""",
        ),
        "income": (
            f"""SELECT i.practitioner_id, l.service_id, {_month("i.issued_on")}, SUM(l.net) FROM billing_invoice i
            JOIN billing_invoiceline l ON l.invoice_id = i.id WHERE i.practice_id = %s AND i.voided_at IS NULL
            AND i.share_of_id IS NULL AND i.issued_on >= {_year_ago()} GROUP BY 1, 2, 3""",
            f"""SELECT o.practitioner_id, l.service_id, {_month('e."on"')},
                SUM(e.amount * l.net / (o.net_total + o.patient_paid)) FROM billing_entry e
            JOIN billing_invoice i ON i.id = e.invoice_id JOIN billing_invoice o ON o.id = COALESCE(i.share_of_id, i.id)
            JOIN billing_invoiceline l ON l.invoice_id = o.id WHERE e.practice_id = %s AND e.kind = 'paid'
            AND i.voided_at IS NULL AND e."on" >= {_year_ago()} GROUP BY 1, 2, 3""",
        ),
    }


def ask(statement: str, practice: Any) -> list[Any]:
    from django.db import connection

    key = practice.pk if connection.features.has_native_uuid_field else practice.pk.hex
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        return list(cursor.fetchall())


def _band(column: str) -> str:
    return _BAND.format(on=column, **{f"d{days}": _ago(days) for days in (30, 60, 90)})


def _ago(days: int) -> str:
    return f"CURRENT_DATE - {days}" if _is_postgres() else f"date('now', '-{days} days')"


def _year_ago() -> str:
    """The first day of the month that is the first of twelve."""
    if _is_postgres():
        return "date_trunc('month', CURRENT_DATE)::date - interval '11 months'"
    return "date('now', 'start of month', '-11 months')"


def _days(later: str, earlier: str) -> str:
    return f"({later} - {earlier})" if _is_postgres() else f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def _month(column: str) -> str:
    return f"to_char({column}, 'YYYY-MM')" if _is_postgres() else f"substr({column}, 1, 7)"


def _is_postgres() -> bool:
    from django.db import connection

    return bool(connection.vendor == "postgresql")
