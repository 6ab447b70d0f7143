"""What sending needs for many workers: whose bill a row is, who took it, what each exchange came to."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_the_practice(apps, schema_editor) -> None:
    outbox, claim = apps.get_model("claims", "Outbox"), apps.get_model("claims", "Claim")
    owner = claim.objects.filter(pk=OuterRef("claim")).values("practice")[:1]
    outbox.objects.filter(practice=None).update(practice=Subquery(owner))
    outbox.objects.filter(state="uncertain").update(may_have_arrived=True)


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("people", "0001_initial")]

    operations = [
        migrations.AddField("claim", "house_status_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "claim",
            "is_restored",
            models.BooleanField(
                default=False,
                help_text="It stood in a backup: Healthcode is asked about it before anything is sent.",
            ),
        ),
        migrations.AddField("exchange", "attempt", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("exchange", "outcome", models.CharField(blank=True, max_length=20, verbose_name='what came of it')),
        migrations.AddField("outbox", "may_have_arrived", models.BooleanField(default=False)),
        migrations.AddField("outbox", "worker", models.CharField(blank=True, max_length=80)),
        migrations.AddField(
            "outbox",
            "practice",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.practice"
            ),
        ),
        migrations.RunPython(name_the_practice, migrations.RunPython.noop),
        migrations.AlterField(
            "outbox",
            "practice",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.practice"),
        ),
        migrations.RemoveIndex("outbox", "outbox_ready"),
        migrations.AddIndex(
            "outbox", models.Index(fields=["practice", "state", "ready_at"], name="outbox_ready")
        ),
        migrations.AddIndex("outbox", models.Index(fields=["state", "taken_at"], name="outbox_taken")),
    ]
