"""The app of the commands; it has no models."""

from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "clearbill.cli"
    label = "cli"
