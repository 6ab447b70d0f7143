"""What missed visits cost has days: one policy from each, where there was one in all. What is stored stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_visits_beyond_cover'),
        ('practice', '0008_services_without_price'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='cancellationpolicy',
            options={'ordering': ['applies_from'], 'verbose_name_plural': 'missed visits'},
        ),
        migrations.RemoveConstraint(
            model_name='cancellationpolicy',
            name='one_cancellation_policy',
        ),
        migrations.AddConstraint(
            model_name='cancellationpolicy',
            constraint=models.UniqueConstraint(fields=('practice', 'applies_from'), name='one_cancellation_policy_from_a_day'),
        ),
    ]
