"""A practice may have several bulk submissions running: the month end, and what was ticked meanwhile."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("claims", "0009_names")]

    operations = [migrations.RemoveConstraint(model_name="bulksubmission", name="one_running_batch")]
