"""A policy is called an insurance policy, one as well as several. Nothing that is stored changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0014_two_people'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='policy',
            options={'ordering': [models.OrderBy(models.F('valid_to'), descending=True, nulls_first=True), models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), 'pk'], 'verbose_name': 'insurance policy', 'verbose_name_plural': 'insurance policies'},
        ),
    ]
