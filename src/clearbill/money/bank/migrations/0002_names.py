"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bank", "0001_first")]

    operations = [
        migrations.AlterModelTable(name="arrival", table="bank_arrival"),
        migrations.RenameModel(old_name="Arrival", new_name="BankReceipt"),
        migrations.AlterModelTable(name="look", table="bank_look"),
        migrations.RenameModel(old_name="Look", new_name="MatchCursor"),
        migrations.AlterModelTable(name="usualline", table="bank_usualline"),
        migrations.RenameModel(old_name="UsualLine", new_name="IgnoreRule"),
    ]
