import django.db.models.deletion
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('billing', '0007_credit_notes_and_mailings'),
        ('people', '0003_how_to_pay'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('remittances', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=60)),
                ('last_digits', models.CharField(blank=True, max_length=4)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'bank accounts',
                'ordering': ['created_at'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'name'), name='one_account_per_name')],
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('arrived', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('arrived_on', models.DateField(blank=True, null=True)),
                ('aside_reason', models.CharField(blank=True, max_length=300)),
                ('aside_at', models.DateTimeField(blank=True, null=True)),
                ('aside_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('remittance', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='arrival', to='remittances.remittance')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('arrived__gte', 0), ('arrived__lte', models.F('amount'))), models.Q(('amount__lt', 0), ('arrived__gte', models.F('amount')), ('arrived__lte', 0)), _connector='OR'), name='arrived_within_amount')],
            },
        ),
        migrations.CreateModel(
            name='BankLine',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('on', models.DateField()),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('description', models.CharField(blank=True, max_length=1000)),
                ('reference', models.CharField(blank=True, max_length=1000)),
                ('fact', models.CharField(max_length=32)),
                ('ordinal', models.PositiveIntegerField()),
                ('csv_id', models.CharField(blank=True, max_length=255)),
                ('ofx_id', models.CharField(blank=True, max_length=255)),
                ('words', models.CharField(blank=True, max_length=60)),
                ('insurer_slug', models.CharField(blank=True, max_length=40, verbose_name='insurer')),
                ('state', models.CharField(choices=[('new', 'Not explained'), ('matched', 'Matched'), ('aside', 'Set aside'), ('out', 'Taken out')], default='new', max_length=8)),
                ('matched', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('aside_reason', models.CharField(blank=True, max_length=300)),
                ('aside_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='bank.account')),
                ('aside_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'ordering': ['-on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payments', models.PositiveIntegerField(default=0)),
                ('practice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
        ),
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.UUIDField(db_index=True)),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=10)),
                ('at', models.DateTimeField()),
                ('why', models.CharField(blank=True, max_length=200)),
                ('is_recorded', models.BooleanField(default=False)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_matches', to='billing.entry')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='bank.bankline')),
                ('practice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
                ('remittance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_matches', to='remittances.remittance')),
                ('undone_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('undone_at__isnull', False)), fields=['practice'], name='match_undone')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', False), ('remittance', None)), models.Q(('entry', None), ('remittance__isnull', False)), _connector='OR'), name='match_to_one_thing'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='match_not_nothing'), models.UniqueConstraint(condition=models.Q(('entry__isnull', False), ('undone_at', None)), fields=('entry',), name='one_match_per_entry')],
            },
        ),
        migrations.CreateModel(
            name='StatementFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('name', models.CharField(max_length=200)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('received_at', models.DateTimeField()),
                ('answers', models.JSONField(default=dict)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('first_on', models.DateField(blank=True, null=True)),
                ('last_on', models.DateField(blank=True, null=True)),
                ('fresh_lines', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='bank.account')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'bank statements',
                'ordering': ['-received_at'],
                'constraints': [models.UniqueConstraint(fields=('practice', 'sha256'), name='one_statement_per_content')],
            },
        ),
        migrations.AddField(
            model_name='bankline',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='bank.statementfile'),
        ),
        migrations.CreateModel(
            name='UsualLine',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('words', models.CharField(max_length=60, verbose_name='words on the lines')),
                ('reason', models.CharField(max_length=300)),
                ('is_money_in', models.BooleanField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.practice')),
            ],
            options={
                'verbose_name_plural': 'everyday bank lines',
                'constraints': [models.UniqueConstraint(fields=('practice', 'words', 'is_money_in'), name='one_usual_line_per_words')],
            },
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['practice', '-on', '-id'], name='line_by_day'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['practice', 'state', 'amount'], name='line_by_state'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['practice', 'words'], name='line_by_words'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.UniqueConstraint(fields=('account', 'fact', 'ordinal'), name='one_line_per_fact'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.UniqueConstraint(condition=models.Q(('csv_id', ''), _negated=True), fields=('account', 'csv_id'), name='one_line_per_csv_id'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.UniqueConstraint(condition=models.Q(('ofx_id', ''), _negated=True), fields=('account', 'ofx_id'), name='one_line_per_ofx_id'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('matched__gte', 0), ('matched__lte', models.F('amount'))), models.Q(('amount__lt', 0), ('matched__gte', models.F('amount')), ('matched__lte', 0)), _connector='OR'), name='line_matched_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'matched'), _negated=True), ('matched', models.F('amount')), _connector='OR'), name='line_matched_is_explained'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'out'), _negated=True), ('matched', 0), _connector='OR'), name='line_taken_out_is_not_matched'),
        ),
    ]
