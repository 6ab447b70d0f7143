"""The app of the pages; it has no models."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from clearbill.forms.fields import speak_plainly


class WebConfig(AppConfig):
    name = "clearbill.web"
    label = "web"

    def ready(self) -> None:
        speak_plainly()
        from clearbill.web.sign_in import confirmation, sessions

        user_logged_in.connect(confirmation.signed_in)
        user_logged_in.connect(sessions.began)
