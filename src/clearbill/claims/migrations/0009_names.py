"""The classes have the field's own names; tables, columns and rows stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("claims", "0008_work_of_a_sending")]

    operations = [
        migrations.AlterModelTable(name="workitem", table="claims_workitem"),
        migrations.RenameModel(old_name="WorkItem", new_name="Task"),
        migrations.AlterModelTable(name="batch", table="claims_batch"),
        migrations.RenameModel(old_name="Batch", new_name="BulkSubmission"),
        migrations.AlterModelTable(name="batchentry", table="claims_batchentry"),
        migrations.RenameModel(old_name="BatchEntry", new_name="BulkSubmissionEntry"),
    ]
