"""Claims that wait know what was amended on them by hand, from the audit trail, and are checked again."""

from django.db import migrations

CHANGED, COLLECTED = "changed the claim", "collected the claim’s data again"


def fill(apps, schema_editor):
    claims = apps.get_model("claims", "Claim").objects
    entries = apps.get_model("people", "AuditEntry").objects
    waiting = claims.filter(status__in=["Created", "Rejected"], is_current=True)
    for pk, practice in waiting.values_list("pk", "practice_id"):
        by_hand = {}
        told = entries.filter(
            practice=practice, subject_type="claim", subject_id=str(pk), action__in=[CHANGED, COLLECTED]
        )
        for action, changes in told.order_by("pk").values_list("action", "changes"):
            by_hand = {} if action == COLLECTED else by_hand
            for path, pair in changes.items() if action == CHANGED else ():
                if isinstance(pair, list) and len(pair) == 2 and not path.startswith("diagnoses"):
                    by_hand.setdefault(path, pair[0])
        claims.filter(pk=pk).update(amended_by_hand=by_hand)
    claims.filter(status="Created").update(is_stale=True)


class Migration(migrations.Migration):
    dependencies = [("claims", "0011_agreement"), ("people", "0003_how_to_pay")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
