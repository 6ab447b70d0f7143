"""Policy years that are over: their excess, and what was left of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0009_numbers_in_capitals'),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins', models.DateField(verbose_name='policy year began on')),
                ('excess', models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name='excess per policy year')),
                ('excess_left', models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name='excess still to pay')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='years', to='clients.policy')),
            ],
            options={
                'ordering': ['-begins'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'begins'), name='one_row_per_policy_year'), models.CheckConstraint(condition=models.Q(('excess_left__gte', 0)), name='year_excess_left_is_not_negative')],
            },
        ),
    ]
