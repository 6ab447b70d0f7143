"""What clients are found by, whatever the accents, apostrophes, letter case or letter form."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0003_member_list_answers'),
        ('people', '0003_how_to_pay'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term', models.CharField(max_length=70)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clients.client')),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'indexes': [models.Index(fields=['practice', 'term', 'client'], name='client_by_term'), models.Index(fields=['term'], name='term_by_beginning', opclasses=['varchar_pattern_ops'])],
            },
        ),
    ]
