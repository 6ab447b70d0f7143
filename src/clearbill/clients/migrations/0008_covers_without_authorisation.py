"""The columns that became authorisations go: they stand in a table of their own."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0007_authorisations_of_covers'),
    ]

    operations = [
        migrations.RemoveField(model_name='policy', name='authorisation_code'),
        migrations.RemoveField(model_name='policy', name='authorisation_from'),
        migrations.RemoveField(model_name='policy', name='authorisation_to'),
        migrations.RemoveField(model_name='policy', name='authorised_sessions'),
    ]
