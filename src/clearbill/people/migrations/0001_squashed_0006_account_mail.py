"""The tables as the migrations that this one replaces leave them: an empty database is made in one step."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('people', '0001_initial'), ('people', '0002_fewer_indexes'), ('people', '0003_how_to_pay'), ('people', '0004_last_practice'), ('people', '0005_visits_beyond_cover'), ('people', '0006_account_mail')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AccountMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('link', 'a link to a new password'), ('changed', 'it was changed')], max_length=10)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('asked_from', models.GenericIPAddressField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Practice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, verbose_name='name of the practice')),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('address_1', models.CharField(blank=True, max_length=50, verbose_name='address line 1')),
                ('address_2', models.CharField(blank=True, max_length=50, verbose_name='address line 2')),
                ('address_3', models.CharField(blank=True, max_length=50, verbose_name='town or city')),
                ('address_4', models.CharField(blank=True, max_length=50, verbose_name='county')),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('vat_number', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                ('invoice_prefix', models.CharField(default='CB', max_length=3)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('account_name', models.CharField(blank=True, max_length=120)),
                ('account_number', models.CharField(blank=True, max_length=8)),
                ('footer', models.CharField(blank=True, max_length=300, verbose_name='at the foot of each paper')),
                ('reply_to', models.EmailField(blank=True, max_length=254, verbose_name='answers to e-mails go to')),
                ('sort_code', models.CharField(blank=True, max_length=8)),
                ('refuses_unauthorised', models.BooleanField(default=False, verbose_name='refuse visits that the insurer has not authorised')),
            ],
            options={
                'verbose_name_plural': 'the practice',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('full_name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_practice', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'sign-ins and passwords',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NumberSequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('next_value', models.PositiveIntegerField(default=1)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('practice', 'kind'), name='one_sequence_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('administrator', 'Administrator'), ('practitioner', 'Practitioner'), ('receptionist', 'Receptionist'), ('accountant', 'Accountant (read only)')], max_length=20)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'users',
                'constraints': [models.UniqueConstraint(fields=('practice', 'user'), name='one_membership_per_practice')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('full_name', models.CharField(max_length=120)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('administrator', 'Administrator'), ('practitioner', 'Practitioner'), ('receptionist', 'Receptionist'), ('accountant', 'Accountant (read only)')], max_length=20)),
                ('secret_digest', models.CharField(max_length=64, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'indexes': [models.Index(django.db.models.functions.text.Lower('email'), name='invitation_email')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('at', models.DateTimeField()),
                ('by_name', models.CharField(max_length=120)),
                ('action', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.CharField(db_index=True, max_length=40)),
                ('subject_label', models.CharField(blank=True, max_length=200)),
                ('changes', models.JSONField(default=dict)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['practice', '-at'], name='audit_by_practice')],
            },
        ),
    ]
