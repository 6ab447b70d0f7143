from django.apps import AppConfig

from clearbill.inputs import speak_plainly


class WebConfig(AppConfig):
    name = "clearbill.web"
    label = "web"

    def ready(self) -> None:
        speak_plainly()
