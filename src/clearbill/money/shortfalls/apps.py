"""The Django app of `money.shortfalls`."""

from __future__ import annotations

from django.apps import AppConfig


class ShortfallsConfig(AppConfig):
    name = "clearbill.money.shortfalls"
    label = "shortfalls"
    default_auto_field = "django.db.models.BigAutoField"
