"""What a service cost, and its codes, become its rate without a first day: nobody knows since when they hold."""

from django.db import migrations
from django.db.models import F, Q

from clearbill.bill import dates

AT_ONCE = 1000

KEPT = ("price", "vat_rate", "isc", "procedure_code")


def carry_over(apps, schema_editor):
    alias = schema_editor.connection.alias
    services = apps.get_model("practice", "Service").objects.using(alias)
    rate = apps.get_model("practice", "ServiceRate")
    rows = (
        rate(practice_id=service.practice_id, service_id=service.pk, **{name: getattr(service, name) for name in KEPT})
        for service in services.order_by("pk").iterator(chunk_size=AT_ONCE)
    )
    rate.objects.using(alias).bulk_create(list(rows), AT_ONCE)


def carry_back(apps, schema_editor):
    """A service has one price again: the one of today. Its rates go, those that begin later too."""
    alias = schema_editor.connection.alias
    services = apps.get_model("practice", "Service").objects.using(alias)
    rates = apps.get_model("practice", "ServiceRate").objects.using(alias)
    begun = rates.filter(Q(valid_from=None) | Q(valid_from__lte=dates.today()))
    for row in begun.order_by(F("valid_from").asc(nulls_first=True)):
        services.filter(pk=row.service_id).update(**{name: getattr(row, name) for name in KEPT})
    rates.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0006_service_rates'),
    ]

    operations = [
        migrations.RunPython(carry_over, carry_back),
    ]
