"""The Django app of `exports`."""

from __future__ import annotations

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "clearbill.exports"
    label = "exports"
