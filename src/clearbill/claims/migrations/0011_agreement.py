"""What a claim is checked against beside its bill: amendments by hand, a treatment billed elsewhere, what is stale."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0010_bulk_submissions_side_by_side'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='claim',
            name='amended_by_hand',
            field=models.JSONField(blank=True, default=dict, help_text='The paths that were amended on the claim, with what was collected there.'),
        ),
        migrations.AddField(
            model_name='claim',
            name='is_stale',
            field=models.BooleanField(default=False, help_text='What it is checked against has changed since its problems were counted.'),
        ),
        migrations.AddField(
            model_name='claim',
            name='repeat_allowed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='claim',
            name='repeat_allowed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='claim',
            name='repeat_invoices',
            field=models.JSONField(blank=True, default=list, help_text='The ids of the invoices that bill the same and may, beside this claim.'),
        ),
        migrations.AddField(
            model_name='claim',
            name='repeat_reason',
            field=models.CharField(blank=True, max_length=300, verbose_name='why it is billed again'),
        ),
    ]
