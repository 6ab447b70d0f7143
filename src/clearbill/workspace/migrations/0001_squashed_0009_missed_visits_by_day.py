"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('practice', '0001_initial'), ('practice', '0002_connection_pause'), ('practice', '0003_names'), ('practice', '0004_numbers_in_capitals'), ('practice', '0005_missed_visits'), ('practice', '0006_service_rates'), ('practice', '0007_rates_of_services'), ('practice', '0008_services_without_price'), ('practice', '0009_missed_visits_by_day')]

    initial = True

    dependencies = [
        ('people', '0001_squashed_0006_account_mail'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Payee',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('person', 'An individual practitioner'), ('organisation', 'An organisation or clinic')], max_length=12, verbose_name='who is paid')),
                ('number', models.CharField(blank=True, max_length=20, verbose_name='Healthcode ID')),
                ('is_default', models.BooleanField(default=False, verbose_name='default')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['kind', 'name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('practice',), name='one_default_payee')],
            },
        ),
        migrations.CreateModel(
            name='PayeeNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('number', models.CharField(max_length=20)),
                ('payee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='numbers', to='practice.payee')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('payee', 'insurer_slug'), name='one_payee_number_per_insurer')],
            },
        ),
        migrations.CreateModel(
            name='Practitioner',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=120)),
                ('profession', models.CharField(blank=True, max_length=80)),
                ('registration_body', models.CharField(blank=True, choices=[('HCPC', 'HCPC'), ('GMC', 'GMC')], max_length=10)),
                ('registration_number', models.CharField(blank=True, max_length=20)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('membership', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='practitioner', to='people.membership')),
                ('payee', models.ForeignKey(blank=True, help_text='Whose payee this practitioner’s work is billed under; empty means the practice’s default.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='practitioners', to='practice.payee')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PayeeException',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('payee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='practice.payee')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('practitioner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='practice.practitioner')),
            ],
            options={
                'ordering': ['insurer_slug', 'pk'],
                'db_table': 'practice_payeerule',
                'constraints': [models.UniqueConstraint(fields=('practice', 'insurer_slug', 'practitioner'), name='one_payee_rule'), models.UniqueConstraint(condition=models.Q(('practitioner', None)), fields=('practice', 'insurer_slug'), name='one_payee_rule_for_all')],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=120)),
                ('duration_minutes', models.PositiveSmallIntegerField(default=30, verbose_name='duration in minutes')),
                ('setting', models.CharField(choices=[('O', 'Out-patient'), ('D', 'Day case'), ('I', 'In-patient')], default='O', max_length=1)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ServiceRate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='first day')),
                ('price', models.DecimalField(decimal_places=2, max_digits=10)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=5)),
                ('isc', models.CharField(blank=True, max_length=20, verbose_name='ISC')),
                ('procedure_code', models.CharField(blank=True, max_length=20)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='practice.service')),
            ],
            options={
                'ordering': [models.OrderBy(models.F('valid_from'), nulls_first=True)],
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='service_rate_not_negative'), models.UniqueConstraint(fields=('service', 'valid_from'), name='one_service_rate_from_a_day'), models.UniqueConstraint(condition=models.Q(('valid_from', None)), fields=('service',), name='one_service_rate_from_ever')],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=120)),
                ('site_number', models.CharField(blank=True, max_length=32)),
                ('address_1', models.CharField(blank=True, max_length=50, verbose_name='address line 1')),
                ('address_2', models.CharField(blank=True, max_length=50, verbose_name='address line 2')),
                ('address_3', models.CharField(blank=True, max_length=50, verbose_name='address line 3')),
                ('address_4', models.CharField(blank=True, max_length=50, verbose_name='address line 4')),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('is_default', models.BooleanField(default=False, verbose_name='default')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('practice',), name='one_default_site')],
            },
        ),
        migrations.CreateModel(
            name='ProviderNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32)),
                ('insurer_slug', models.CharField(blank=True, max_length=40, verbose_name='insurer')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='numbers', to='practice.practitioner')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='practice.site')),
            ],
            options={
                'ordering': ['insurer_slug', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('practitioner', 'insurer_slug', 'site'), name='one_number_per_scope'), models.UniqueConstraint(condition=models.Q(('site', None)), fields=('practitioner', 'insurer_slug'), name='one_number_for_all_sites')],
            },
        ),
        migrations.AddField(
            model_name='practitioner',
            name='site',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='practice.site'),
        ),
        migrations.CreateModel(
            name='CancellationPolicy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('missed_rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='did not attend: share of the price')),
                ('missed_sum', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='did not attend: fixed sum')),
                ('late_rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='cancelled late: share of the price')),
                ('late_sum', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='cancelled late: fixed sum')),
                ('late_hours', models.PositiveSmallIntegerField(default=24, verbose_name='late is less than so many hours before')),
                ('missed_words', models.CharField(default='Missed appointment', max_length=100, verbose_name='on the invoice: did not attend')),
                ('late_words', models.CharField(default='Late cancellation', max_length=100, verbose_name='on the invoice: cancelled late')),
                ('vat_rate', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=5)),
                ('applies_from', models.DateField(verbose_name='for visits from')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'missed visits',
                'ordering': ['applies_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('missed_rate', None), ('missed_sum', None), _connector='OR'), name='missed_is_rate_or_sum'), models.CheckConstraint(condition=models.Q(('late_rate', None), ('late_sum', None), _connector='OR'), name='late_is_rate_or_sum'), models.UniqueConstraint(fields=('practice', 'applies_from'), name='one_cancellation_policy_from_a_day')],
            },
        ),
        migrations.CreateModel(
            name='CodeEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(choices=[('isc', 'ISC'), ('procedure', 'Procedure code')], max_length=10)),
                ('code', models.CharField(max_length=20)),
                ('title', models.CharField(max_length=200)),
                ('price', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ('is_sample', models.BooleanField(default=False)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['kind', 'code'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'kind', 'code'), name='one_entry_per_code')],
            },
        ),
        migrations.CreateModel(
            name='HealthcodeConnection',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('environment', models.CharField(choices=[('test', 'Test'), ('live', 'Live')], max_length=4)),
                ('site_id', models.CharField(max_length=7, verbose_name='Site ID')),
                ('user_id', models.CharField(max_length=60, verbose_name='User ID')),
                ('api_key_encrypted', models.TextField()),
                ('api_key_id', models.CharField(blank=True, max_length=80, verbose_name='API Key Id')),
                ('rest_api_key_encrypted', models.TextField(blank=True)),
                ('connected_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField()),
                ('refusal', models.CharField(blank=True, max_length=300)),
                ('not_answering_since', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('served_at', models.DateTimeField(blank=True, null=True)),
                ('connected_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'Healthcode connection',
                'constraints': [models.UniqueConstraint(fields=('practice',), name='one_connection_per_practice')],
            },
        ),
        migrations.CreateModel(
            name='InsurerSetting',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('insurer_slug', models.CharField(max_length=40, verbose_name='insurer')),
                ('healthcode_id', models.CharField(blank=True, max_length=3, verbose_name='Healthcode’s identifier')),
                ('controlling_specialist_number', models.CharField(blank=True, max_length=32, verbose_name='practitioner ID for every bill to this insurer')),
                ('diagnosis_scheme', models.CharField(choices=[('ICD10', 'ICD-10'), ('ICD9', 'ICD-9')], default='ICD10', max_length=5, verbose_name='diagnosis codes')),
                ('is_billed', models.BooleanField(default=True, verbose_name='the practice bills this insurer')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'insurers',
                'ordering': ['insurer_slug'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'insurer_slug'), name='one_setting_per_insurer')],
            },
        ),
    ]
