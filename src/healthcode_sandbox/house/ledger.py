"""The house's books: one SQLite file, every write in a transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TABLES = """
create table if not exists settings (key text primary key, value text not null);
create table if not exists bills (
  id integer primary key autoincrement, site text not null, ch_claim_no text not null unique,
  insurer text not null, payee text not null, invoice_no text not null, scenario text not null,
  received_at text not null, errors text not null, override text not null default '', override_at text,
  facts text not null, document text not null);
create index if not exists bills_by_invoice on bills (payee, invoice_no);
create table if not exists attempts (
  site text not null, reference text not null, bill_id integer not null, answer text not null,
  primary key (site, reference));
create table if not exists messages (
  id integer primary key autoincrement, at text not null, bill_id integer, operation text not null,
  incoming text not null, outgoing text not null);
create index if not exists messages_by_bill on messages (bill_id);
create table if not exists recognition (
  provider text not null, insurer text not null, state text not null, primary key (provider, insurer));
create table if not exists payments (
  id integer primary key autoincrement, site text not null, insurer text not null, payee text not null,
  reference text not null unique, created_at text not null, paid_on text not null);
create table if not exists payment_claims (
  id integer primary key autoincrement, payment_id integer not null references payments, bill_id integer not null,
  facts text not null);
create table if not exists corrections (payment_id integer primary key, corrected_at text not null);
create index if not exists payment_claims_by_bill on payment_claims (bill_id);
create table if not exists plans (bill_id integer primary key, due_at text);
create table if not exists enquiries (
  site text not null, question text not null, times integer not null, primary key (site, question));
"""

_CONTENTS = (
    "bills",
    "attempts",
    "messages",
    "recognition",
    "payments",
    "payment_claims",
    "corrections",
    "plans",
    "enquiries",
    "settings",
)


class Ledger:
    """One file of books, safe to use from several threads.

    `lock` is held while the books are read or written, by the thread that has a transaction open until that ends.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the books: what is written inside is kept as a whole or not at all."""
        with self.lock:
            if self._depth == 0:
                self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("rollback")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("commit")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return every row a question finds."""
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row a question finds, or None."""
        with self.lock:
            found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return found

    def write(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement in a transaction and return the number of the row it made."""
        with self.transaction():
            return self._db.execute(sql, values).lastrowid or 0

    def next_id(self, table: str) -> int:
        """Return the next number of a table; none is given twice, not even after `clear`."""
        found = self.row("select seq from sqlite_sequence where name = ?", (table,))
        return (found["seq"] if found else 0) + 1

    def setting(self, key: str, default: str = "") -> str:
        """Return what is kept under this key, else `default`."""
        found = self.row("select value from settings where key = ?", (key,))
        return found["value"] if found else default

    def keep_setting(self, key: str, value: str) -> None:
        """Keep a value under this key in place of any other."""
        self.write("insert or replace into settings (key, value) values (?, ?)", (key, value))

    def clear(self) -> None:
        """Forget everything that was received, paid or switched."""
        with self.transaction():
            for table in _CONTENTS:
                self._db.execute(f"delete from {table}")  # nosec B608: names from the tuple above

    def close(self) -> None:
        with self.lock:
            self._db.close()


def stamp(moment: datetime) -> str:
    """Return a moment as the ledger keeps it: UTC, sortable as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Return the moment that `stamp` wrote."""
    return datetime.fromisoformat(text)
