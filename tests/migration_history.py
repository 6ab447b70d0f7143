"""The migrations one by one, also those that a squashed migration replaces: for tests that stop between two of them."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


def executor() -> MigrationExecutor:
    """Return an executor for the tests' database that knows no squashed migration."""
    of_each = MigrationExecutor(connection)
    of_each.loader = _UnsquashedLoader(connection)
    return of_each


def loader() -> MigrationLoader:
    """Return the same migrations without a database."""
    return _UnsquashedLoader(None)


class _UnsquashedLoader(MigrationLoader):
    def load_disk(self) -> None:
        super().load_disk()
        last_of = {key: one.replaces[-1] for key, one in self.disk_migrations.items() if one.replaces}
        self.disk_migrations = {key: one for key, one in self.disk_migrations.items() if not one.replaces}
        for one in self.disk_migrations.values():
            one.dependencies = [last_of.get(tuple(needed), needed) for needed in one.dependencies]
