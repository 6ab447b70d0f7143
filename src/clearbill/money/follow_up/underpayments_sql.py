"""The statement behind the underpayments: a chain of steps, each named for what its rows are. See radar_queries."""

from __future__ import annotations

from clearbill.claims.models import Claim
from clearbill.db.sql import members, pence
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.money.follow_up.models import DismissedUnderpayment
from clearbill.money.remittances.models import ClaimPayment
from clearbill.workspace.contract_prices.models import ContractPrice

CLAIMS, INVOICES, LINES = Claim._meta.db_table, Invoice._meta.db_table, InvoiceLine._meta.db_table

ADVICES, PRICES, DISMISSALS = (
    ClaimPayment._meta.db_table,
    ContractPrice._meta.db_table,
    DismissedUnderpayment._meta.db_table,
)

# Whether the patient owes a deduction: as the insurer says, else as its reason reads.
_PATIENTS = """CASE CAST(cut.value ->> 'patient_liable' AS TEXT)
    WHEN 'true' THEN 1 WHEN '1' THEN 1 WHEN 'false' THEN 0 WHEN '0' THEN 0
    ELSE CASE WHEN LOWER(cut.value ->> 'reason') LIKE '%%excess%%' OR LOWER(cut.value ->> 'reason') LIKE '%%limit%%'
    THEN 1 ELSE 0 END END"""

# Nobody spoke of every line, or something stands between the lines and what is due of the bill.
_IS_WHOLE = "(told_count < line_count OR candidate.patient_paid <> 0 OR candidate.credited_total <> 0)"

COLUMNS = (
    "claim_id, number, insurer_slug, line_no, code, description, treated_on, billed, due, paid, patients, missing, "
    "pattern, reason, other_code, other_words, dismissal_id, dismissed_because"
)

SUM_COLUMNS = (
    "NULL, NULL, insurer_slug, lines, NULL, NULL, NULL, NULL, NULL, NULL, NULL, missing, NULL, NULL, NULL, NULL, NULL, "
    "NULL"
)


def price_of(line: str, slug: str) -> str:
    """Return the joins that put the contract price of the day to a line, as `item` by its item code and `procedure` by
    its procedure code; the first goes before.
    """
    return "".join(
        f"""
        LEFT JOIN {PRICES} {name} ON {name}.practice_id = %(practice)s AND {name}.insurer_slug = {slug}
            AND {name}.code = {line}.{name}_code AND {name}.withdrawn_at IS NULL
            AND {name}.valid_from <= {line}.treated_on
            AND ({name}.valid_to IS NULL OR {name}.valid_to >= {line}.treated_on)"""
        for name in ("item", "procedure")
    )


def found(narrowed: str) -> str:
    """Return the statement's steps up to `named`: every underpayment with its pattern and whether it is dismissed.

    `narrowed` is added to the conditions on the claim.
    """
    steps = {
        "candidate": _candidate(narrowed),
        "measured_lines": _lines(),
        "told": _told(),
        "detail": _DETAIL,
        "measured": _MEASURED,
        "compared": _compared(),
        "named": _named(),
    }
    return "WITH " + ", ".join(f"{name} AS ({step})" for name, step in steps.items())


def _candidate(narrowed: str) -> str:
    return f"""
        SELECT claim.id, claim.number, claim.insurer_slug, claim.invoice_id, invoice.patient_paid,
            invoice.credited_total
        FROM {CLAIMS} claim JOIN {INVOICES} invoice ON invoice.id = claim.invoice_id
        WHERE claim.practice_id = %(practice)s AND claim.is_current = TRUE
        AND claim.status IN (%(part_paid)s, %(declined)s) AND invoice.voided_at IS NULL
        AND invoice.short_total + invoice.open_total > 0{narrowed}"""  # nosec B608


def _lines() -> str:
    """Every line of the candidates, with the price of the day: `agreed` is NULL where there is none."""
    return f"""
        SELECT candidate.id AS claim_id, line.position AS line_no, line.treated_on, line.description, line.units,
            CASE WHEN item.id IS NULL AND (procedure.id IS NOT NULL OR line.item_code = '') THEN line.procedure_code
                ELSE line.item_code END AS code,
            {pence("line.gross - line.discount")} AS billed, {pence("line.vat")} AS vat,
            {pence("COALESCE(item.amount, procedure.amount)")} * line.units AS agreed,
            COALESCE(item.visit, procedure.visit) AS visit
        FROM candidate JOIN {LINES} line ON line.invoice_id = candidate.invoice_id
        {price_of("line", "candidate.insurer_slug")}"""  # nosec B608


def _told() -> str:
    """What each allocated payment says of each line."""
    cuts = members("said.value -> 'deductions'", "cut")
    return f"""
        SELECT advice.claim_id, CAST(said.value ->> 'line_no' AS INTEGER) AS line_no,
            {pence("said.value ->> 'paid'")} AS paid,
            (SELECT SUM({pence("cut.value ->> 'amount'")} * {_PATIENTS}) FROM {cuts}) AS patients,
            (SELECT MAX(cut.value ->> 'reason') FROM {cuts} WHERE {_PATIENTS} = 0) AS reason
        FROM candidate JOIN {ADVICES} advice ON advice.claim_id = candidate.id AND advice.state = %(allocated)s
        CROSS JOIN {members("advice.lines", "said")}"""  # nosec B608


_DETAIL = """
        SELECT claim_id, line_no, SUM(paid) AS paid, SUM(COALESCE(patients, 0)) AS patients, MAX(reason) AS reason
        FROM told GROUP BY claim_id, line_no"""

