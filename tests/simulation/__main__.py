"""Run trials: `python -m tests.simulation --seeds 1-200 [--jobs 2]`, or `--trace SEED` for the story of one."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.simulation import setting

if TYPE_CHECKING:
    from tests.simulation.trial import Result

_own: dict[str, Any] = {}


def seeds(text: str) -> list[int]:
    """Return the seeds that `1-200`, `7` or `1,5,9` name. Raises ValueError for anything else."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    if not found:
        raise ValueError(text)
    return found


def begin(folder: Path) -> None:
    """Make this process ready for trials."""
    own = setting.prepare(folder)
    from tests.simulation.office import open_offices
    from tests.simulation.world import seeded_chance

    with seeded_chance(0):
        _own.update(folder=own, offices=open_offices())


def one(seed: int) -> Result:
    """Run one trial in this process."""
    from tests.simulation import trial

    return trial.run(seed, _own["folder"], _own["offices"])


def results(chosen: Sequence[int], folder: Path, jobs: int) -> Iterator[Result]:
    """Run the trials of all seeds and yield what came of them, in the order of the seeds."""
    if jobs == 1:
        begin(folder)
        yield from map(one, chosen)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=begin, initargs=(folder,)) as pool:
        yield from pool.map(one, chosen, chunksize=4)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for. Returns 1 where there was a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=seeds("1-200"), help="1-200, 7, or 1,5,9")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--trace", type=int, metavar="SEED", help="tell the story of one trial")
    parser.add_argument("--digests", action="store_true", help="print the digest of every trial")
    choice = parser.parse_args(argv)
    began, faults, virtual_seconds, violations = time.monotonic(), Counter[str](), 0.0, 0
    chosen = choice.seeds if choice.trace is None else [choice.trace]
    with setting.ground() as folder:
        for result in results(chosen, folder, max(1, choice.jobs)):
            faults.update(result.faults)
            virtual_seconds += result.virtual_seconds
            violations += len(result.violations)
            _tell(result, whole=choice.trace is not None, digest=choice.digests)
    _sum_up(faults, virtual_seconds, time.monotonic() - began)
    print(f"{len(chosen)} trials, {violations} violations")
    return 1 if violations else 0


def _tell(result: Result, *, whole: bool, digest: bool) -> None:
    if whole:
        print("\n".join(result.story))
    if digest or whole:
        print(f"seed {result.seed}: {result.digest}")
    for sentence in result.violations:
        print(f"seed {result.seed}: {sentence}", flush=True)


def _sum_up(faults: Counter[str], virtual_seconds: float, real_seconds: float) -> None:
    for kind, count in sorted(faults.items()):
        print(f"{count:8} {kind}")
    hours_per_minute = virtual_seconds / 3600 / (real_seconds / 60)
    print(f"{virtual_seconds / 3600:.0f} virtual hours in {real_seconds:.0f} s: {hours_per_minute:.0f} per minute")


if __name__ == "__main__":
    sys.exit(main())
