from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "clearbill.cli"
    label = "cli"
