"""The numbers in other systems of the clients who were imported before, and that they are found by them."""

import re

from django.db import migrations

from clearbill.clients.search.search_terms import key

ROWS_AT_ONCE = 500

LIKENESS = re.compile(r".*/.*/(\d{4}-\d{2}-\d{2})?")
"""By name and birth date a client was known again whose file had no number."""


def fill(apps, schema_editor):
    imported = apps.get_model("imports", "ImportedClient")
    rows = []
    for row in imported.objects.order_by("pk").only("key", "practice_id", "client_id").iterator(ROWS_AT_ONCE):
        if not LIKENESS.fullmatch(re.sub(r"#\d+$", "", row.key)):
            row.number = re.sub(r"#\d+$", "", row.key)[:60]
            rows.append(row)
        if len(rows) == ROWS_AT_ONCE:
            write(apps, rows)
            rows = []
    write(apps, rows)


def write(apps, rows):
    apps.get_model("imports", "ImportedClient").objects.bulk_update(rows, ["number"])
    term = apps.get_model("clients", "SearchTerm")
    wanted = {(row.client_id, key(row.number)): row.practice_id for row in rows if key(row.number)}
    there = set(term.objects.filter(client__in=[row.client_id for row in rows]).values_list("client_id", "term"))
    term.objects.bulk_create(
        [
            term(practice_id=practice_id, client_id=client_id, term=text)
            for (client_id, text), practice_id in wanted.items()
            if (client_id, text) not in there
        ],
        batch_size=ROWS_AT_ONCE,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0005_search_terms_of_before"),
        ("imports", "0003_numbers_of_other_systems"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
