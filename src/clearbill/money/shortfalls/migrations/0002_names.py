"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shortfalls", "0001_initial")]

    operations = [
        migrations.AlterModelTable(name="verdict", table="shortfalls_verdict"),
        migrations.RenameModel(old_name="Verdict", new_name="LiabilityOverride"),
    ]
