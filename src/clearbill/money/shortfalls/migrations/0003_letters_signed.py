"""A letter keeps what the insurer was called and who signed it; of one written before, the names as they are now."""

from django.db import migrations

from clearbill.bill import insurers

AT_ONCE = 500


def keep(apps, schema_editor):
    letters = apps.get_model("shortfalls", "Letter").objects.using(schema_editor.connection.alias)
    changed = []
    for row in letters.select_related("by").order_by("pk").iterator(chunk_size=AT_ONCE):
        row.facts["insurer"] = insurers.name_of(row.facts["insurer_slug"])
        row.facts["signed_by"] = row.by.full_name if row.by else ""
        changed.append(row)
    letters.bulk_update(changed, ["facts"], batch_size=AT_ONCE)


class Migration(migrations.Migration):

    dependencies = [("shortfalls", "0002_names"), ("people", "0005_visits_beyond_cover")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
