"""The Django app of `workspace`."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from clearbill.clearinghouse.healthcode.client import contract_named
from clearbill.config.environment import EnvironmentWrong


class PracticeConfig(AppConfig):
    name = "clearbill.workspace"
    label = "practice"

    def ready(self) -> None:
        """Refuse to start with a wire contract that is not there: claims would only fail one by one, later."""
        try:
            contract_named(settings.HEALTHCODE_CONTRACT)
        except ValueError as exc:
            raise EnvironmentWrong(f"CLEARBILL_HEALTHCODE_CONTRACT cannot be used. {exc}") from None
