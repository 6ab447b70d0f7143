"""A practice says what becomes of a visit that the insurer has not authorised."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_last_practice'),
    ]

    operations = [
        migrations.AddField(
            model_name='practice',
            name='refuses_unauthorised',
            field=models.BooleanField(default=False, verbose_name='refuse visits that the insurer has not authorised'),
        ),
    ]
