"""Numbers of sites, payees and practitioners that an earlier version stored as they were typed, as bills carry them."""

from django.db import migrations

from clearbill.bill.insurers import bare

COLUMNS = [
    ("Site", "site_number"),
    ("Payee", "number"),
    ("PayeeNumber", "number"),
    ("ProviderNumber", "number"),
    ("InsurerSetting", "controlling_specialist_number"),
]

AT_ONCE = 1000


def normalise(apps, schema_editor):
    for model, column in COLUMNS:
        kind = apps.get_model("practice", model)
        rows = kind.objects.using(schema_editor.connection.alias).exclude(**{column: ""})
        longest = kind._meta.get_field(column).max_length
        stored = rows.order_by("pk").values_list("pk", column)
        changed = [(pk, plain) for pk, number in stored.iterator(AT_ONCE) if (plain := bare(number)) != number]
        for pk, plain in changed:
            if 0 < len(plain) <= longest:
                rows.filter(pk=pk).update(**{column: plain})


class Migration(migrations.Migration):
    dependencies = [("practice", "0003_names")]

    operations = [migrations.RunPython(normalise, migrations.RunPython.noop)]
