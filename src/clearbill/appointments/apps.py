"""The Django app of `appointments`."""

from __future__ import annotations

from django.apps import AppConfig


class DiaryConfig(AppConfig):
    name = "clearbill.appointments"
    label = "diary"
