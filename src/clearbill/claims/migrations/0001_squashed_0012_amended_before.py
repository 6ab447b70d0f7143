"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('claims', '0001_initial'), ('claims', '0002_leases_and_evidence'), ('claims', '0003_bill_as_sent'), ('claims', '0004_batch'), ('claims', '0005_fewer_indexes'), ('claims', '0006_claim_by_number'), ('claims', '0007_bills_in_turn'), ('claims', '0008_work_of_a_sending'), ('claims', '0009_names'), ('claims', '0010_bulk_submissions_side_by_side'), ('claims', '0011_agreement'), ('claims', '0012_amended_before')]

    initial = True

    dependencies = [
        ('billing', '0001_squashed_0008_invoice_short'),
        ('people', '0001_squashed_0006_account_mail'),
        ('practice', '0001_squashed_0009_missed_visits_by_day'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkSubmission',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('total', models.PositiveIntegerField()),
                ('net_total', models.DecimalField(decimal_places=2, max_digits=12)),
                ('state', models.CharField(choices=[('running', 'running'), ('stopped', 'stopped'), ('finished', 'finished')], default='running', max_length=10)),
                ('started_at', models.DateTimeField()),
                ('served_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_because', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('stopped_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'claims submitted together',
                'ordering': ['-started_at'],
                'db_table': 'claims_batch',
                'indexes': [models.Index(fields=['state', 'served_at'], name='batch_in_turn')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('number', models.CharField(max_length=20)),
                ('insurer_slug', models.CharField(db_index=True, max_length=40, verbose_name='insurer')),
                ('payee_reason', models.CharField(blank=True, max_length=300)),
                ('status', models.CharField(choices=[('Created', 'Created'), ('Submitted', 'Submitted'), ('Unknown (checking)', 'Unknown (checking)'), ('Awaiting collection', 'Awaiting collection'), ('Collected by insurer', 'Collected by insurer'), ('Rejected', 'Rejected'), ('Part paid', 'Part paid'), ('Paid', 'Paid'), ('Declined', 'Declined'), ('Cancelled', 'Cancelled')], default='Created', max_length=24)),
                ('is_current', models.BooleanField(default=True)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('bill', models.JSONField()),
                ('net_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('blocking_count', models.PositiveSmallIntegerField(default=0)),
                ('warning_count', models.PositiveSmallIntegerField(default=0)),
                ('treated_on', models.DateField(blank=True, null=True)),
                ('bill_by_on', models.DateField(blank=True, null=True)),
                ('submitted_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('status_at', models.DateTimeField()),
                ('status_source', models.CharField(default='practice', max_length=20)),
                ('house_status', models.CharField(blank=True, max_length=24)),
                ('waiting_reason', models.CharField(blank=True, max_length=300)),
                ('clearing_bill_number', models.CharField(blank=True, max_length=50)),
                ('reference', models.CharField(blank=True, max_length=25)),
                ('last_checked_at', models.DateTimeField(blank=True, null=True)),
                ('next_check_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('check_count', models.PositiveIntegerField(default=0)),
                ('house_status_at', models.DateTimeField(blank=True, null=True)),
                ('is_restored', models.BooleanField(default=False, help_text='It stood in a backup: Healthcode is asked about it before anything is sent.')),
                ('amended_by_hand', models.JSONField(blank=True, default=dict, help_text='The paths that were amended on the claim, with what was collected there.')),
                ('is_stale', models.BooleanField(default=False, help_text='What it is checked against has changed since its problems were counted.')),
                ('repeat_allowed_at', models.DateTimeField(blank=True, null=True)),
                ('repeat_invoices', models.JSONField(blank=True, default=list, help_text='The ids of the invoices that bill the same and may, beside this claim.')),
                ('repeat_reason', models.CharField(blank=True, max_length=300, verbose_name='why it is billed again')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='billing.invoice')),
                ('payee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.payee')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.practitioner')),
                ('repeat_allowed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='claims.claim')),
                ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['practice', 'is_current', 'status'], name='claim_by_status'), models.Index(fields=['practice', '-created_at'], name='claim_by_age'), models.Index(fields=['practice', 'number'], name='claim_by_number')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('invoice',), name='one_current_claim'), models.UniqueConstraint(condition=models.Q(('status', 'Cancelled'), _negated=True), fields=('practice', 'number'), name='one_claim_per_number')],
            },
        ),
        migrations.CreateModel(
            name='BulkSubmissionEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('taken', 'taken'), ('queued', 'queued'), ('refused', 'refused'), ('left', 'left')], default='waiting', max_length=10)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('sentence', models.CharField(blank=True, max_length=500)),
                ('problems', models.JSONField(default=list)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='claims.bulksubmission')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batch_entries', to='claims.claim')),
            ],
            options={
                'ordering': ['pk'],
                'db_table': 'claims_batchentry',
                'indexes': [models.Index(fields=['batch', 'state'], name='batch_entry_state')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'claim'), name='one_entry_per_claim')],
            },
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operation', models.CharField(max_length=30)),
                ('reference', models.CharField(blank=True, max_length=25)),
                ('sent', models.BinaryField()),
                ('received', models.BinaryField()),
                ('http_status', models.PositiveSmallIntegerField(null=True)),
                ('started_at', models.DateTimeField()),
                ('seconds', models.FloatField(default=0)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('outcome', models.CharField(blank=True, max_length=20, verbose_name='what came of it')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exchanges', to='claims.claim')),
            ],
            options={
                'ordering': ['started_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ClaimEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30)),
                ('status_before', models.CharField(blank=True, max_length=24)),
                ('status_after', models.CharField(max_length=24)),
                ('source', models.CharField(max_length=20, verbose_name='from')),
                ('note', models.CharField(blank=True, max_length=500)),
                ('problems', models.JSONField(default=list)),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='claims.claim')),
                ('exchange', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='claims.exchange')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('reference', models.CharField(max_length=25, unique=True)),
                ('document', models.BinaryField()),
                ('state', models.CharField(choices=[('ready', 'ready'), ('sending', 'sending'), ('done', 'done'), ('refused', 'refused'), ('uncertain', 'uncertain'), ('withdrawn', 'withdrawn')], default='ready', max_length=10)),
                ('ready_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('may_have_arrived', models.BooleanField(default=False)),
                ('worker', models.CharField(blank=True, max_length=80)),
                ('bill', models.JSONField(null=True)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outbox', to='claims.claim')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['ready_at', 'pk'],
                'indexes': [models.Index(fields=['state', 'taken_at'], name='outbox_taken'), models.Index(condition=models.Q(('state', 'ready')), fields=['practice', 'ready_at', 'id'], name='outbox_in_turn')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['ready', 'sending', 'uncertain'])), fields=('claim',), name='one_open_row_per_claim')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(max_length=30)),
                ('sentence', models.CharField(max_length=500)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settlement', models.CharField(blank=True, max_length=500, verbose_name='what was done')),
                ('reference', models.CharField(blank=True, max_length=25)),
                ('claim', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='work_items', to='claims.claim')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'work without a claim',
                'ordering': ['created_at'],
                'db_table': 'claims_workitem',
            },
        ),
    ]
