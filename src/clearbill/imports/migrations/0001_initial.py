import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clients', '0013_countries_of_before'),
        ('people', '0005_visits_beyond_cover'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FileImport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(max_length=20)),
                ('source', models.CharField(blank=True, max_length=40, verbose_name='where it comes from')),
                ('name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('brought_at', models.DateTimeField()),
                ('answers', models.JSONField(default=dict)),
                ('found', models.JSONField(default=dict)),
                ('shape', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('open', 'To answer'), ('checking', 'Being checked'), ('checked', 'To decide'), ('running', 'Being taken in'), ('stopped', 'Stopped'), ('finished', 'Taken in'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='open', max_length=10)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('is_read', models.BooleanField(default=False)),
                ('served_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('counts', models.JSONField(default=dict)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('started_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'imported files',
                'ordering': ['-brought_at', '-created_at'],
                'indexes': [models.Index(fields=['practice', '-brought_at'], name='import_newest_first'), models.Index(fields=['practice', 'kind', 'sha256'], name='import_by_content'), models.Index(fields=['state', 'served_at'], name='import_in_turn')],
            },
        ),
        migrations.CreateModel(
            name='FileImportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='imports.fileimport')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('file', 'position'), name='one_import_part_per_position')],
            },
        ),
        migrations.CreateModel(
            name='ImportedClient',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('source', models.CharField(blank=True, max_length=40)),
                ('key', models.CharField(max_length=140)),
                ('values', models.JSONField(default=dict)),
                ('authorisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clients.authorisation')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clients.client')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='imports.fileimport')),
                ('policy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clients.policy')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name': 'number in another system',
                'verbose_name_plural': 'numbers in other systems',
                'constraints': [models.UniqueConstraint(fields=('practice', 'source', 'key'), name='one_imported_client_per_key')],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_no', models.PositiveIntegerField()),
                ('verdict', models.CharField(choices=[('new', 'New'), ('double', 'Perhaps here already'), ('changed', 'Changed'), ('conflict', 'Changed here too'), ('unchanged', 'Unchanged'), ('left out', 'Left out'), ('wrong', 'Wrong')], max_length=10)),
                ('state', models.CharField(choices=[('checked', 'checked'), ('chosen', 'chosen'), ('taken in', 'taken in'), ('refused', 'refused'), ('undone', 'undone'), ('kept', 'kept')], default='checked', max_length=10)),
                ('key', models.CharField(blank=True, max_length=60)),
                ('likeness', models.CharField(blank=True, max_length=140)),
                ('values', models.JSONField(default=dict)),
                ('faults', models.JSONField(default=list)),
                ('warnings', models.JSONField(default=list)),
                ('found', models.JSONField(default=dict)),
                ('decision', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('sentence', models.CharField(blank=True, max_length=500)),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='imports.fileimport')),
            ],
            options={
                'ordering': ['row_no'],
                'indexes': [models.Index(fields=['file', 'verdict', 'row_no'], name='import_row_by_verdict'), models.Index(fields=['file', 'state', 'row_no'], name='import_row_by_state'), models.Index(fields=['file', 'likeness'], name='import_row_by_likeness'), models.Index(fields=['file', 'key'], name='import_row_by_key')],
                'constraints': [models.UniqueConstraint(fields=('file', 'row_no'), name='one_import_row_per_row')],
            },
        ),
    ]
