"""Run tests under coverage, in this process and in every process they start, and list what none of them reached.

`make coverage` gives the parts of the tests as expressions of pytest's marks, one run each; what the runs reached is
added up. A process that a test kills with SIGKILL writes nothing down, so what it ran is not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".coverage-data"


def main(argv: Sequence[str] | None = None) -> int:
    """Return the first exit code of a run of tests that was not 0; the list is printed all the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="+", help="files or folders of tests")
    parser.add_argument("--marked", action="append", required=True, help="an expression of marks; one run for each")
    given = parser.parse_args(argv)
    if not all(given.marked):
        parser.error("a part of the tests has no expression of marks")
    FOLDER.mkdir(exist_ok=True)
    _coverage("erase")
    codes = [
        _coverage("run", "-m", "pytest", *given.tests, "-m", marked, "-n", "2", "--dist", "loadfile")
        for marked in given.marked
    ]
    _coverage("combine", "--quiet")
    figures = FOLDER / "coverage.json"
    _coverage("json", "--quiet", "-o", str(figures))
    print("\n".join(report(json.loads(figures.read_text()))))
    return next((code for code in codes if code), 0)


def report(figures: dict[str, Any]) -> list[str]:
    """Return the lines to print for coverage's JSON: files that nothing ran, functions never entered, and the sums."""
    files, functions = [], []
    entered = count = 0
    for name, file in sorted(figures["files"].items()):
        if file["summary"]["num_statements"] and not file["summary"]["covered_lines"]:
            files.append(f"  {name}")
        for function, found in file["functions"].items():
            # "" is the code of the file outside of any function.
            if not function or not found["summary"]["num_statements"]:
                continue
            count += 1
            entered += bool(found["executed_lines"])
            if not found["executed_lines"]:
                functions.append(f"  {name}:{found['start_line']} {function}")
    totals = figures["totals"]
    return [
        "",
        *(["Files that no test ran:", *files, ""] if files else []),
        *(["Functions that no test entered:", *functions, ""] if functions else []),
        f"{entered} of {count} functions entered",
        f"{totals['covered_lines']} of {totals['num_statements']} statements run ({totals['percent_covered']:.1f} %)",
    ]


def _coverage(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
