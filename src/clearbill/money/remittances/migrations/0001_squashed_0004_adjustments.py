"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('remittances', '0001_initial'), ('remittances', '0002_uploads'), ('remittances', '0003_names'), ('remittances', '0004_adjustments')]

    initial = True

    dependencies = [
        ('claims', '0001_squashed_0012_amended_before'),
        ('people', '0001_squashed_0006_account_mail'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('way', models.CharField(choices=[('healthcode', 'Fetched from Healthcode'), ('file', 'A file'), ('typed', 'Typed in')], max_length=10)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('received_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'sha256'), name='one_document_per_content')],
            },
        ),
        migrations.CreateModel(
            name='DocumentPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='remittances.document')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('document', 'position'), name='one_part_per_position')],
            },
        ),
        migrations.CreateModel(
            name='Remittance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('payment_reference', models.CharField(max_length=60)),
                ('payee_number', models.CharField(blank=True, max_length=20)),
                ('announced_at', models.DateTimeField(blank=True, null=True)),
                ('paid_on', models.DateField(blank=True, null=True)),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('reference_key', models.CharField(max_length=60)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remittances', to='remittances.document')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'payments',
                'ordering': ['-paid_on', '-created_at'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'insurer_slug', 'reference_key'), name='one_remittance_per_reference')],
            },
        ),
        migrations.CreateModel(
            name='PaymentAdjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('position', models.PositiveIntegerField()),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('reason', models.CharField(max_length=500)),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('remittance', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='adjustments', to='remittances.remittance')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('remittance', 'key'), name='one_adjustment_per_key')],
            },
        ),
        migrations.CreateModel(
            name='ClaimPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('position', models.PositiveIntegerField()),
                ('invoice_number', models.CharField(blank=True, max_length=40)),
                ('clearing_bill_number', models.CharField(blank=True, max_length=40)),
                ('payor_claim_number', models.CharField(blank=True, max_length=40)),
                ('membership_number', models.CharField(blank=True, max_length=40)),
                ('patient_name', models.CharField(blank=True, max_length=120)),
                ('claimed', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('paid', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('previously_paid', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('short', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='deducted')),
                ('lines', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('new', 'New'), ('allocated', 'Allocated'), ('unmatched', 'Unmatched'), ('set aside', 'Set aside')], default='new', max_length=10)),
                ('why', models.CharField(blank=True, max_length=20)),
                ('aside_reason', models.CharField(blank=True, max_length=500)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('claim', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='advices', to='claims.claim')),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('settled_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('remittance', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='advices', to='remittances.remittance')),
            ],
            options={
                'ordering': ['position'],
                'db_table': 'remittances_advice',
                'indexes': [models.Index(condition=models.Q(('state', 'allocated'), _negated=True), fields=['practice', 'state'], name='advice_to_settle')],
                'constraints': [models.UniqueConstraint(fields=('remittance', 'key'), name='one_advice_per_key'), models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('state', 'allocated')), models.Q(('state', 'allocated'), _negated=True), _connector='OR'), name='allocated_to_a_claim')],
            },
        ),
        migrations.CreateModel(
            name='RemittancePoll',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('next_at', models.DateTimeField(db_index=True)),
                ('fetched_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'db_table': 'remittances_fetch',
                'constraints': [models.UniqueConstraint(fields=('practice', 'insurer_slug'), name='one_fetch_per_insurer')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('answers', models.JSONField(default=dict)),
                ('found', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('open', 'Not decided'), ('taken in', 'Taken in')], default='open', max_length=10)),
                ('came_of_it', models.JSONField(default=dict)),
                ('taken_in_at', models.DateTimeField(blank=True, null=True)),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='upload', to='remittances.document')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('taken_in_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'payment files',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['practice', '-created_at'], name='upload_newest_first')],
            },
        ),
    ]
