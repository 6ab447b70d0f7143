"""The Django app of `imports`."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "clearbill.imports"
    label = "imports"

    def ready(self) -> None:
        """Let Django know the models outside `models`, and find clients by their numbers in other systems."""
        from clearbill.clients.search import search_index
        from clearbill.imports.appointments import models as appointments  # noqa: F401
        from clearbill.imports.clients import models, queries

        search_index.also_find_by(queries.numbers_of, sender=models.ImportedClient)
