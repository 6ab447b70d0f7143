"""When an appointment was cancelled, and why a missed one is not charged."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('diary', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='cancelled_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='cancelled'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='not_charged_because',
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
