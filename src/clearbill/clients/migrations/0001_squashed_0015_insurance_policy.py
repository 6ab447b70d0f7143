"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import clearbill.bill.address.countries
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('clients', '0001_initial'), ('clients', '0002_excess_left'), ('clients', '0003_member_list_answers'), ('clients', '0004_search_terms'), ('clients', '0005_search_terms_of_before'), ('clients', '0006_policies'), ('clients', '0007_authorisations_of_covers'), ('clients', '0008_covers_without_authorisation'), ('clients', '0009_numbers_in_capitals'), ('clients', '0010_policy_years'), ('clients', '0011_merges'), ('clients', '0012_country'), ('clients', '0013_countries_of_before'), ('clients', '0014_two_people'), ('clients', '0015_insurance_policy')]

    initial = True

    dependencies = [
        ('people', '0001_squashed_0006_account_mail'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('number', models.CharField(max_length=20)),
                ('title', models.CharField(blank=True, max_length=20)),
                ('first_name', models.CharField(max_length=50)),
                ('other_names', models.CharField(blank=True, max_length=50)),
                ('last_name', models.CharField(max_length=50)),
                ('birth_date', models.DateField(blank=True, null=True)),
                ('sex', models.CharField(blank=True, choices=[('F', 'Female'), ('M', 'Male'), ('O', 'Other'), ('U', 'Not known')], max_length=1)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('address_1', models.CharField(blank=True, max_length=50, verbose_name='address line 1')),
                ('address_2', models.CharField(blank=True, max_length=50, verbose_name='address line 2')),
                ('address_3', models.CharField(blank=True, max_length=50, verbose_name='address line 3')),
                ('address_4', models.CharField(blank=True, max_length=50, verbose_name='address line 4')),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('gp_name', models.CharField(blank=True, max_length=120, verbose_name='GP')),
                ('notes', models.TextField(blank=True, max_length=4000)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('country', models.CharField(choices=clearbill.bill.address.countries.choices, default='GB', max_length=2)),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['last_name', 'first_name', 'number'],
                'indexes': [models.Index(models.F('practice'), django.db.models.functions.text.Lower('last_name'), django.db.models.functions.text.Lower('first_name'), name='client_by_name'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='client_merged_into')],
                'constraints': [models.UniqueConstraint(fields=('practice', 'number'), name='one_client_per_number')],
            },
        ),
        migrations.CreateModel(
            name='ClientDiagnosis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=10)),
                ('scheme', models.CharField(default='ICD10', max_length=5)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='diagnoses', to='clients.client')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('client', 'scheme', 'code'), name='one_diagnosis_per_code')],
            },
        ),
        migrations.CreateModel(
            name='ClientMerge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('merged_at', models.DateTimeField()),
                ('taken_apart_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merged', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.client')),
                ('taken_apart_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-merged_at', '-created_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('taken_apart_at', None)), fields=('merged',), name='merged_into_one_only')],
            },
        ),
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
        migrations.CreateModel(
            name='MergeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=60)),
                ('row_id', models.CharField(max_length=40)),
                ('field', models.CharField(max_length=40)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('merge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='clients.clientmerge')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('insurer_slug', models.CharField(db_index=True, max_length=40, verbose_name='Insurance Provider')),
                ('membership_number', models.CharField(max_length=50)),
                ('scheme', models.CharField(blank=True, max_length=200)),
                ('group_number', models.CharField(blank=True, max_length=50)),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='cover valid to')),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('excess_left', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='excess still to pay')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='cover valid from')),
                ('holder_name', models.CharField(blank=True, max_length=100, verbose_name='policy holder')),
                ('holder_relation', models.CharField(blank=True, max_length=40, verbose_name='the client is the holder’s')),
                ('is_primary', models.BooleanField(default=True, verbose_name='primary policy')),
                ('excess', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='excess per policy year')),
                ('policy_year_from', models.DateField(blank=True, null=True, verbose_name='policy year began on')),
                ('entered_in_error', models.BooleanField(default=False, verbose_name='entered by mistake')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='clients.client')),
            ],
            options={
                'db_table': 'clients_cover',
                'ordering': [models.OrderBy(models.F('valid_to'), descending=True, nulls_first=True), models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), 'pk'],
                'verbose_name_plural': 'insurance policies',
                'verbose_name': 'insurance policy',
                'constraints': [models.CheckConstraint(condition=models.Q(('membership_number', ''), _negated=True), name='membership_number_given'), models.CheckConstraint(condition=models.Q(('excess_left__gte', 0)), name='excess_is_not_negative'), models.CheckConstraint(condition=models.Q(('excess__gte', 0)), name='yearly_excess_is_not_negative'), models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='policy_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Authorisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=50, verbose_name='Authorisation Code')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='authorised from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='authorised to')),
                ('sessions', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='authorised sessions')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='authorised amount')),
                ('body_area', models.CharField(blank=True, max_length=100)),
                ('codes', models.CharField(blank=True, max_length=200, verbose_name='item codes')),
                ('contact', models.CharField(blank=True, max_length=120, verbose_name='contact at the insurer')),
                ('note', models.CharField(blank=True, max_length=500)),
                ('entered_in_error', models.BooleanField(default=False, verbose_name='entered by mistake')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='authorisations', to='clients.policy')),
            ],
            options={
                'ordering': [models.OrderBy(models.F('valid_from'), nulls_first=True), 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='authorised_amount_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='PolicyYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins', models.DateField(verbose_name='policy year began on')),
                ('excess', models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name='excess per policy year')),
                ('excess_left', models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name='excess still to pay')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='years', to='clients.policy')),
            ],
            options={
                'ordering': ['-begins'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'begins'), name='one_row_per_policy_year'), models.CheckConstraint(condition=models.Q(('excess_left__gte', 0)), name='year_excess_left_is_not_negative')],
            },
        ),
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
        migrations.CreateModel(
            name='TwoPeople',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('said_at', models.DateTimeField()),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clients.client')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clients.client')),
            ],
            options={
                'ordering': ['-said_at', '-created_at'],
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='two_people_said_once')],
            },
        ),
    ]
