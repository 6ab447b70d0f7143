"""The Django app of `imports`."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "clearbill.imports"
    label = "imports"

    def ready(self) -> None:
        """Let Django know the models that stand outside `models`."""
        from clearbill.imports.clients import models  # noqa: F401
