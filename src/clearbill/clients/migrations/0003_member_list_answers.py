"""What insurers’ member lists answered about clients, kept with the day."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0002_excess_left'),
        ('people', '0003_how_to_pay'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MemberListAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('membership_number', models.CharField(max_length=50)),
                ('asked_at', models.DateTimeField()),
                ('outcome', models.CharField(max_length=12, verbose_name='what came of it')),
                ('sentence', models.CharField(max_length=500)),
                ('cover_from', models.DateField(blank=True, null=True)),
                ('cover_to', models.DateField(blank=True, null=True)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='member_answers', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['-asked_at'],
                'indexes': [models.Index(fields=['client', '-asked_at'], name='member_answer_latest')],
            },
        ),
    ]
