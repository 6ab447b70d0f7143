"""What the clients of before are found by."""

from django.db import migrations

from clearbill.clients.search.search_terms import NAMES, client_terms

ROWS_AT_ONCE = 500

COLUMNS = (*NAMES, "number", "email", "postcode", "phone", "birth_date")


def fill(apps, schema_editor):
    clients = apps.get_model("clients", "Client").objects.order_by("pk")
    rows = []
    for client in clients.values("pk", "practice_id", *COLUMNS).iterator(ROWS_AT_ONCE):
        rows.append(client)
        if len(rows) == ROWS_AT_ONCE:
            write(apps, rows)
            rows = []
    write(apps, rows)


def write(apps, rows):
    term = apps.get_model("clients", "SearchTerm")
    covers = apps.get_model("clients", "Cover").objects.filter(client__in=[client["pk"] for client in rows])
    numbers = covers.values_list("client_id", "membership_number", "authorisation_code", "group_number")
    of_client = {client_id: found for client_id, *found in numbers}
    term.objects.bulk_create(
        (
            term(practice_id=client["practice_id"], client_id=client["pk"], term=text)
            for client in rows
            for text in sorted(client_terms(client, of_client.get(client["pk"], ())))
        ),
        batch_size=ROWS_AT_ONCE,
    )


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_search_terms")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
