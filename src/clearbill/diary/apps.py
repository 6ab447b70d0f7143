from django.apps import AppConfig


class DiaryConfig(AppConfig):
    name = "clearbill.diary"
    label = "diary"
