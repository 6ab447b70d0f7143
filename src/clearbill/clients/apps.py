"""The Django app of `clients`."""

from __future__ import annotations

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clearbill.clients"
    label = "clients"

    def ready(self) -> None:
        """Let Django know the models that stand outside `models`."""
        from clearbill.clients import member_answers  # noqa: F401
