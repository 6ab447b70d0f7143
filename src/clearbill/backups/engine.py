"""What a backup needs of a database engine, and which one this installation runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.db import connections

from clearbill.backups.progress import Say

NOT_COPIED = (
    "django_session",
    "people_accountmail",
    "people_failedattempt",
    "people_usersession",
)

"""Tables that a copy holds empty: who has the copy gets no session of anybody, and nothing about sign-ins."""

COUNTS = "SELECT status, count(*) FROM claims_claim GROUP BY status ORDER BY status"

HEADS = "SELECT practice_id, length, last_hash FROM people_auditchain"

FIRST_WITH_HEADS = "people.0012_audit_chain"

MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What stands in a copy: its migrations in order, how many claims in each status, the heads of the audit chains."""

    migrations: tuple[str, ...]
    claims: dict[str, int]
    audit_heads: dict[str, tuple[int, str]]


def facts_of(select: Callable[[str], Iterable[Sequence[Any]]]) -> CopyFacts:
    """Return what stands in the copy whose rows `select` returns for a statement."""
    migrations = tuple(f"{app}.{name}" for app, name in select(MIGRATIONS))
    heads = select(HEADS) if FIRST_WITH_HEADS in migrations else ()
    return CopyFacts(
        migrations=migrations,
        claims={status: count for status, count in select(COUNTS)},
        audit_heads={str(UUID(str(practice))): (length, last_hash) for practice, length, last_hash in heads},
    )


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
