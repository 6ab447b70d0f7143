"""The Django app of `invoicing`."""

from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "clearbill.invoicing"
    label = "billing"
