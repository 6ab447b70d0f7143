"""The Django app of `people`."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "clearbill.people"
    label = "people"
