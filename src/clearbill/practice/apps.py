from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "clearbill.practice"
    label = "practice"
