"""The Django app of `money.remittances`."""

from __future__ import annotations

from django.apps import AppConfig


class RemittancesConfig(AppConfig):
    name = "clearbill.money.remittances"
    label = "remittances"
    default_auto_field = "django.db.models.BigAutoField"
