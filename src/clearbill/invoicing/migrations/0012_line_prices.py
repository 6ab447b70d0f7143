"""A line keeps what its price was by rule, where that came from, and why it is billed at another one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0011_payment_methods'),
        ('practice', '0008_services_without_price'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoiceline',
            name='price_basis',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='price_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='reason for another price'),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='rule_price',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True),
        ),
    ]
