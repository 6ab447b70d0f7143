"""A database and a data folder of its own for a process that simulates; nothing of an installation is touched."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import migrated

PREFIX = "clearbill_simulation_"


@contextmanager
def ground() -> Iterator[Path]:
    """Give a folder, in memory where there is one, for all processes of a run; clean up after them."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory if os.access(memory, os.W_OK) else None))
    try:
        yield folder
    finally:
        _drop_databases(folder.name.lower())
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder: Path) -> Path:
    """Set Django up with an empty database of this process and return the process's own folder."""
    own = folder / f"process-{os.getpid()}"
    own.mkdir()
    os.environ["CLEARBILL_DATA"] = str(own)
    os.environ["DJANGO_SETTINGS_MODULE"] = "clearbill.config.settings"
    import django  # after the environment is set: the settings read it once

    django.setup()
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    logging.disable(logging.CRITICAL)
    _make_database(folder)
    return own


def _make_database(folder: Path) -> None:
    from django.core.management import call_command
    from django.db import connection

    from clearbill.people.audit import append_only

    if connection.vendor == "postgresql":
        name = f"{folder.name.lower()}_{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        connection.settings_dict["NAME"] = name
        call_command("migrate", verbosity=0)
    else:
        shutil.copyfile(migrated.file(), connection.settings_dict["NAME"])
    # Between two seeds every table that a story fills is emptied.
    append_only.drop(connection)


def _drop_databases(prefix: str) -> None:
    url = os.environ.get("CLEARBILL_DATABASE_URL", "")
    if not url:
        return
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{prefix}%",)).fetchall()
        for (name,) in names:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]
