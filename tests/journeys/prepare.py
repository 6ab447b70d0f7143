"""Bring the database of the environment up to date and put submitted claims into it, with the real services.

`python -m tests.journeys.prepare CLAIMS`: one connected practice, each claim of it for a client of its own.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

import django
from django.core.management import call_command


def main(claims: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearbill.config.settings")
    django.setup()
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from clearbill.claims.core import services
    from tests import builders
    from tests.claims.desk import Desk

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0)
    if not claims:
        return
    with transaction.atomic():
        desk = Desk()
        desk.now = timezone.now()
        today = timezone.localdate(desk.now)
        for _ in range(claims):
            # By this name the stand-in takes the bill, whatever else it says.
            client = builders.client(desk.practice, last_name="SIM-PAID")
            claim = desk.created(client=client, treated_on=today - timedelta(days=1), issued_on=today)
            services.submit(desk.actor(), claim_id=claim.pk)


if __name__ == "__main__":
    main(int(sys.argv[1]))
