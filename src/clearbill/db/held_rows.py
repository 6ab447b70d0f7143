"""Which rows the present transaction holds, so that a writer can refuse to write without them.

A database does not say which rows are locked by whom, and SQLite locks no rows at all. So whoever locks a row notes it
here, and whoever may only write under that lock asks here. The notes lie among the transaction's commit hooks: Django
drops these at its end, and those of a savepoint when it is rolled back, just as the database lets go of the locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class RowNotHeld(RuntimeError):
    """Something was to be written outside a transaction that holds its row: a defect of the code that called."""


class _Note:
    """A commit hook that does nothing but name rows which are held until then."""

    __slots__ = ("keys", "transaction")

    def __init__(self, keys: frozenset[UUID], transaction: Any) -> None:
        self.keys, self.transaction = keys, transaction

    def __call__(self) -> None:
        return None


def note(keys: Iterable[UUID]) -> None:
    """Note that the present transaction holds the rows with these keys. Raises RowNotHeld outside a transaction."""
    here = connections[DEFAULT_DB_ALIAS]
    transaction = _transaction(here)
    if transaction is None:
        raise RowNotHeld("A row is held by a transaction only, and there is none.")
    here.on_commit(_Note(frozenset(keys), transaction))


def require(keys: Iterable[UUID]) -> None:
    """Raise RowNotHeld unless the present transaction has noted that it holds the rows with all these keys."""
    here = connections[DEFAULT_DB_ALIAS]
    transaction = _transaction(here)
    missing = set(keys)
    for hook in here.run_on_commit:
        if type(hook[1]) is _Note and hook[1].transaction is transaction:
            missing -= hook[1].keys
    if missing:
        some = ", ".join(sorted(map(str, missing))[:3])
        raise RowNotHeld(f"This is written only inside a transaction that holds the rows {some}.")


def _transaction(here: BaseDatabaseWrapper) -> Any:
    """Return the outermost block of the present transaction, None outside; one that wraps a whole test is none."""
    return next((block for block in here.atomic_blocks if not getattr(block, "_from_testcase", False)), None)
