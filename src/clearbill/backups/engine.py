"""What a backup needs of a database engine, and which one this installation runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.db import connections

from clearbill.backups.progress import Say

NOT_COPIED = (
    "django_session",
    "axes_accessattempt",
    "axes_accessfailurelog",
    "axes_accesslog",
    "people_accountmail",
)

"""Tables that a copy holds empty: who has the copy gets no session of anybody, and nothing about sign-ins."""

COUNTS = "SELECT status, count(*) FROM claims_claim GROUP BY status ORDER BY status"

MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What stands in a copy: its migrations in order, and how many claims in each status."""

    migrations: tuple[str, ...]
    claims: dict[str, int]


class Engine(Protocol):
    """One installation's database. `name` is the engine as manifests call it."""

    name: str

    def copy(self, to: Path, *, say: Say) -> CopyFacts:
        """Write a consistent, checked copy of the database while others use it. Raises Refused."""
        ...

    def refuse_if_used(self) -> None:
        """Raise Refused where another process uses the database."""
        ...

    def load(self, copy: Path, *, say: Say) -> None:
        """Make a database of the copy beside the present one. Raises Refused."""
        ...

    def loaded(self) -> AbstractContextManager[None]:
        """Let Django work on the database that was loaded."""
        ...

    def swap(self, *, stamp: str) -> str:
        """Put the loaded database in the place of the present one in one step, and set that aside.

        Returns a sentence that says where the earlier one is, "" where there was none. Raises Refused.
        """
        ...

    def discard(self) -> None:
        """Remove what `load` made, where it was not swapped in."""
        ...


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Let Django work on the database of this name instead of its own."""
    connection = connections["default"]
    connection.close()
    own = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
