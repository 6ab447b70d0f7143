"""When the appointments were cancelled that are: the audit trail has kept it all along."""

from django.db import migrations

AT_ONCE = 1000


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    rows = apps.get_model("diary", "Appointment").objects.using(alias).filter(state="cancelled")
    trail = apps.get_model("people", "AuditEntry").objects.using(alias)
    cancelled = trail.filter(subject_type="appointment", action="cancelled the appointment").order_by("at")
    for pk in list(rows.order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE)):
        at = cancelled.filter(subject_id=str(pk)).values_list("at", flat=True).last()
        if at is not None:
            rows.filter(pk=pk).update(cancelled_at=at)


class Migration(migrations.Migration):
    dependencies = [("diary", "0002_missed_visits"), ("people", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
