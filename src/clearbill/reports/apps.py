"""The Django app of `reports`."""

from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "clearbill.reports"
    default_auto_field = "django.db.models.BigAutoField"
