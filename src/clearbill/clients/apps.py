from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clearbill.clients"
    label = "clients"
