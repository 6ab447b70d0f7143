"""The app of the pages; it has no models."""

from __future__ import annotations

from django.apps import AppConfig

from clearbill.forms.fields import speak_plainly


class WebConfig(AppConfig):
    name = "clearbill.web"
    label = "web"

    def ready(self) -> None:
        speak_plainly()
