from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "clearbill.web"
    label = "web"
