"""The Django app of `clients`."""

from __future__ import annotations

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clearbill.clients"
    label = "clients"

    def ready(self) -> None:
        """Let Django know the models that stand outside `models`, and keep the search index with every change."""
        from clearbill.clients import member_answers, merges  # noqa: F401
        from clearbill.clients.search import search_index

        search_index.follow_changes()
