"""An invoice keeps the policy and the authorisation that a person chose for it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_names'),
        ('clients', '0008_covers_without_authorisation'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoice',
            name='authorisation',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.authorisation'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='policy',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.policy'),
        ),
    ]
