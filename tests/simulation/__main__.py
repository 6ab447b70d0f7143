"""Run trials: `python -m tests.simulation --seeds 1-200 [--jobs 2]`, or `--trace SEED` for the story of one."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.simulation import mutating, runner, setting
from tests.simulation.result import Result


def seeds(text: str) -> list[int]:
    """Return the seeds that `1-200`, `7` or `1,5,9` name. Raises ValueError for anything else."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    if not found:
        raise ValueError(text)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for. Returns 1 where there was a violation."""
    choice = _parser().parse_args(argv)
    if choice.mutant:
        mutating.plant(choice.mutant)
    if choice.ground:
        return _run(choice, choice.ground)
    with setting.ground() as folder:
        return _run(choice, folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=seeds("1-200"), help="1-200, 7, or 1,5,9")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--trace", type=int, metavar="SEED", help="tell the story of one trial")
    parser.add_argument("--digests", action="store_true", help="print the digest of every trial")
    parser.add_argument("--mutant", default="", metavar="NAME", help="plant one of the faults of mutants.py first")
    parser.add_argument("--first", action="store_true", help="end with the first violation")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no trial after so much processor time")
    parser.add_argument("--ground", type=Path, help=argparse.SUPPRESS)
    return parser


def _run(choice: argparse.Namespace, folder: Path) -> int:
    began, faults, virtual_seconds, violations, trials = time.monotonic(), Counter[str](), 0.0, 0, 0
    chosen = choice.seeds if choice.trace is None else [choice.trace]
    for result in runner.results(chosen, folder, max(1, choice.jobs)):
        trials += 1
        faults.update(result.faults)
        virtual_seconds += result.virtual_seconds
        violations += len(result.violations)
        _tell(result, whole=choice.trace is not None, digest=choice.digests)
        if (choice.first and violations) or time.process_time() > choice.seconds:
            break
    _sum_up(faults, virtual_seconds, time.monotonic() - began)
    print(f"{trials} trials, {violations} violations", flush=True)
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
