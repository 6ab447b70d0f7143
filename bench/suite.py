"""Every benchmark by its name, in its full and in its quick size, and how one is run apart from the others."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from bench import checking, diagnosis, files, month_end, pages, remittance, reports, search, sending, soak
from bench.figure import Figure


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A function that returns figures, and the arguments with which it is over in seconds."""

    run: Callable[..., list[Figure]]
    quick: dict[str, float] = field(default_factory=dict)


BENCHMARKS = {
    "checking": Benchmark(checking.run, {"rounds": 1}),
    "diagnosis": Benchmark(diagnosis.run, {"rounds": 1}),
    "pages": Benchmark(pages.run, {"rounds": 1}),
    "search": Benchmark(search.run, {"rounds": 1, "clients": 6000}),
    "sending": Benchmark(sending.run, {"rounds": 1}),
    "sending-postgresql": Benchmark(sending.on_postgres, {"rounds": 1}),
    "soak": Benchmark(soak.shortly, {"minutes": 0.1, "rate": 10}),
    "month-end": Benchmark(month_end.run, {"claims": 100, "idle_rounds": 2}),
    "remittance": Benchmark(remittance.run, {"bills": 100, "rounds": 1}),
    "files": Benchmark(files.run, {"lines": 300, "clients": 60, "few": 100, "many": 200, "rounds": 2}),
    "reports": Benchmark(reports.run, {"claims": 5000, "rounds": 1}),
}


def run_apart(name: str, *, quick: bool = False) -> list[Figure]:
    """Run one benchmark in a process and a data folder of its own and return its figures; raises what it raised."""
    # A function of __main__ would not be found by the spawned process; this module is imported there by its name.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(_run, name, quick).result()


def _run(name: str, quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="clearbill-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["CLEARBILL_DATA"] = folder
        benchmark = BENCHMARKS[name]
        return benchmark.run(**benchmark.quick) if quick else benchmark.run()
