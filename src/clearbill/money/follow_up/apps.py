"""The Django app of `money.follow_up`."""

from __future__ import annotations

from django.apps import AppConfig


class ExpectedConfig(AppConfig):
    name = "clearbill.money.follow_up"
    label = "expected"
    default_auto_field = "django.db.models.BigAutoField"
