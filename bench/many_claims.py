"""A practice with very many claims, written by a few statements: invoices, lines, claims, visits, and their ledger.

Each table is filled from one row that the services made: what a statement does not name is as in that row. Row i was
issued i % 365 days ago; most are paid after 10 to 69 days, one in twelve short, a few of those written off or asked of
the client.
"""

from __future__ import annotations

from typing import Any

CLIENTS, PEOPLE, SERVICES = 20_000, 12, 8
INSURERS = ("bupa", "axa-health", "aviva", "vitality", "wpa", "cigna", "allianz", "healix")
ISSUED = "(n.i % 365)"
PAID_AFTER = "(10 + (n.i * 31) % 60)"
IS_PAID = f"({ISSUED} >= {PAID_AFTER})"
IS_SHORT = f"({IS_PAID} AND n.i % 12 = 0)"
IS_GIVEN_UP = f"({IS_SHORT} AND n.i % 48 = 0)"
IS_ASKED = f"({IS_SHORT} AND n.i % 60 = 12)"


def fill(desk: Any, wanted: int) -> None:
    """Make so many claims in the desk's practice, and twenty thousand visits that are not invoiced."""
    from django.db import connection

    first = desk._first()
    templates = _templates(desk, first)
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if not postgres:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-1000000")
        for statement in [*_numbers(wanted, templates, postgres), *_rows(templates, postgres)]:
            cursor.execute(statement)
        if postgres:
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA cache_size=-16000")
            cursor.execute("PRAGMA synchronous=FULL")


def _templates(desk: Any, first: Any) -> dict[str, Any]:
    """One row of each kind by the services or the builders, and the ids between which the others are spread."""
    from clearbill.invoicing import ledger
    from clearbill.invoicing.models import LedgerEntry
    from tests import builders

    practice = desk.practice
    people = [desk.practitioner] + [
        builders.practitioner(practice, name=f"Person {number:02}", number="") for number in range(1, PEOPLE)
    ]
    services = [builders.service(practice, name=f"Service {number}") for number in range(SERVICES)]
    visit = builders.appointment(practice, client=first.invoice.client, practitioner=people[0], service=services[0])
    with builders.holding(first.invoice):
        entry = ledger.post(
            first.invoice,
            kind=LedgerEntry.PAID,
            amount=first.net_total,
            on=first.treated_on,
            source=LedgerEntry.INSURER,
            by=None,
            now=desk.now,
        )
        ledger.reverse(first.invoice, entry, on=first.treated_on, by=None, now=desk.now)
    return {
        "claims_claim": first,
        "billing_invoice": first.invoice,
        "billing_invoiceline": first.invoice.lines.get(),
        "clients_client": first.invoice.client,
        "clients_cover": first.invoice.client.policies.get(),
        "diary_appointment": visit,
        "billing_entry": entry,
        "people": people,
        "services": services,
    }


def _numbers(wanted: int, templates: dict[str, Any], postgres: bool) -> list[str]:
    """Numbered ids of everything that others point to."""
    uuid = "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"

    def counted(count: int) -> str:
        return f"WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < {count - 1})"

    def listed(name: str, values: list[str]) -> str:
        rows = " UNION ALL ".join(f"SELECT {place} AS i, {value} AS id" for place, value in enumerate(values))
        return f"CREATE TEMPORARY TABLE {name} AS {rows}"

    ids = {name: [_literal(row.pk, postgres) for row in templates[name]] for name in ("people", "services")}
    return [
        f"CREATE TEMPORARY TABLE n AS {counted(wanted)} SELECT i, {uuid} AS invoice, {uuid} AS share FROM c",
        f"CREATE TEMPORARY TABLE who AS {counted(CLIENTS)} SELECT i, {uuid} AS id FROM c",
        "CREATE UNIQUE INDEX n_i ON n (i)",
        "CREATE UNIQUE INDEX who_i ON who (i)",
        listed("person", ids["people"]),
        listed("thing", ids["services"]),
        listed("payer", [f"'{slug}'" for slug in INSURERS]),
    ]


