from __future__ import annotations

from pathlib import Path

from clearbill.bill.insurers import all_insurers
from clearbill.bill.insurers.known_facts import facts
from scripts.insurers_table import page

ROOT = Path(__file__).parents[2]


def test_the_page_of_all_insurers_is_current() -> None:
    assert (ROOT / "docs" / "insurers.md").read_text(encoding="utf-8") == page()


def test_a_fact_in_words_has_its_source_and_day() -> None:
    told = [fact for insurer in all_insurers() for fact in facts(insurer) if fact.sure]
    assert len(told) > 100
    assert [fact for fact in told if not fact.source or fact.read_on is None] == []
    assert {fact.name for fact in told} >= {"Every line", "Sessions", "Withdrawn code", "Membership number, not"}
