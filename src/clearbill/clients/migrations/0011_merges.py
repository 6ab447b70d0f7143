"""Two records of one person become one: which went into which, and what that changed, so that it can be taken back."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0010_policy_years'),
        ('people', '0005_visits_beyond_cover'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientMerge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merged_at', models.DateTimeField()),
                ('taken_apart_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-merged_at', '-created_at'],
            },
        ),
        migrations.CreateModel(
            name='MergeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=60)),
                ('row_id', models.CharField(max_length=40)),
                ('field', models.CharField(max_length=40)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='client',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='client_merged_into'),
        ),
        migrations.AddField(
            model_name='clientmerge',
            name='by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clientmerge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client'),
        ),
        migrations.AddField(
            model_name='clientmerge',
            name='practice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice'),
        ),
        migrations.AddField(
            model_name='clientmerge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client'),
        ),
        migrations.AddField(
            model_name='clientmerge',
            name='taken_apart_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mergechange',
            name='merge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='clients.clientmerge'),
        ),
        migrations.AddConstraint(
            model_name='clientmerge',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_apart_at', None)), fields=('merged',), name='merged_into_one_only'),
        ),
    ]
