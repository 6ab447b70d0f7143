"""The refusals that stand so far: of each practitioner and insurer the latest one, where none was accepted since."""

import re

from django.db import migrations
from django.db.models import Q

ACCEPTED = ("Awaiting collection", "Collected by insurer", "Part paid", "Paid", "Declined")

MAPPING_CODES = {"HC-11", "HC-12", "HC-13", "HC-14", "HC-15", "HC-16"}

PROVIDERS = re.compile(r"providers\.|lines\[\d+\]\.service_(?:provider|site)_number$")


def fill(apps, schema_editor):
    accepted = Q(status_after__in=ACCEPTED) & ~Q(status_before__in=ACCEPTED)
    events = apps.get_model("claims", "ClaimEvent").objects.filter(Q(event="refused") | accepted)
    columns = [f"claim__{name}" for name in ("practice_id", "practitioner_id", "insurer_slug")]
    rows = events.order_by("at", "pk").values_list(*columns, "claim_id", "event", "at", "problems")
    standing = {}
    for practice, practitioner, slug, claim, event, at, problems in rows.iterator():
        pair = (practice, practitioner, slug)
        if event != "refused":
            standing.pop(pair, None)
        elif said := [one for one in problems if is_mapping_refusal(one)]:
            standing[pair] = (claim, at, str(said[0].get("message", ""))[:500])
    row = apps.get_model("claims", "MappingRefusal")
    row.objects.bulk_create(
        row(practice_id=practice, practitioner_id=practitioner, insurer_slug=slug, claim_id=claim, at=at, message=said)
        for (practice, practitioner, slug), (claim, at, said) in standing.items()
    )


def is_mapping_refusal(problem):
    code, path = problem.get("code", ""), problem.get("path", "")
    return code in MAPPING_CODES or (code == "HC-00" and bool(PROVIDERS.match(path)))


class Migration(migrations.Migration):
    dependencies = [("claims", "0013_bulk_creation")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
