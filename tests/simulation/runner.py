"""Trials in this process or in several, one database each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.simulation import setting
from tests.simulation.result import Result

_own: dict[str, Any] = {}


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
