"""`clearbill diagnosis TEXT...`: the diagnosis search of the client page, on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from clearbill.clients.diagnosis import search

_MOST = 50


def main(argv: Sequence[str]) -> int:
    """Prints the diagnoses a text may mean. Returns 0, or 1 where nothing fits and no JSON was asked for.

    Wrong usage raises SystemExit(2), after a sentence on standard error.
    """
    asked = _parser().parse_args(argv)
    matches = search(" ".join(asked.text), limit=asked.limit)
    if asked.json:
        print(json.dumps([asdict(match) for match in matches], ensure_ascii=False))
        return 0
    if not matches:
        print("No diagnosis fits these words. Try fewer words, or the name of the condition.", file=sys.stderr)
        return 1
    for match in matches:
        print(f"{match.code:<6} {match.title}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clearbill diagnosis",
        description="Find the WHO ICD-10 code for a diagnosis, by code or by the words people use.",
    )
    parser.add_argument("text", nargs="+", metavar="TEXT", help='a code ("m545") or words ("frozen shoulder")')
    parser.add_argument("--json", action="store_true", help='print [{"code", "title"}] for a program')
    parser.add_argument("--limit", type=_limit, default=5, metavar="N", help=f"at most N matches, 1 to {_MOST} (5)")
    return parser


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"the limit needs to be a whole number from 1 to {_MOST}")
    return int(text)
