"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("remittances", "0002_uploads")]

    operations = [
        migrations.AlterModelTable(name="advice", table="remittances_advice"),
        migrations.RenameModel(old_name="Advice", new_name="ClaimPayment"),
        migrations.AlterModelTable(name="fetch", table="remittances_fetch"),
        migrations.RenameModel(old_name="Fetch", new_name="RemittancePoll"),
    ]
