from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "clearbill.claims"
    label = "claims"
