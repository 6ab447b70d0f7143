"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("expected", "0001_initial")]

    operations = [
        migrations.AlterModelTable(name="dismissal", table="expected_dismissal"),
        migrations.RenameModel(old_name="Dismissal", new_name="DismissedUnderpayment"),
    ]
