"""What an insurer authorised stood on the cover itself: each becomes an authorisation under its policy."""

from django.db import migrations
from django.db.models import Q

AT_ONCE = 1000


def carry_over(apps, schema_editor):
    policies = apps.get_model("clients", "Policy").objects.using(schema_editor.connection.alias)
    authorisation = apps.get_model("clients", "Authorisation")
    given = Q(authorisation_from__isnull=False) | Q(authorisation_to__isnull=False)
    given |= Q(authorised_sessions__isnull=False) | ~Q(authorisation_code="")
    rows = (
        authorisation(
            policy_id=policy.pk,
            code=policy.authorisation_code,
            valid_from=policy.authorisation_from,
            valid_to=policy.authorisation_to,
            sessions=policy.authorised_sessions,
        )
        for policy in policies.filter(given).order_by("pk").iterator(chunk_size=AT_ONCE)
    )
    authorisation.objects.using(schema_editor.connection.alias).bulk_create(list(rows), AT_ONCE)


def carry_back(apps, schema_editor):
    """One authorisation fits on a cover: the first is the one that was there before."""
    alias = schema_editor.connection.alias
    policies = apps.get_model("clients", "Policy").objects.using(alias)
    for row in apps.get_model("clients", "Authorisation").objects.using(alias).order_by("-pk"):
        policies.filter(pk=row.policy_id).update(
            authorisation_code=row.code,
            authorisation_from=row.valid_from,
            authorisation_to=row.valid_to,
            authorised_sessions=row.sessions,
        )


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0006_policies'),
    ]

    operations = [
        migrations.RunPython(carry_over, carry_back),
    ]
