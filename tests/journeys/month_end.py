"""Make claims that are ready in the installation of the environment, and start to submit them all in one action.

`python -m tests.journeys.month_end CLAIMS`
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django


def main(claims: int) -> None:
    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from clearbill.claims.bulk import services as batches
    from clearbill.claims.models import Claim
    from tests import builders
    from tests.claims.desk import Desk

    with transaction.atomic():
        desk = Desk()
        desk.now = timezone.now()
        today = timezone.localdate(desk.now)
        for _ in range(claims):
            # By this name the stand-in takes the bill, whatever else it says.
            client = builders.client(desk.practice, last_name="SIM-PAID")
            desk.created(client=client, treated_on=today - timedelta(days=1), issued_on=today)
    batches.start(desk.actor(), claims=Claim.objects.all())


if __name__ == "__main__":
    main(int(sys.argv[1]))
