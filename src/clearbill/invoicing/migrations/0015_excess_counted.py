"""Each invoice to an insurer keeps what it took off its policy’s excess; of before, that is what was taken at the visit."""

from decimal import Decimal

from django.db import migrations, models


def count(apps, schema_editor):
    rows = apps.get_model("billing", "Invoice").objects.using(schema_editor.connection.alias)
    taken = rows.exclude(share_of=None).filter(lines__description__endswith=": policy excess, taken at the visit")
    counted = {}
    for share in taken.distinct().order_by("pk"):
        rows.filter(pk=share.pk).update(is_excess=True)
        if share.voided_at is None:
            left = share.net_total - share.credited_total
            counted[share.share_of_id] = counted.get(share.share_of_id, Decimal("0.00")) + left
    for pk, amount in counted.items():
        rows.filter(pk=pk).update(excess_counted=amount)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_papers_of_before"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="excess_counted",
            field=models.DecimalField(
                decimal_places=2,
                default=Decimal("0.00"),
                editable=False,
                help_text="What was taken off the excess still to pay of the policy for this invoice to an insurer.",
                max_digits=10,
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="is_excess",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="A share that was taken at the visit as the policy’s excess.",
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
