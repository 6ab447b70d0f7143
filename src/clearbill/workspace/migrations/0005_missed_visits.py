"""What a practice charges clients for visits that they missed or cancelled late."""

import django.db.models.deletion
import uuid
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_visits_beyond_cover'),
        ('practice', '0004_numbers_in_capitals'),
    ]

    operations = [
        migrations.CreateModel(
            name='CancellationPolicy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('missed_rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='did not attend: share of the price')),
                ('missed_sum', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='did not attend: fixed sum')),
                ('late_rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='cancelled late: share of the price')),
                ('late_sum', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='cancelled late: fixed sum')),
                ('late_hours', models.PositiveSmallIntegerField(default=24, verbose_name='late is less than so many hours before')),
                ('missed_words', models.CharField(default='Missed appointment', max_length=100, verbose_name='on the invoice: did not attend')),
                ('late_words', models.CharField(default='Late cancellation', max_length=100, verbose_name='on the invoice: cancelled late')),
                ('vat_rate', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=5)),
                ('applies_from', models.DateField(verbose_name='for visits from')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'missed visits',
                'constraints': [models.UniqueConstraint(fields=('practice',), name='one_cancellation_policy'), models.CheckConstraint(condition=models.Q(('missed_rate', None), ('missed_sum', None), _connector='OR'), name='missed_is_rate_or_sum'), models.CheckConstraint(condition=models.Q(('late_rate', None), ('late_sum', None), _connector='OR'), name='late_is_rate_or_sum')],
            },
        ),
    ]