_MEASURED = """
        SELECT line.*, detail.paid, detail.patients, detail.reason,
            CASE WHEN line.billed < line.agreed THEN line.billed ELSE line.agreed END + line.vat AS due,
            COUNT(detail.line_no) OVER (PARTITION BY line.claim_id) AS told_count,
            COUNT(*) OVER (PARTITION BY line.claim_id) AS line_count
        FROM measured_lines line
        LEFT JOIN detail ON detail.claim_id = line.claim_id AND detail.line_no = line.line_no"""


def _compared() -> str:
    """Lines, and bills as a whole, that can be measured; the latter only where every line has its price."""
    return f"""
        SELECT line.claim_id, candidate.number, candidate.insurer_slug, line.line_no, line.code, line.description,
            line.treated_on, line.units, line.visit, line.vat, line.billed + line.vat AS billed, line.due, line.paid,
            line.patients, line.reason
        FROM measured line JOIN candidate ON candidate.id = line.claim_id
        WHERE line.agreed IS NOT NULL AND NOT {_IS_WHOLE}
        UNION ALL
        SELECT candidate.id, candidate.number, candidate.insurer_slug, 0, CASE COUNT(*) WHEN 1 THEN MAX(line.code) END,
            CASE COUNT(*) WHEN 1 THEN MAX(line.description) END, MIN(line.treated_on),
            MAX(line.units), CASE COUNT(*) WHEN 1 THEN MAX(line.visit) END, SUM(line.vat),
            SUM(line.billed + line.vat), SUM(line.due), MAX(whole.paid),
            MAX(whole.patients) + {pence("MAX(candidate.patient_paid + candidate.credited_total)")}, MAX(whole.reason)
        FROM measured line JOIN candidate ON candidate.id = line.claim_id
        JOIN (
            SELECT advice.claim_id, SUM({pence("advice.paid")}) AS paid,
                COALESCE(MAX(sums.patients), 0) AS patients, MAX(sums.reason) AS reason
            FROM candidate JOIN {ADVICES} advice ON advice.claim_id = candidate.id AND advice.state = %(allocated)s
            LEFT JOIN (
                SELECT claim_id, SUM(patients) AS patients, MAX(reason) AS reason FROM detail GROUP BY claim_id
            ) sums ON sums.claim_id = candidate.id
            GROUP BY advice.claim_id
        ) whole ON whole.claim_id = candidate.id
        WHERE {_IS_WHOLE}
        GROUP BY candidate.id, candidate.number, candidate.insurer_slug HAVING COUNT(*) = COUNT(line.agreed)"""  # nosec B608


def _named() -> str:
    """What is missing, what it looks like, and whether it was let go at this amount."""
    return f"""
        SELECT short.*, other.code AS other_code, other.description AS other_words, CASE
            WHEN (short.visit = %(first)s AND other.visit = %(follow_up)s)
                OR (LOWER(short.reason) LIKE '%%follow%%' AND COALESCE(short.visit, '') <> %(follow_up)s)
            THEN 'follow-up' WHEN other.id IS NOT NULL THEN 'other price' WHEN short.paid <= 0 THEN 'nothing'
            WHEN COALESCE(short.reason, '') = '' THEN 'unsaid' ELSE 'less' END AS pattern,
            dismissal.id AS dismissal_id, dismissal.reason AS dismissed_because
        FROM (SELECT compared.*, due - paid - patients AS missing FROM compared WHERE due - paid - patients > 0) short
        LEFT JOIN {PRICES} other ON other.id = (
            SELECT another.id FROM {PRICES} another
            WHERE another.practice_id = %(practice)s AND another.insurer_slug = short.insurer_slug
            AND another.withdrawn_at IS NULL AND another.code <> short.code
            AND another.valid_from <= short.treated_on
            AND (another.valid_to IS NULL OR another.valid_to >= short.treated_on)
            AND {pence("another.amount")} * short.units = short.paid + short.patients - short.vat
            ORDER BY CASE another.visit WHEN %(follow_up)s THEN 0 ELSE 1 END, another.code LIMIT 1)
        LEFT JOIN {DISMISSALS} dismissal ON dismissal.claim_id = short.claim_id
            AND dismissal.line_no = short.line_no AND {pence("dismissal.amount")} = short.missing"""  # nosec B608


def billed(narrowed: str) -> str:
    """Return the statement that groups lines billed below or above their contract price; amounts in pence."""
    agreed = f"{pence('COALESCE(item.amount, procedure.amount)')} * line.units"
    return f"""
        SELECT insurer_slug, code, MAX(description), unit_agreed,
            CASE WHEN billed < agreed THEN 0 ELSE 1 END AS is_high, COUNT(*),
            SUM(billed - agreed) AS difference, MIN(unit_billed), MAX(unit_billed)
        FROM (
            SELECT claim.insurer_slug, line.description,
                CASE WHEN item.id IS NULL THEN line.procedure_code ELSE line.item_code END AS code,
                {pence("COALESCE(item.amount, procedure.amount)")} AS unit_agreed,
                {pence("line.gross - line.discount")} AS billed, {agreed} AS agreed,
                {pence("line.unit_price")} AS unit_billed
            FROM {CLAIMS} claim JOIN {LINES} line ON line.invoice_id = claim.invoice_id
            {price_of("line", "claim.insurer_slug")}
            WHERE claim.practice_id = %(practice)s AND claim.is_current = TRUE
            AND claim.status <> %(cancelled)s{narrowed}
        ) priced
        WHERE agreed IS NOT NULL AND billed <> agreed
        GROUP BY insurer_slug, code, unit_agreed, 5"""  # nosec B608
