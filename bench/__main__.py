"""`make bench`: print one line per figure and say which goals are met.

Runs every benchmark, or those that are named. A benchmark that breaks does not keep the others from running; its
traceback is printed, and the exit code is 2. It is 1 where a goal is missed, but for the quick sizes: those only show
that everything runs, and their ratios mean nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence

from bench.figure import Figure
from bench.suite import BENCHMARKS, run_apart


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all unless given")
    parser.add_argument("--size", choices=("full", "quick"), default="full")
    given = parser.parse_args(argv)
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    quick, figures, broken = given.size == "quick", [], []
    for name in given.names or BENCHMARKS:
        measured = _figures(name, quick)
        figures += measured or []
        broken += [] if measured is not None else [name]
    met = sum(figure.met for figure in figures)
    print(f"{met} of {len(figures)} goals met{'; quick sizes prove nothing' if quick else ''}")
    if broken:
        print(f"broken: {', '.join(broken)}")
        return 2
    return 1 if met < len(figures) and not quick else 0


def _figures(name: str, quick: bool) -> list[Figure] | None:
    """Print and return the figures of one benchmark; None where it breaks."""
    began = time.monotonic()
    try:
        figures = run_apart(name, quick=quick)
    except Exception:
        traceback.print_exc()
        return None
    for figure in figures:
        print(figure, flush=True)
    print(f"  ({name}: {time.monotonic() - began:,.0f} s)", flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
