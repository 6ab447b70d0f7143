"""Claims created of many invoices in one action; practitioners whom Healthcode or an insurer does not know."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_names'),
        ('claims', '0012_amended_before'),
        ('people', '0003_how_to_pay'),
        ('practice', '0003_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkCreation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('total', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('running', 'running'), ('stopped', 'stopped'), ('finished', 'finished')], default='running', max_length=10)),
                ('started_at', models.DateTimeField()),
                ('served_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'claims created together',
                'ordering': ['-started_at'],
            "indexes": [models.Index(fields=['state', 'served_at'], name='creation_in_turn')], },
        ),
        migrations.CreateModel(
            name='BulkCreationEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('created', 'created'), ('refused', 'refused'), ('left', 'left')], default='waiting', max_length=10)),
                ('sentence', models.CharField(blank=True, max_length=500)),
                ('claim', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='claims.claim')),
                ('creation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='claims.bulkcreation')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='billing.invoice')),
            ],
            options={
                'ordering': ['pk'],
            "indexes": [models.Index(fields=['creation', 'state'], name='creation_entry_state')], "constraints": [models.UniqueConstraint(fields=('creation', 'invoice'), name='one_entry_per_invoice')], },
        ),
        migrations.CreateModel(
            name='MappingRefusal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('at', models.DateTimeField()),
                ('message', models.CharField(max_length=500)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='claims.claim')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='practice.practitioner')),
            ],
            options={
                'ordering': ['-at'],
            "constraints": [models.UniqueConstraint(fields=('practice', 'practitioner', 'insurer_slug'), name='one_refusal_per_pair')], },
        ),
        ]
