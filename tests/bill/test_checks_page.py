from __future__ import annotations

from pathlib import Path

from scripts.rules_table import page

ROOT = Path(__file__).parents[2]


def test_the_page_of_all_checks_is_current() -> None:
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == page()
