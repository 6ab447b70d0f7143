"""Every report over a million claims, page included, against the bare aggregate that it needs, on the same database.

Run as `python -m bench.reports`, with `--claims 50000` for a quick look. On PostgreSQL where CLEARBILL_DATABASE_URL is
set: `scripts/postgres.py .venv/bin/python -m bench.reports`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

from bench import bare_reports, installation, many_claims
from bench.figure import Figure, interleaved

CLAIMS, ROUNDS, GOAL = 1_000_000, 3, 3.0


def run(claims: int = CLAIMS, rounds: int = ROUNDS) -> list[Figure]:
    return list(measured(claims, rounds))


def measured(claims: int, rounds: int) -> Iterator[Figure]:
    """Yield the figure of each report as soon as it is known: over so many claims one takes a while."""
    installation.begin()
    bare_statements = bare_reports.statements()
    _require_all(bare_statements)
    desk = installation.Desk()
    began = time.perf_counter()
    many_claims.fill(desk, claims)
    print(f"{claims:,} claims made in {time.perf_counter() - began:,.0f} s", flush=True)
    browser = _browser(desk)
    for name, statements in bare_statements.items():
        address = f"/reports/{name}"

        def page(address: str = address) -> None:
            answer = browser.get(address)
            if answer.status_code != 200 or b'class="total"' not in answer.content:
                raise AssertionError(f"{address} must show its figures for the time to count.")

        def bare(statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                if not bare_reports.ask(statement, desk.practice):
                    raise AssertionError("The bare aggregate must find something for the time to count.")

        page()
        bare()
        ours, other = interleaved(page, bare, rounds=rounds)
        said = f"{name} over {claims:,} claims"
        yield Figure(name=said, ours=ours, denominator=other, unit="s", goal=GOAL, at_least=False)


def _require_all(bare_statements: Iterable[str]) -> None:
    """Raise LookupError where a report has no bare statement, or one is of no report."""
    from clearbill.reports.catalogue import CATALOGUE

    reports, known = {kind.name for kind in CATALOGUE}, set(bare_statements)
    if lacking := sorted(reports - known):
        raise LookupError(f"bench/bare_reports.py has no statement for: {', '.join(lacking)}")
    if left_over := sorted(known - reports):
        raise LookupError(f"bench/bare_reports.py has statements for what is no report: {', '.join(left_over)}")


def _browser(desk: installation.Desk) -> Any:
    from tests import builders

    browser = builders.signed_in(desk.owner)
    browser.defaults["SERVER_NAME"] = "localhost"
    return browser


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--claims", type=int, default=CLAIMS)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    given = asked.parse_args()
    # Some four gigabytes: not left behind.
    with tempfile.TemporaryDirectory(prefix="clearbill-bench-") as folder:
        os.environ.setdefault("CLEARBILL_DATA", folder)
        for line in measured(given.claims, given.rounds):
            print(line, flush=True)
