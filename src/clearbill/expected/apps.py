from __future__ import annotations

from django.apps import AppConfig


class ExpectedConfig(AppConfig):
    name = "clearbill.expected"
    default_auto_field = "django.db.models.BigAutoField"
