"""The Django app of `imports`."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "clearbill.imports"
    label = "imports"

    def ready(self) -> None:
        """Let Django know the models that stand outside `models`."""
        from clearbill.imports.appointments import models as appointments  # noqa: F401
        from clearbill.imports.clients import models as clients  # noqa: F401
