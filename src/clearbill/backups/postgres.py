"""Copies of a PostgreSQL database, by PostgreSQL's own programs, and the step that swaps two databases by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from clearbill.backups import engine
from clearbill.backups.engine import CopyFacts
from clearbill.backups.progress import EVERY_SECONDS, Say, size
from clearbill.bill.problem import Refused
from clearbill.bill.text import plural
from clearbill.config.database import tls_and_sign_in

LONGEST_NAME = 63

MAINTENANCE = "postgres"

NO_RIGHT = (
    "The database user may not create databases, which a restore needs. Allow it (ALTER ROLE … CREATEDB), then restore."
)


class PostgresEngine:
    """The database that CLEARBILL_DATABASE_URL names. `programs` is the folder of pg_dump, "" for the path."""

    name = "postgresql"

    def __init__(self, database: dict[str, Any], *, programs: str) -> None:
        self._name, self._programs = str(database["NAME"]), programs
        self._making = f"{self._name[: LONGEST_NAME - 10]}_restoring"
        words = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        self._where = {ours: str(database[theirs]) for ours, theirs in words.items() if database[theirs]}
        self._where |= tls_and_sign_in(database["OPTIONS"])

    def copy(self, to: Path, *, say: Say) -> CopyFacts:
        program = self._program("pg_dump")
        with self._connected(self._name) as connection:
            # The dump and the counts are of one and the same moment.
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            moment = _one(connection, "SELECT pg_export_snapshot()")
            facts = engine.facts_of(lambda statement: connection.execute(statement).fetchall())
            words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}", f"--file={to}"]
            words += [f"--exclude-table-data={table}" for table in engine.NOT_COPIED]
            self._run([program, *words], self._name, watch=to, say=say)
        say("Checking the copy")
        self._run([self._program("pg_restore"), "--list", "--file=/dev/null", str(to)], "", say=say)
        return facts

    def refuse_if_used(self) -> None:
        with self._connected(MAINTENANCE) as connection:
            others = _one(
                connection,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
                self._name,
            )
        if others:
            raise Refused(
                f"{others} other {plural(others, 'connection')} to the database {self._name} "
                f"{plural(others, 'is', 'are')} open. Stop Clearbill’s web pages and workers on every machine, then "
                "restore."
            )

    def load(self, copy: Path, *, say: Say) -> None:
        program = self._program("pg_restore")
        self.discard()
        self._create()
        words = ["--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={self._making}", str(copy)]
        self._run([program, *words], self._making, say=say)
        copy.unlink()

    def loaded(self) -> AbstractContextManager[None]:
        return engine.pointed_at(self._making)

    def swap(self, *, stamp: str) -> str:
        from psycopg import errors, sql

        aside = f"{self._name[: LONGEST_NAME - 24]}_before_{stamp.replace('-', '_')}"
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        with self._connected(MAINTENANCE) as connection:
            was_there = self._exists(connection, self._name)
            try:
                with connection.transaction():
                    if was_there:
                        connection.execute(rename.format(sql.Identifier(self._name), sql.Identifier(aside)))
                    connection.execute(rename.format(sql.Identifier(self._making), sql.Identifier(self._name)))
            except errors.ObjectInUse:
                raise Refused(
                    f"Something has connected to the database {self._name} meanwhile. Stop Clearbill’s web pages and "
                    "workers on every machine, then restore. Nothing was changed."
                ) from None
            except errors.InsufficientPrivilege:
                raise Refused(f"{NO_RIGHT} It must own the database {self._name} too.") from None
        return f"The database as it was until now is called {aside} on the same server." if was_there else ""

    def discard(self) -> None:
        from psycopg import sql

        with self._connected(MAINTENANCE) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(self._making)))

    def _create(self) -> None:
        from psycopg import errors, sql

        like = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s"
        with self._connected(MAINTENANCE) as connection:
            present = connection.execute(like, [self._name]).fetchone()
            same = sql.SQL(" ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(*present) if present else sql.SQL("")
            make = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(self._making))
            try:
                connection.execute(make + same)
            except errors.InsufficientPrivilege:
                raise Refused(NO_RIGHT) from None

    def _exists(self, connection: psycopg.Connection[Any], name: str) -> bool:
        return bool(_one(connection, "SELECT count(*) FROM pg_database WHERE datname = %s", name))

    @contextmanager
    def _connected(self, name: str) -> Iterator[psycopg.Connection[Any]]:
        import psycopg.conninfo

        try:
            where = psycopg.conninfo.make_conninfo("", **self._where, dbname=name, connect_timeout="10")
            connection = psycopg.connect(where, autocommit=True)
        except psycopg.OperationalError:
            raise Refused(
                f"PostgreSQL on {self._where.get('host', 'this machine')} does not let us into the database {name}. "
                "See that it runs and that CLEARBILL_DATABASE_URL is right."
            ) from None
        with connection:
            yield connection

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=self._programs or None)
        if found is None:
            raise Refused(
                f"PostgreSQL’s {name} was not found. Install PostgreSQL’s client programs, or name their folder in "
                "CLEARBILL_PG_BIN."
            )
        return found

    def _run(self, words: list[str], database: str, *, say: Say, watch: Path | None = None) -> None:
        """Run one of PostgreSQL's programs. Where to connect, and the password, go by its environment."""
        given = {f"PG{name.replace('_', '').upper()}": text for name, text in self._where.items()}
        environment = {**os.environ, **given, **({"PGDATABASE": database} if database else {})}
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while True:
            try:
                _, said = process.communicate(timeout=EVERY_SECONDS)
                break
            except subprocess.TimeoutExpired:
                say(f"  {size(watch.stat().st_size)}" if watch and watch.exists() else "  …")
            except BaseException:
                process.kill()
                process.wait()
                raise
        if process.returncode:
            raise Refused(_sentence(Path(words[0]).name, process.returncode, said))


def _one(connection: psycopg.Connection[Any], question: str, *values: object) -> Any:
    row = connection.execute(question, values).fetchone()
    return row[0] if row else None


def _sentence(program: str, code: int, said: bytes) -> str:
    """What the program said may quote rows of patients, so that only what is known to hold none is told."""
    if b"version mismatch" in said:
        return f"{program} is older than the server. Install the server’s, and name its folder in CLEARBILL_PG_BIN."
    if b"unsupported version" in said:
        return f"The backup was made by a newer PostgreSQL than this {program}. Install that version, or a newer one."
    if b"No space left" in said:
        return f"{program} found no room left on the disk."
    return f"{program} ended with code {code}, so nothing was changed. PostgreSQL’s log says more."
