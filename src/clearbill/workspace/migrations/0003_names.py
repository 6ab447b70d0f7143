"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_connection_pause")]

    operations = [
        migrations.AlterModelTable(name="payeerule", table="practice_payeerule"),
        migrations.RenameModel(old_name="PayeeRule", new_name="PayeeException"),
    ]
