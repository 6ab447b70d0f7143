"""Each sending keeps the bill as it was frozen, so that a later one can be compared with it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_leases_and_evidence")]

    operations = [migrations.AddField("outbox", "bill", models.JSONField(null=True))]
