from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "clearbill.billing"
    label = "billing"
