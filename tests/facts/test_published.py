"""Clearbill and the stand-in contradict no published fact. Each has code of its own; the table is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clearbill.bill.insurers import all_insurers, bare, by_identifier, by_slug
from healthcode_sandbox.server import start
from tests.facts import product, stand_in
from tests.facts.table import PublishedFact, Takes, first_at_odds, published
from tests.moment import TODAY_BY_THE_MACHINE
from tests.sandbox.caller import Caller

ADDRESS = re.compile(r"https://[\w.-]+\.[a-z]{2,}(/\S*)?")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    with start(data_folder=tmp_path_factory.mktemp("facts"), clock_start=noon) as running:
        caller = Caller(running)
        yield caller
        caller.http.close()


def test_clearbill_is_at_odds_with_no_published_fact() -> None:
    assert first_at_odds(published(), product.KINDS) == ""


def test_the_stand_in_is_at_odds_with_no_published_fact(house: Caller) -> None:
    assert first_at_odds(published(), stand_in.kinds_of(house)) == ""


def test_every_fact_is_held_against_a_side(house: Caller) -> None:
    known = product.KINDS.keys() | stand_in.kinds_of(house).keys()
    assert [fact.says for fact in published() if fact.kind not in known] == []


def test_every_fact_has_an_address_and_the_day_it_was_read() -> None:
    facts = published()
    assert len(facts) > 35
    assert [fact.says for fact in facts if not ADDRESS.fullmatch(fact.source)] == []
    assert [fact.says for fact in facts if not fact.read_on <= TODAY_BY_THE_MACHINE] == []
    assert [fact.says for fact in facts if not fact.taken and not fact.refused] == []


def test_every_insurer_of_a_fact_is_one_that_is_known() -> None:
    facts = [fact for fact in published() if fact.about or fact.slug]
    unknown = [fact.says for fact in facts if (by_identifier(fact.about) or by_slug(fact.slug)) is None]
    assert (len(facts) > 25, unknown) == (True, [])


def test_every_published_form_that_clearbill_knows_is_in_the_table() -> None:
    """A form that is added to an insurer's file comes with its fact."""
    missing = [
        f"{insurer.slug}: {form.shape}"
        for insurer in all_insurers()
        for kind, numbers in (("membership", insurer.membership), ("authorisation", insurer.authorisation))
        for form in numbers.formats
        if form.confidence != "L"
        and not any(
            form.fits(bare(value))
            for fact in published()
            if fact.kind == kind and insurer.slug == product.insurer_of(fact).slug
            for value in fact.taken
        )
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("fact", "change", "told"),
    [
        ("AXA Health’s five forms", {"taken": ("AXA-ZZ000001", "NOT-ONE")}, "“NOT-ONE” is refused. AXA Health’s five"),
        ("All plan numbers of VitalityHealth", {"refused": ("12345678",)}, "“12345678” is taken. All plan numbers"),
    ],
)
def test_the_first_fact_at_odds_is_named(
    house: Caller, fact: str, change: dict[str, tuple[str, ...]], told: str
) -> None:
    doctored = [replace(one, **change) if one.says.startswith(fact) else one for one in published()]
    sides: list[dict[str, Takes]] = [dict(product.KINDS), dict(stand_in.kinds_of(house))]
    for kinds in sides:
        sentence = first_at_odds(doctored, kinds)
        assert sentence.startswith(told)
        assert "read on 2026-1" in sentence


def test_a_fact_that_a_side_has_nothing_to_do_with_is_passed_over() -> None:
    fact = PublishedFact(says="", kind="x", source="", read_on=datetime(2026, 11, 23, tzinfo=UTC).date(), taken=("1",))
    assert first_at_odds([fact], {"x": lambda fact, value: None}) == ""


def test_the_table_is_where_the_docs_say() -> None:
    root = Path(__file__).parents[2]
    assert "tests/facts/published.toml" in (root / "docs" / "insurers.md").read_text(encoding="utf-8")
