"""A client may have several policies, each with days of its own, and several authorisations under each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0005_search_terms_of_before'),
    ]

    operations = [
        migrations.AlterModelTable(name='cover', table='clients_cover'),
        migrations.RenameModel(old_name='Cover', new_name='Policy'),
        migrations.AlterField(
            model_name='policy',
            name='client',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='clients.client'),
        ),
        migrations.AddField(
            model_name='policy',
            name='valid_from',
            field=models.DateField(blank=True, null=True, verbose_name='cover valid from'),
        ),
        migrations.AddField(
            model_name='policy',
            name='holder_name',
            field=models.CharField(blank=True, max_length=100, verbose_name='policy holder'),
        ),
        migrations.AddField(
            model_name='policy',
            name='holder_relation',
            field=models.CharField(blank=True, max_length=40, verbose_name='the client is the holder’s'),
        ),
        migrations.AddField(
            model_name='policy',
            name='is_primary',
            field=models.BooleanField(default=True, verbose_name='primary policy'),
        ),
        migrations.AddField(
            model_name='policy',
            name='excess',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='excess per policy year'),
        ),
        migrations.AddField(
            model_name='policy',
            name='policy_year_from',
            field=models.DateField(blank=True, null=True, verbose_name='policy year began on'),
        ),
        migrations.AddField(
            model_name='policy',
            name='entered_in_error',
            field=models.BooleanField(default=False, verbose_name='entered by mistake'),
        ),
        migrations.AlterModelOptions(
            name='policy',
            options={'ordering': [models.OrderBy(models.F('valid_to'), descending=True, nulls_first=True), models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), 'pk'], 'verbose_name_plural': 'insurance policies'},
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('excess__gte', 0)), name='yearly_excess_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='policy_ends_after_it_begins'),
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
    ]
