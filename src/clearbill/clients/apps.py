"""The Django app of `clients`."""

from __future__ import annotations

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clearbill.clients"
    label = "clients"

    def ready(self) -> None:
        """Let Django know the models that stand outside `models`, and keep the search index with every change."""
        from clearbill.clients import member_answers, merges, search_index  # noqa: F401

        search_index.follow_changes()
