"""Long files: a bank statement and a list of clients, looked at and taken in, and what others notice of it meanwhile.

Run as `python -m bench.files`; `python -m bench.files ROWS` takes in one statement and prints the most memory it took.
"""

from __future__ import annotations

import io
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from bench import installation
from bench.figure import Figure

LINES, CLIENTS, FEW, MANY, ROUNDS = 50_000, 20_000, 10_000, 100_000, 15
PAGE_GOAL, INSERT_GOAL, MEMORY_GOAL, HOLD_SECONDS = 2.0, 20.0, 1.2, 1.0
FIRST = date(2025, 1, 1)
BARE = "<!doctype html><table>{% for row in rows %}<tr><td>{{ row.number }}<td>{{ row.last_name }}{% endfor %}</table>"


def run(
    lines: int = LINES, clients: int = CLIENTS, few: int = FEW, many: int = MANY, rounds: int = ROUNDS
) -> list[Figure]:
    installation.begin()
    desk = FileDesk(rounds)
    return [*desk.statement(lines), *desk.clients(clients), memory(few, many)]


class FileDesk(installation.Desk):
    """A practice that brings long files, with a browser of somebody else in it."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        from django.http import HttpRequest, HttpResponse
        from django.template import engines
        from django.urls import path

        from clearbill.clients.models import Client
        from clearbill.config import urls
        from clearbill.people.actor import Actor
        from clearbill.web.sign_in.access import member_required
        from tests import builders

        template = engines["django"].from_string(BARE)

        @member_required()
        def bare(request: HttpRequest) -> HttpResponse:
            rows = Client.objects.filter(practice=request.practice)[:50]  # type: ignore[attr-defined]
            return HttpResponse(template.render({"rows": rows}, request))

        urls.urlpatterns.append(path("bare", bare))
        for number in range(50):
            builders.client(self.practice, number=f"B-{number:05}", last_name=f"Sample{number:02}")
        self.rounds, self.actor = rounds, Actor(self.practice, self.owner.user, self.now)
        self.browser = builders.signed_in(self.owner)
        self.browser.defaults["SERVER_NAME"] = "localhost"

    def statement(self, count: int) -> list[Figure]:
        """Look at a statement and take it in."""
        from clearbill.imports.bank_statements import services

        today = self.now.date()
        content = statement_of(count)
        file = services.store_statement(self.actor, name="2025.csv", content=content, account="Business", today=today)
        page = self.page(f"a statement of {count:,} lines, its preview", f"/money/bank/statements/{file.pk}")
        taken = self.taken_in(
            f"a statement of {count:,} lines",
            lambda: services.commit(self.actor, file=file, today=today),
            "bank_bankline",
        )
        return [page, *taken]

    def clients(self, count: int) -> list[Figure]:
        """Look at a list of clients and take it in, slice by slice as the worker does."""
        from clearbill.imports import services, slices

        content = io.BytesIO(clients_of(count))
        file, _ = services.bring(self.actor, kind="clients", source="", content=content, name="clients.csv")
        slices.work_through(file, now=self.now)
        page = self.page(f"a list of {count:,} clients, its preview", f"/settings/imports/{file.pk}")

        def take_in() -> None:
            services.take_in(self.actor, file=file, only_good=True)
            slices.work_through(file, now=self.now)

        return [
            page,
            *self.taken_in(f"a list of {count:,} clients", take_in, "clients_client", "imports_importedclient"),
        ]

    def page(self, name: str, address: str) -> Figure:
        """Measure a page against a bare one, in turns."""
        ours, bare = [], []
        for _ in range(self.rounds):
            ours.append(self.seconds(address))
            bare.append(self.seconds("/bare"))
        return against(f"{name}, 95th percentile", 1000 * late(ours), 1000 * late(bare), "ms", PAGE_GOAL)

    def taken_in(self, name: str, take_in: Callable[[], object], *tables: str) -> list[Figure]:
        """Take a file in, and measure it against a bare insert of its rows, and what others notice meanwhile."""
        before = {table: row_count(table) for table in tables}
        idle = [self.seconds("/bare") for _ in range(self.rounds)]
        pages: list[float] = []
        waits: list[float] = []
        began = time.perf_counter()
        with repeated(lambda: pages.append(self.seconds("/bare"))), repeated(lambda: waits.append(write_seconds())):
            take_in()
            spent = time.perf_counter() - began
        bare = sum(bare_insert(table, before[table]) for table in tables)
        return [
            against(f"{name}, taken in", spent, bare, "s", INSERT_GOAL),
            against(f"{name}, others’ pages meanwhile", 1000 * late(pages), 1000 * late(idle), "ms", PAGE_GOAL),
            against(f"{name}, longest wait of another’s write", max(waits), HOLD_SECONDS, "s", 1.0),
        ]

    def seconds(self, address: str) -> float:
        began = time.perf_counter()
        if self.browser.get(address).status_code != 200:
            raise AssertionError(f"{address} must render for the time to count.")
        return time.perf_counter() - began


def memory(few: int, many: int) -> Figure:
    """Measure the most memory that a long statement takes against a short one, each in a process of its own."""
    small, large = peak_of(few), peak_of(many)
    return against(f"memory of a statement of {many:,} lines against {few:,}", large, small, "MB", MEMORY_GOAL)


def peak_of(rows: int) -> float:
    with tempfile.TemporaryDirectory(prefix="clearbill-bench-", ignore_cleanup_errors=True) as folder:
        told = subprocess.run(
            [sys.executable, "-m", "bench.files", str(rows)],
            env={**os.environ, "CLEARBILL_DATA": folder},
            capture_output=True,
            check=True,
            text=True,
        )
    return float(told.stdout.split()[-1])


def print_peak(rows: int) -> None:
    """Take in one statement and print the most megabytes that this process has held."""
    installation.begin()
    from clearbill.imports.bank_statements import services
    from clearbill.people.actor import Actor

    desk = installation.Desk()
    actor, today = Actor(desk.practice, desk.owner.user, desk.now), desk.now.date()
    file = services.store_statement(actor, name="2025.csv", content=statement_of(rows), account="Business", today=today)
    services.commit(actor, file=file, today=today)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def statement_of(count: int) -> bytes:
    """Return an invented statement over a year; money goes out too, so that its signs are proved."""
    rows = (
        f"{FIRST + timedelta(days=number * 365 // count):%d/%m/%Y},Card payment {number},{(number % 90) - 40}.50"
        for number in range(count)
    )
    return "\r\n".join(["Date,Description,Amount", *rows, ""]).encode()


def clients_of(count: int) -> bytes:
    """Return an invented list of clients, no two of them alike."""
    rows = (
        f"{number},Testa{letters(number)},Sample{letters(number * 7)},{FIRST - timedelta(days=number):%d %b %Y},"
        f"testa{number}@example.org,BUPA,ZZ{number:08}"
        for number in range(1, count + 1)
    )
    header = "Client ID,First name,Last name,Date of birth,E-mail,Insurer,Membership number"
    return "\n".join([header, *rows, ""]).encode()


def letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@contextmanager
def repeated(work: Callable[[], object]) -> Iterator[None]:
    """Do something again and again, in a thread of its own, until the block ends; at least once."""
    over = threading.Event()

    def go_on() -> None:
        from django.db import connection

        while True:
            work()
            if over.wait(0.05):
                break
        connection.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def write_seconds() -> float:
    """Return how long somebody else waits until they may write: on SQLite there is one writer at a time."""
    from django.db import connection

    began = time.perf_counter()
    if connection.vendor == "sqlite":
        other = sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=600, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
    return time.perf_counter() - began


def row_count(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        return int(cursor.fetchone()[0])


def bare_insert(table: str, before: int) -> float:
    """Insert the rows after the first `before` into a plain table, in one transaction; return the seconds."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        rows: list[Any] = cursor.fetchall()[before:]
        width = len(cursor.description)
        cursor.execute(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WHERE 1 = 0")
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO bare_{table} VALUES ({', '.join(['%s'] * width)})", rows)
    return time.perf_counter() - began


def late(seconds: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def against(name: str, ours: float, other: float, unit: str, goal: float) -> Figure:
    return Figure(name=name, ours=ours, denominator=other, unit=unit, goal=goal, at_least=False)


if __name__ == "__main__":
    if sys.argv[1:]:
        print_peak(int(sys.argv[1]))
    else:
        for line in run():
            print(line)