def _rows(templates: dict[str, Any], postgres: bool) -> list[str]:
    uuid = "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
    spread = f"""FROM n JOIN who ON who.i = n.i % {CLIENTS} JOIN person ON person.i = n.i % {PEOPLE}
        JOIN thing ON thing.i = (n.i / 7) % {SERVICES} JOIN payer ON payer.i = n.i % {len(INSURERS)}"""
    issued, paid = _ago(ISSUED, postgres), _ago(f"({ISSUED} - {PAID_AFTER})", postgres)
    null = "CAST(NULL AS uuid)" if postgres else "NULL"

    def copied(table: str, tail: str, **given: str) -> str:
        return _copied(templates[table], tail, given, postgres)

    short, given_up = f"CASE WHEN {IS_SHORT} THEN 15 ELSE 0 END", f"CASE WHEN {IS_GIVEN_UP} THEN 15 ELSE 0 END"
    moved = {"code": "''", "reason": "''", "takes_back_id": "NULL", "invoice_id": "n.invoice", "on": paid}
    invoice = {"client_id": "who.id", "practitioner_id": "person.id", "issued_on": issued}
    return [
        copied("clients_client", "FROM who", id="who.id", number="'P-' || who.i"),
        copied(
            "clients_cover",
            f"FROM who JOIN payer ON payer.i = who.i % {len(INSURERS)}",
            client_id="who.id",
            insurer_slug="payer.id",
        ),
        copied(
            "billing_invoice",
            spread,
            id="n.invoice",
            number="'M' || n.i",
            insurer_slug="payer.id",
            **invoice,
            paid_total=f"CASE WHEN {IS_PAID} THEN 70 - ({short}) ELSE 0 END",
            short_total=f"{short} - ({given_up})",
            written_off_total=given_up,
        ),
        copied(
            "billing_invoice",
            f"{spread} WHERE {IS_ASKED}",
            id="n.share",
            number="'S' || n.i",
            insurer_slug="''",
            **{**invoice, "issued_on": paid},
            share_of_id="n.invoice",
            gross_total="15",
            net_total="15",
        ),
        copied("billing_invoiceline", f"{spread} WHERE {IS_ASKED}", invoice_id="n.share", gross="15", net="15"),
        copied(
            "diary_appointment",
            spread,
            id="n.invoice",
            client_id="who.id",
            practitioner_id="person.id",
            service_id="thing.id",
            **_moments(issued, postgres),
        ),
        copied(
            "diary_appointment",
            f"{spread} WHERE n.i % 50 = 0",
            id=uuid,
            client_id="who.id",
            practitioner_id="person.id",
            service_id="thing.id",
            **_moments(issued, postgres),
        ),
        copied(
            "billing_invoiceline",
            spread,
            invoice_id="n.invoice",
            service_id="thing.id",
            appointment_id="n.invoice",
            treated_on=issued,
        ),
        copied(
            "claims_claim",
            spread,
            id=uuid,
            invoice_id="n.invoice",
            number="'M' || n.i",
            insurer_slug="payer.id",
            practitioner_id="person.id",
            submitted_at=_moment(issued, "09", postgres),
            replaces_id=null,
            version="CASE WHEN n.i % 15 = 0 THEN 2 ELSE 1 END",
            status=f"CASE WHEN {IS_SHORT} THEN 'Part paid' WHEN {IS_PAID} THEN 'Paid' "
            "WHEN n.i % 70 = 3 THEN 'Rejected' ELSE 'Collected by insurer' END",
        ),
        copied("billing_entry", f"FROM n WHERE {IS_PAID}", **moved, amount=f"70 - ({short})"),
        copied(
            "billing_entry",
            f"FROM n WHERE {IS_SHORT}",
            **{**moved, "code": "'ZSF0' || (n.i / 12) % 6", "reason": "'Reason ' || (n.i / 12) % 6"},
            kind="'short'",
            amount="15",
        ),
        copied(
            "billing_entry", f"FROM n WHERE {IS_GIVEN_UP}", **moved, kind="'short'", source="'practice'", amount="-15"
        ),
        copied(
            "billing_entry",
            f"FROM n WHERE {IS_GIVEN_UP}",
            **moved,
            kind="'written off'",
            source="'practice'",
            amount="15",
        ),
    ]


def _copied(row: Any, tail: str, given: dict[str, str], postgres: bool) -> str:
    """Return an INSERT of a copy of the row for each of `tail`, but for the columns that are given."""
    fields = [
        field
        for field in row._meta.concrete_fields
        if not field.generated and (field.column in given or not field.primary_key)
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(given.get(field.column, f'model."{field.column}"') for field in fields)
    key = _literal(row.pk, postgres)
    table = row._meta.db_table
    model = f"(SELECT * FROM {table} WHERE {row._meta.pk.column} = {key}) model"
    body = tail.replace("FROM ", f"FROM {model} CROSS JOIN ", 1)
    return f"INSERT INTO {table} ({names}) SELECT {values} {body}"


def _literal(key: Any, postgres: bool) -> str:
    if isinstance(key, int):
        return str(key)
    return f"CAST('{key}' AS uuid)" if postgres else f"'{key.hex}'"


def _ago(days: str, postgres: bool) -> str:
    return f"(CURRENT_DATE - CAST({days} AS integer))" if postgres else f"date('now', '-' || {days} || ' days')"


def _moment(day: str, hour: str, postgres: bool) -> str:
    return f"({day} + time '{hour}:00')::timestamptz" if postgres else f"{day} || ' {hour}:00:00'"


def _moments(day: str, postgres: bool) -> dict[str, str]:
    return {"starts_at": _moment(day, "10", postgres), "ends_at": _moment(day, "11", postgres)}
