"""A connection that fails is paused, and every practice has its turn."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("practice", "0001_initial")]

    operations = [
        migrations.AddField("healthcodeconnection", "failures", models.PositiveIntegerField(default=0)),
        migrations.AddField("healthcodeconnection", "paused_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("healthcodeconnection", "served_at", models.DateTimeField(blank=True, null=True)),
    ]
