from __future__ import annotations

import tomllib
from pathlib import Path

from clearbill.clients.diagnosis import open_search

PHRASES = {
    (name, group): phrases
    for name in ("phrases.toml", "more_phrases.toml", "third_phrases.toml", "common_names.toml")
    for group, phrases in tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8")).items()
}
GOAL = 0.95


def test_the_right_code_is_among_the_first_five_for_what_people_type() -> None:
    diagnoses = open_search(None)
    asked = [(phrase, tuple(codes)) for group in PHRASES.values() for phrase, codes in group.items()]
    missed = [
        phrase
        for phrase, codes in asked
        if not any(match.code.startswith(codes) for match in diagnoses.search(phrase, limit=5))
    ]
    assert len(asked) >= 1000
    assert 1 - len(missed) / len(asked) >= GOAL, f"missed: {missed}"


def test_the_answers_expected_are_codes_of_the_list() -> None:
    diagnoses = open_search(None)
    answers = {code for group in PHRASES.values() for codes in group.values() for code in codes}
    assert sorted(code for code in answers if diagnoses.title_of(code) is None and len(code) > 2) == []
