"""The country of a client’s address."""

import clearbill.bill.address.countries
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0011_merges'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='country',
            field=models.CharField(choices=clearbill.bill.address.countries.choices, default='GB', max_length=2),
        ),
    ]
