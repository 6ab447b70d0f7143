"""Diagnosis search against an SQLite full-text prefix search over the same codes, in the same run.

Run as `python -m bench.diagnosis`. The goal: the 95th percentile takes at most half of SQLite's. SQLite is asked for
texts with any of the words, ranked by bm25: asked for all of them, it finds nothing for more than half of the phrases,
and an empty answer is quick. It must find something for most phrases before its time counts.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.figure import Figure
from clearbill.clients.diagnosis import open_search
from clearbill.clients.diagnosis.sources import synonyms, who_list
from clearbill.clients.diagnosis.words import words_of

PHRASES = Path(__file__).parents[1] / "tests" / "clients" / "diagnosis" / "phrases.toml"
ROUNDS = 5
GOAL = 0.5
MOST = 0.8  # share of phrases the full-text search must answer


def run(rounds: int = ROUNDS) -> list[Figure]:
    """The median over interleaved rounds of both searches' 95th percentiles, over the phrases of the quality test."""
    phrases = [phrase for group in tomllib.loads(PHRASES.read_text(encoding="utf-8")).values() for phrase in group]
    ours = open_search(None)
    with closing(_full_text()) as database:
        theirs = _fts_search(database)
        answered = sum(bool(theirs(phrase)) for phrase in phrases) / len(phrases)
        if answered < MOST:
            raise RuntimeError(f"the full-text search answers only {answered:.0%} of the phrases, so it proves nothing")
        values, denominators = [], []
        for _ in range(rounds):
            values.append(_p95_ms(lambda phrase: ours.search(phrase), phrases))
            denominators.append(_p95_ms(theirs, phrases))
    ours_ms, theirs_ms = statistics.median(values), statistics.median(denominators)
    name = "diagnosis search p95"
    return [Figure(name=name, ours=ours_ms, denominator=theirs_ms, unit="ms", goal=GOAL, at_least=False)]


def _p95_ms(search: Callable[[str], object], phrases: list[str]) -> float:
    took = []
    for phrase in phrases:
        started_at = time.perf_counter()
        search(phrase)
        took.append((time.perf_counter() - started_at) * 1000)
    return statistics.quantiles(took, n=20)[-1]


def _full_text() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE diagnosis USING fts5(code, title, synonyms)")
    listed = who_list()
    said: dict[str, list[str]] = {}
    for code, term in synonyms({entry.code: entry.title for entry in listed}):
        said.setdefault(code, []).append(term)
    rows = [(entry.code, entry.title, "; ".join(said.get(entry.code, []))) for entry in listed]
    database.executemany("INSERT INTO diagnosis VALUES (?, ?, ?)", rows)
    return database


def _fts_search(database: sqlite3.Connection) -> Callable[[str], list[tuple[str, str]]]:
    statement = "SELECT code, title FROM diagnosis WHERE diagnosis MATCH ? ORDER BY bm25(diagnosis) LIMIT 5"

    def search(phrase: str) -> list[tuple[str, str]]:
        asked = " OR ".join(f'"{word}"*' for word in words_of(phrase))
        return database.execute(statement, (asked,)).fetchall()

    return search


if __name__ == "__main__":
    for line in run():
        print(line)
