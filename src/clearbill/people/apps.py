from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "clearbill.people"
    label = "people"
