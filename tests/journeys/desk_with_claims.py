"""Fill an empty installation with a connected practice and claims that can be submitted; say what they are, as JSON.

Run as `python -m tests.journeys.desk_with_claims CLIENTS` in the installation's environment; CLIENTS is a JSON list
with the fields of each claim's client.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django


def main(clients: list[dict[str, Any]]) -> None:
    django.setup()
    from django.utils import timezone

    from tests import builders
    from tests.claims.desk import Desk

    desk = Desk()
    desk.now = timezone.now()
    today = timezone.localdate(desk.now)
    claims = [
        desk.created(
            client=builders.client(desk.practice, **fields),
            treated_on=today - timedelta(days=1),
            issued_on=today,
        )
        for fields in clients
    ]
    listed = [{"id": str(one.pk), "number": one.number, "client": str(one.invoice.client_id)} for one in claims]
    print(json.dumps({"mail": desk.owner.user.email, "password": builders.PASSWORD, "claims": listed}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
