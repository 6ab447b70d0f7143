"""The country of an address of before, where its last line names one abroad; the address itself stays as it is."""

from django.db import migrations

from clearbill.bill.address import countries, postcode

ROWS_AT_ONCE = 500

LINES = ("address_1", "address_2", "address_3", "address_4")


def fill(apps, schema_editor):
    clients = apps.get_model("clients", "Client").objects
    found = {}
    for pk, code, *lines in clients.order_by("pk").values_list("pk", "postcode", *LINES).iterator(ROWS_AT_ONCE):
        last = next((line for line in reversed(lines) if line.strip()), "")
        country = countries.named_by(last)
        if country and country != countries.UK and _fits(code, country):
            found.setdefault(country, []).append(pk)
    for country, keys in found.items():
        for start in range(0, len(keys), ROWS_AT_ONCE):
            clients.filter(pk__in=keys[start : start + ROWS_AT_ONCE]).update(country=country)


def _fits(code, country):
    """A British postcode under the name of a country abroad is of a place in the UK that is called so."""
    return countries.has_british_postcodes(country) or not postcode.is_british(code)


class Migration(migrations.Migration):
    dependencies = [("clients", "0012_country")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
