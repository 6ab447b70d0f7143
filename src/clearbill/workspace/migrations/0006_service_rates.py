"""The price and the codes of a service, with the day they hold from."""

import uuid
from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_visits_beyond_cover'),
        ('practice', '0005_missed_visits'),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceRate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='first day')),
                ('price', models.DecimalField(decimal_places=2, max_digits=10)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=5)),
                ('isc', models.CharField(blank=True, max_length=20, verbose_name='ISC')),
                ('procedure_code', models.CharField(blank=True, max_length=20)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='practice.service')),
            ],
            options={
                'ordering': [models.OrderBy(models.F('valid_from'), nulls_first=True)],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='service_rate_not_negative'),
                    models.UniqueConstraint(fields=('service', 'valid_from'), name='one_service_rate_from_a_day'),
                    models.UniqueConstraint(condition=models.Q(('valid_from', None)), fields=('service',), name='one_service_rate_from_ever'),
                ],
            },
        ),
    ]
