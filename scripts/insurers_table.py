"""Print docs/insurers.md: everything known of each insurer, with its source and the day it was read.

python scripts/insurers_table.py > docs/insurers.md
"""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill.insurers import Insurer, all_insurers
from clearbill.bill.insurers.known_facts import facts
from scripts.rules_table import table

HEAD = """# What is known of each insurer

Clearbill checks bills by these facts; they also stand on each insurer’s page under Workspace Settings, Insurers.
*Published*: the insurer, Healthcode or a software vendor says so. *Published once, or old*: one page does, or one that
may be out of date. *Seen or assumed*: nobody has published it, and no bill is ever stopped by it. Pages change: the day
says when it was read. The tests hold Clearbill and the stand-in against `tests/facts/published.toml`, a table of
published facts with their sources, each side with code of its own.

This page is made by `python scripts/insurers_table.py > docs/insurers.md`.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([HEAD, *(part for insurer in all_insurers() for part in _insurer(insurer))])


def _insurer(insurer: Insurer) -> Iterator[str]:
    yield f"## {insurer.name}\n"
    rows = (
        (fact.name, fact.value, fact.sure, f"{fact.source}, read on {fact.read_on:%Y-%m-%d}" if fact.read_on else "")
        for fact in facts(insurer)
    )
    yield table(("Fact", "What is known", "How sure", "Where and when it was read"), rows)
    if insurer.notes:
        yield "".join(f"- {note}\n" for note in insurer.notes)


if __name__ == "__main__":
    print(page(), end="")
