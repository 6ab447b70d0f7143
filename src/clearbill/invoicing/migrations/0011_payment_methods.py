"""How a client paid, beside the entry of the payment and on the invoice for what was paid before it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0010_policy_chosen'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentMethod',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='method', serialize=False, to='billing.ledgerentry')),
                ('method', models.CharField(choices=[('cash', 'Cash'), ('card', 'Card'), ('transfer', 'Bank transfer'), ('cheque', 'Cheque'), ('direct debit', 'Direct debit'), ('other', 'Other')], max_length=12, verbose_name='paid by')),
            ],
        ),
        migrations.AddField(
            model_name='invoice',
            name='patient_paid_method',
            field=models.CharField(blank=True, choices=[('cash', 'Cash'), ('card', 'Card'), ('transfer', 'Bank transfer'), ('cheque', 'Cheque'), ('direct debit', 'Direct debit'), ('other', 'Other')], max_length=12, verbose_name='patient already paid by'),
        ),
    ]
