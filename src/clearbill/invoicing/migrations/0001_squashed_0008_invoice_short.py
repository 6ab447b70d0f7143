"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('billing', '0001_initial'), ('billing', '0002_books'), ('billing', '0003_payments_become_entries'), ('billing', '0004_no_payments'), ('billing', '0005_entry_advice_entry_code_entry_entry_by_advice'), ('billing', '0006_credits_and_shares'), ('billing', '0007_credit_notes_and_mailings'), ('billing', '0008_invoice_short')]

    initial = True

    dependencies = [
        ('clients', '0001_squashed_0015_insurance_policy'),
        ('diary', '0001_squashed_0003_cancelled_when'),
        ('people', '0001_squashed_0006_account_mail'),
        ('practice', '0001_squashed_0009_missed_visits_by_day'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('number', models.CharField(max_length=20)),
                ('insurer_slug', models.CharField(blank=True, db_index=True, max_length=40, verbose_name='billed to')),
                ('issued_on', models.DateField(db_index=True)),
                ('gross_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('discount_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('vat_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('patient_paid', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='patient already paid')),
                ('net_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='void since')),
                ('paid_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='paid')),
                ('short_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='short')),
                ('written_off_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='written off')),
                ('credited_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10, verbose_name='credited')),
                ('open_total', models.GeneratedField(db_persist=True, expression=django.db.models.functions.math.Round(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('net_total'), '-', models.F('credited_total')), '-', models.F('paid_total')), '-', models.F('short_total')), '-', models.F('written_off_total')), 2), output_field=models.DecimalField(decimal_places=2, max_digits=12))),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.practitioner')),
                ('share_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='billing.invoice', verbose_name='share of invoice')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.site')),
            ],
            options={
                'ordering': ['-issued_on', '-number'],
                'indexes': [models.Index(fields=['practice', 'short_total'], name='invoice_short')],
                'constraints': [models.UniqueConstraint(fields=('practice', 'number'), name='one_invoice_per_number'), models.CheckConstraint(condition=models.Q(('net_total', django.db.models.functions.math.Round(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross_total'), '-', models.F('discount_total')), '+', models.F('vat_total')), '-', models.F('patient_paid')), 2))), name='invoice_totals_add_up'), models.CheckConstraint(condition=models.Q(('share_of', None), ('insurer_slug', ''), _connector='OR'), name='share_is_the_clients')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('on', models.DateField()),
                ('kind', models.CharField(choices=[('paid', 'Paid'), ('short', 'Short'), ('written off', 'Written off'), ('credited', 'Credited')], max_length=12)),
                ('source', models.CharField(choices=[('patient', 'The patient'), ('insurer', 'The insurer'), ('practice', 'The practice')], max_length=8, verbose_name='from')),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('advice', models.BigIntegerField(blank=True, null=True)),
                ('code', models.CharField(blank=True, max_length=20)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('takes_back', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='billing.entry')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.invoice')),
            ],
            options={
                'ordering': ['on', 'pk'],
                'indexes': [models.Index(condition=models.Q(('advice__isnull', False)), fields=['advice'], name='entry_by_advice')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='entry_not_nothing')],
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('number', models.CharField(max_length=20)),
                ('issued_on', models.DateField()),
                ('reason', models.CharField(max_length=300)),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('vat_total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_note', to='billing.entry')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice')),
            ],
            options={
                'ordering': ['issued_on', 'number'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'number'), name='one_credit_note_per_number'), models.CheckConstraint(condition=models.Q(('total__gt', 0), ('vat_total__gte', 0)), name='credit_note_not_nothing')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('description', models.CharField(max_length=200)),
                ('item_code', models.CharField(blank=True, max_length=20)),
                ('procedure_code', models.CharField(blank=True, max_length=20)),
                ('setting', models.CharField(default='O', max_length=1)),
                ('treated_on', models.DateField()),
                ('units', models.PositiveSmallIntegerField(default=1)),
                ('unit_price', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('gross', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('discount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=5)),
                ('vat', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('net', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('appointment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoice_lines', to='diary.appointment')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practice.service')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('net__gte', 0)), name='line_net_not_negative'), models.CheckConstraint(condition=models.Q(('net', django.db.models.functions.math.Round(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('gross'), '-', models.F('discount')), '+', models.F('vat')), 2))), name='line_adds_up')],
            },
        ),
        migrations.CreateModel(
            name='CreditNoteLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('vat', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('credit_note', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.creditnote')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.invoiceline')),
            ],
            options={
                'ordering': ['line__position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('credit_note', 'line'), name='one_credit_per_line'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('vat__gte', 0), ('vat__lte', models.F('amount'))), name='credit_of_a_line')],
            },
        ),
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(choices=[('invoice', 'Invoice'), ('credit note', 'Credit note'), ('receipt', 'Receipt'), ('statement', 'Statement')], max_length=12)),
                ('subject_id', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=60)),
                ('to', models.EmailField(max_length=254)),
                ('started_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('is_printed', models.BooleanField(default=False)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['-started_at'],
                'indexes': [models.Index(fields=['practice', 'kind', 'subject_id'], name='mailing_by_subject')],
            },
        ),
    ]
