"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    # Whoever refers to an entry by its former name comes first.
    dependencies = [
        ("billing", "0008_invoice_short"),
        ("bank", "0001_first"),
        ("shortfalls", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelTable(name="entry", table="billing_entry"),
        migrations.RenameModel(old_name="Entry", new_name="LedgerEntry"),
    ]
