"""The Django app of `money.bank`."""

from __future__ import annotations

from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "clearbill.money.bank"
    label = "bank"
    default_auto_field = "django.db.models.BigAutoField"
