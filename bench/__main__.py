"""`make bench`: print one line per figure and say which goals are met."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench import checking, diagnosis, month_end, pages, remittance, reports, sending, soak
from bench.figure import Figure

Bench = Callable[[], list[Figure]]
BENCHES: tuple[Bench, ...] = (
    checking.run,
    diagnosis.run,
    pages.run,
    sending.run,
    sending.on_postgres,
    soak.shortly,
    month_end.run,
    remittance.run,
    reports.run,
)


def main() -> int:
    lines = []
    for line in _figures():
        print(line, flush=True)
        lines.append(line)
    missed = [line for line in lines if not line.met]
    print(f"{len(lines) - len(missed)} of {len(lines)} goals met")
    return 1 if missed else 0


def _figures() -> Iterator[Figure]:
    """Run each benchmark in a process and a data folder of its own."""
    for bench in BENCHES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            yield from apart.submit(_run, bench).result()


def _run(bench: Bench) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="clearbill-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["CLEARBILL_DATA"] = folder
        return bench()


if __name__ == "__main__":
    sys.exit(main())
