"""The Django app of `backups`."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class BackupsConfig(AppConfig):
    name = "clearbill.backups"
    label = "backups"

    def ready(self) -> None:
        connection_created.connect(_hold_the_folder, dispatch_uid="hold the data folder")


def _hold_the_folder(connection: Any, **_: object) -> None:
    from clearbill.backups import folder_lock as in_use

    try:
        in_use.hold_shared()
    except in_use.RestoreUnderWay:
        connection.close()
        raise
