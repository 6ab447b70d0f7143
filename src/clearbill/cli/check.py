"""`clearbill check`: say in plain words what is wrong with a bill in a JSON file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from clearbill.bill import dates
from clearbill.bill.example import example
from clearbill.bill.fields import name_at_start
from clearbill.bill.insurers import Insurer, all_insurers, find
from clearbill.bill.json_codec import check_json, to_json
from clearbill.bill.json_document import LARGEST_BYTES, Unreadable, loads
from clearbill.bill.problem import Problem
from clearbill.cli.terminal import printable, why_not_opened

PASSES, BLOCKED, UNREADABLE = 0, 1, 2

_EARLIEST = date(1901, 1, 1)


def main(argv: list[str]) -> int:
    """Check a bill and print its problems. Returns 0 where nothing blocks, 1 where something does, 2 where the bill
    or the command could not be read.
    """
    try:
        return _run(_arguments().parse_args(argv))
    except SystemExit as left:
        return int(left.code or 0)
    except (Unreadable, OSError) as wrong:
        sentence = str(wrong) if isinstance(wrong, Unreadable) else why_not_opened(wrong)
        print(printable(sentence), file=sys.stderr)
        return UNREADABLE


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Unreadable(f"The command was not understood: {message}. clearbill check --help says more.")


def _arguments() -> argparse.ArgumentParser:
    words = _Words(
        prog="clearbill check",
        description="Check a bill and say in plain words what is wrong with it. "
        "Exit code 0: nothing blocks; 1: something blocks; 2: unreadable.",
    )
    words.add_argument("file", metavar="FILE", nargs="?", help="the bill as JSON; - reads it from standard input")
    words.add_argument("--json", action="store_true", help="answer as JSON, for machines")
    words.add_argument("--on", metavar="YYYY-MM-DD", help="check as if today were this day")
    words.add_argument(
        "--insurer",
        metavar="SLUG",
        help="check against the rules of this insurer, also of one whose identifier is not public",
    )
    words.add_argument(
        "--example",
        metavar="INSURER",
        help="print a bill that passes for this insurer, whose identifier at Healthcode must be public",
    )
    return words


def _run(words: argparse.Namespace) -> int:
    on = _day(words.on) if words.on is not None else dates.today()
    if words.example is not None:
        return _print_example(_insurer(words.example), on)
    if words.file is None:
        raise Unreadable("Name a file with a bill, or - for standard input. clearbill check --help says more.")
    insurer = _insurer(words.insurer) if words.insurer is not None else None
    problems = check_json(loads(_content(words.file)), on=on, insurer=insurer)
    if words.json:
        print(json.dumps({"problems": [problem.as_dict() for problem in problems]}, indent=2))
    else:
        print(printable(_report(problems)))
    return BLOCKED if any(problem.blocks for problem in problems) else PASSES


def _print_example(insurer: Insurer, on: date) -> int:
    if not insurer.healthcode_id:
        raise Unreadable(
            f"The identifier of {insurer.name} at Healthcode is not published, so no bill for it can pass. "
            "Ask Healthcode for it."
        )
    if on < _EARLIEST:
        raise Unreadable("An example can be made for days from 1901 on.")
    print(json.dumps(to_json(example(insurer, on)), indent=2))
    return PASSES


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable("The day after --on must be a date such as 2026-11-23.") from None


def _insurer(name: str) -> Insurer:
    insurer = find(name)
    if insurer is None:
        known = ", ".join(known.slug for known in all_insurers())
        raise Unreadable(f"No insurer is known as “{name}”. Known are: {known}.")
    return insurer


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    path = Path(name)
    if path.is_dir():
        raise Unreadable(f"{name} is a folder. Name the file with the bill.")
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES + 1)


def _report(problems: Sequence[Problem]) -> str:
    blocking = [problem for problem in problems if problem.blocks]
    warning = [problem for problem in problems if not problem.blocks]
    if not problems:
        return "Nothing is wrong with this bill."
    parts = [_section("These stop the bill:", blocking), _section("These may be wrong:", warning)]
    end = "Fix what stops the bill, then check again." if blocking else "Nothing stops this bill."
    return "\n\n".join([part for part in parts if part] + [end])


def _section(title: str, problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    return "\n".join([title, *(f"\n  {_place(problem)}\n{_told(problem)}" for problem in problems)])


def _place(problem: Problem) -> str:
    heading = name_at_start(problem.path).removeprefix("The ")
    where = f"{problem.path}, " if problem.path else ""
    return f"{heading[:1].upper()}{heading[1:]}  ({where}{problem.code})"


def _told(problem: Problem) -> str:
    return f"    {problem.message}\n    {problem.whose_move}: {problem.fix}"
