"""Reading that takes long, all of it as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from clearbill.db.sql import is_postgresql


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read inside is as of one moment, and nobody is kept from writing meanwhile. Write nothing inside.

    Inside a transaction that transaction decides.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgresql() else "BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
