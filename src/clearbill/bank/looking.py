"""The worker’s step that looks through the bank’s lines again when insurers have announced payments since."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clearbill.bank import matching
from clearbill.claims.services import HouseOf


def next_look(*, now: datetime, house_of: HouseOf) -> bool:
    """Match what is clear in each practice that has had news, and say whether any has. `house_of` is not used."""
    practices = matching.practices_with_news()
    for practice in practices:
        with transaction.atomic():
            matching.match_clear(practice, now=now)
    return bool(practices)
