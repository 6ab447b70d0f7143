"""What Healthcode tells of a payment takes the place of what a file or a person had said of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clearbill.clearing.remittance import RemittanceClaim
from clearbill.remittances import importing, settling
from clearbill.remittances.models import Advice, Remittance

logger = logging.getLogger(__name__)


def correct(remittance: Remittance, claims: list[RemittanceClaim], *, now: datetime) -> int:
    """Give each bill of a payment the figures that Healthcode tells, where others were here; return how many.

    What had come of the other figures is taken back, and the bill is new again. One that cannot be taken back stays.
    """
    told = {one["key"]: one for one in importing.advices_of(remittance, claims)}
    others = [
        advice
        for advice in remittance.advices.filter(key__in=told)
        if (advice.paid, advice.short) != (told[advice.key]["paid"], told[advice.key]["short"])
    ]
    return sum(_take_its_place(advice, told[advice.key], now) for advice in others)


def _take_its_place(advice: Advice, told: Mapping[str, Any], now: datetime) -> bool:
    figures = {name: told[name] for name in ("claimed", "paid", "previously_paid", "short", "lines", "note")}
    try:
        with transaction.atomic():
            if advice.state == Advice.ALLOCATED:
                settling.undo(practice=advice.practice, by=None, now=now, advice=advice)
            Advice.objects.filter(pk=advice.pk).update(state=Advice.NEW, why="", aside_reason="", **figures)
    except settling.NotSettled as why:
        logger.warning("a payment differs from what Healthcode tells of it: %s", why)
        return False
    return True
