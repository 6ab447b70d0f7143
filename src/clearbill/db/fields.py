"""Column types that several tables share: pounds, random ids."""

from __future__ import annotations

from decimal import Decimal

from django.db import models


def pounds(verbose_name: str | None = None) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(verbose_name, max_digits=10, decimal_places=2, default=Decimal("0.00"))
