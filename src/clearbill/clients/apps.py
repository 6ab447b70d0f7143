"""The Django app of `clients`."""

from __future__ import annotations

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clearbill.clients"
    label = "clients"
