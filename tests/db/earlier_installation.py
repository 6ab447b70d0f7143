"""An installation of December 2026: its tables as they were then, filled with the demo practice of that version.

`python -m tests.db.earlier_installation` makes it in the empty database of the environment, migrates it to today's
tables, and says what is no longer as it was and which pages open. The rows lie in `demo_of_2026_12.json.xz`, by table:
what `clearbill demo` of then had stored, without passwords, keys and sessions.
"""

from __future__ import annotations

import base64
import json
import lzma
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

ROWS = Path(__file__).with_name("demo_of_2026_12.json.xz")

LAST_MIGRATIONS = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("backups", "0001_initial"),
    ("bank", "0001_first"),
    ("billing", "0008_invoice_short"),
    ("claims", "0008_work_of_a_sending"),
    ("clients", "0002_excess_left"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("diary", "0001_initial"),
    ("expected", "0001_initial"),
    ("people", "0003_how_to_pay"),
    ("practice", "0002_connection_pause"),
    ("remittances", "0002_uploads"),
    ("reports", "0001_initial"),
    ("sessions", "0001_initial"),
    ("shortfalls", "0001_initial"),
]


PAGES = [
    "today",
    "calendar",
    "clients",
    "claims",
    "claims-to-create",
    "claims-work",
    "invoices",
    "invoices-unbilled",
    "reports",
    "services",
    "payees",
    "insurers",
    "readiness",
    "contract-prices",
    "settings",
    "practice-details",
    "users",
    "healthcode",
    "audit",
    "bank",
    "bank-statements",
    "expected",
    "money",
    "money-aside",
    "shortfalls",
]


@cache
def table(name: str) -> list[dict[str, Any]]:
    """Return the rows of a table, a value by the name of each column, as SQLite stores it; bytes as bytes."""
    kept = _tables()[name]
    return [dict(zip(kept["columns"], map(_value, row), strict=True)) for row in kept["rows"]]


@cache
def _tables() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress(ROWS.read_bytes()))
    return found


def _value(stored: Any) -> Any:
    return base64.b64decode(stored["base64"]) if isinstance(stored, dict) else stored


def make() -> None:
    """Make the tables of then and fill them."""
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.models import DateTimeField

    from tests import migration_history

    executor = migration_history.executor()
    executor.migrate(LAST_MIGRATIONS)
    models = executor.loader.project_state(LAST_MIGRATIONS).apps.get_models(include_auto_created=True)
    by_table = {model._meta.db_table: model for model in models}
    with transaction.atomic():
        for name in _tables():
            model = by_table[name]
            fields = {field.column: field for field in model._meta.concrete_fields}
            for field in fields.values():
                if isinstance(field, DateTimeField):
                    field.auto_now = field.auto_now_add = False
            rows = [
                model(**{fields[column].attname: _python(fields[column], value) for column, value in row.items()})
                for row in table(name)
            ]
            model._base_manager.bulk_create(rows, batch_size=200)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(by_table.values())):
            cursor.execute(statement)


def compare() -> dict[str, Any]:
    """Return the tables and columns of then that are gone, the rows too few, and each value that is another now."""
    from django.apps import apps

    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    found: dict[str, Any] = {"tables": [], "columns": [], "rows": [], "values": {}}
    for name in _tables():
        if name not in models:
            found["tables"].append(name)
            continue
        fields = {field.column: field for field in models[name]._meta.concrete_fields}
        columns = _tables()[name]["columns"]
        found["columns"] += [f"{name}.{column}" for column in columns if column not in fields]
        now = {row.pk: row for row in models[name]._base_manager.all()}
        for row in table(name):
            there = now.get(_python(models[name]._meta.pk, row[models[name]._meta.pk.column]))
            if there is None:
                found["rows"].append(name)
                continue
            for column in filter(fields.__contains__, columns):
                was, value = _python(fields[column], row[column]), getattr(there, fields[column].attname)
                if not _is_kept(was, bytes(value) if isinstance(value, memoryview) else value):
                    found["values"].setdefault(f"{name}.{column}", []).append([str(was), str(value)])
    return found


def _is_kept(was: Any, now: Any) -> bool:
    """A document may say more than it did."""
    if isinstance(was, dict):
        return all(name in now and now[name] == value for name, value in was.items())
    return bool(was == now)


def authorisations() -> list[list[str]]:
    """Return what each client's insurer has authorised: client's number, code, first and last day, sessions."""
    from clearbill.clients.models import Authorisation

    names = ("policy__client__number", "code", "valid_from", "valid_to", "sessions")
    return sorted([str(value) for value in row] for row in Authorisation.objects.values_list(*names))


def rates() -> list[list[str]]:
    """Return the prices and codes of each service: its id, first day, price, VAT rate, ISC and procedure code."""
    from clearbill.workspace.models import ServiceRate

    names = ("valid_from", "price", "vat_rate", "isc", "procedure_code")
    rows = ServiceRate.objects.values_list("service_id", *names)
    return sorted([service.hex, *map(str, rest)] for service, *rest in rows)


def papers() -> dict[str, int]:
    """Return how many papers are kept of each kind."""
    from django.db.models import Count

    from clearbill.invoicing.models import IssuedPaper

    return dict(IssuedPaper.objects.order_by().values_list("kind").annotate(Count("pk")))


def open_pages() -> dict[str, int]:
    """Return the HTTP status of each kind of page and paper, as the owner opens them."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from clearbill.claims.models import Claim
    from clearbill.clients.models import Client as Patient
    from clearbill.config import static_files
    from clearbill.invoicing.models import Invoice

    static_files.collect()
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(get_user_model().objects.get(email="rosa@riverside.example"))
    invoice, claim, patient = (model.objects.order_by("created_at").first() for model in (Invoice, Claim, Patient))
    addresses = [
        *map(reverse, PAGES),
        *(reverse(name, args=[invoice.pk]) for name in ("invoice", "invoice-pdf")),
        reverse("claim", args=[claim.pk]),
        reverse("client", args=[patient.pk]),
    ]
    return {address: browser.get(address).status_code for address in addresses}


def _python(field: Any, value: Any) -> Any:
    """Return what Django makes of a stored value of the field."""
    if value is None or isinstance(value, bytes):
        return value
    if field.get_internal_type() == "JSONField":
        return json.loads(value)
    made = (field.target_field if field.remote_field else field).to_python(value)
    return made.replace(tzinfo=UTC) if isinstance(made, datetime) and made.tzinfo is None else made


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    make()
    call_command("migrate", verbosity=0)
    print(
        json.dumps(
            {
                **compare(),
                "authorisations": authorisations(),
                "rates": rates(),
                "papers": papers(),
                "pages": open_pages(),
            }
        )
    )
