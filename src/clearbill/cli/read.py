"""`clearbill read`: what Clearbill makes of a file that somebody else wrote, without taking anything in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO

from clearbill.bill import dates
from clearbill.cli.read_kinds import KINDS, Kind
from clearbill.cli.read_report import JsonReport, Report, TableReport
from clearbill.cli.terminal import printable, why_not_opened
from clearbill.fileformats import Answers, LeftOut, RowFault, UnreadableFile

READ, FAULTS, UNREADABLE, QUESTIONS = 0, 1, 2, 3

_LARGEST_ANSWERS = 64 * 1024


def main(argv: list[str]) -> int:
    """Read a file and print what it holds. Returns 0 where all of it was read, 1 where something in it is wrong, 2
    where it could not be read, 3 where there are questions to answer.

    Wrong usage raises SystemExit(2), after a sentence on standard error.
    """
    asked = _parser().parse_args(argv)
    report: Report = JsonReport(sys.stdout) if asked.json else TableReport(sys.stdout)
    try:
        answers = _answers(asked.answers) if asked.answers else Answers()
        with _opened(asked.file) as stream:
            return _read(KINDS[asked.kind], stream, asked.on or dates.today(), answers, report)
    except (UnreadableFile, OSError) as wrong:
        sentence = why_not_opened(wrong) if isinstance(wrong, OSError) else str(wrong)
        if asked.json:
            report.fault(RowFault(0, "", sentence), "")
        report.end()
        print(printable(sentence), file=sys.stderr)
        return UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clearbill read",
        description="Say what Clearbill reads in a file of a bank, an insurer or a supplier; nothing is taken in. "
        "Exit code 0: all of it was read; 1: something in it is wrong; 2: unreadable; 3: there are questions.",
    )
    parser.add_argument("file", metavar="FILE", help="the file; - reads it from standard input")
    parser.add_argument("--kind", required=True, choices=KINDS, help="what is in the file")
    parser.add_argument("--answers", metavar="FILE", help='answers to questions as JSON: {"sign": "in"}')
    parser.add_argument("--json", action="store_true", help="answer as JSON, for machines")
    parser.add_argument("--on", metavar="YYYY-MM-DD", type=_day, help="read as if today were this day")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("the day must be a date such as 2026-11-23") from None


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
    elif Path(name).is_dir():
        raise UnreadableFile(f"{name} is a folder. Name the file.")
    else:
        with Path(name).open("rb") as stream:
            yield stream


def _answers(name: str) -> Answers:
    with Path(name).open("rb") as file:
        content = file.read(_LARGEST_ANSWERS)
    try:
        given = json.loads(content)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise UnreadableFile('The answers must be one JSON object, such as {"sign": "in"}.')
    return Answers.of(given)


def _read(kind: Kind, stream: IO[bytes], today: date, answers: Answers, report: Report) -> int:
    reading = kind.read(stream, today, answers)
    report.begin(reading)
    if reading.questions:
        report.end()
        return QUESTIONS
    faults = 0
    for found in reading:
        if isinstance(found, RowFault):
            faults += 1
            report.fault(found, kind.called(found.field))
        elif isinstance(found, LeftOut):
            report.left_out(found)
        else:
            report.row(kind.values(found))
    report.end()
    return FAULTS if faults else READ
