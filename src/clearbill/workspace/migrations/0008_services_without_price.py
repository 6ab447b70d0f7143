"""The columns that became rates go: they stand in a table of their own."""

from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0007_rates_of_services'),
    ]

    # Going back, a column stands with a value before the rates are read into it.
    operations = [
        migrations.RemoveConstraint(model_name='service', name='service_price_not_negative'),
        migrations.AlterField(
            model_name='service',
            name='price',
            field=models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10),
        ),
        migrations.RemoveField(model_name='service', name='isc'),
        migrations.RemoveField(model_name='service', name='price'),
        migrations.RemoveField(model_name='service', name='procedure_code'),
        migrations.RemoveField(model_name='service', name='vat_rate'),
    ]
