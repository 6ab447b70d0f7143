"""Print docs/checks.md: every check of a bill and every message of the clearing house, as tables.

python scripts/rules_table.py > docs/checks.md
"""

from __future__ import annotations

from collections.abc import Iterable

from clearbill.bill.checks import RULES
from clearbill.bill.json_codec import CODES
from clearbill.bill.problem import WHO
from clearbill.bill.rejections import known_messages

HEAD = """# What is checked

`clearbill check` and every page check a bill by the rules below. *Blocks*: the bill would certainly come back.
*Warns*: it may come back. *By source*: it blocks where the insurer itself has published the fact, and warns
otherwise; [what is known of each insurer](insurers.md) lists the facts with their sources. A rule without a
published source warns, unless the bill lacks what every bill needs or contradicts itself. The pages that rules name
as their sources were read on 23 November 2026, WHO’s list on 30 November.

This page is made by `python scripts/rules_table.py > docs/checks.md`.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    rules = ((rule.code, rule.severity, rule.statement, rule.source) for rule in RULES)
    reading = ((code, severity, statement) for code, (severity, statement) in CODES.items())
    sayings = (
        (
            saying.code,
            "; ".join([*(f"{saying.field}: {error}" for error in saying.errors), *saying.texts]),
            saying.plain.format(insurer="the insurer", Insurer="The insurer"),
            saying.fix.format(insurer="the insurer", Insurer="The insurer"),
            ", then ".join(WHO[who] for who in (saying.who, *saying.then)),
            f"{saying.source} ({saying.confidence}), read on {saying.read_on:%Y-%m-%d}",
        )
        for saying in known_messages()
    )
    parts = [
        HEAD,
        "## Rules\n",
        table(("Code", "Severity", "The rule", "Source"), rules),
        "\n## Reading a bill from JSON\n",
        table(("Code", "Severity", "The rule"), reading),
        "\n## What Healthcode says, in plain words\n",
        "A message that is not in this table is shown as it stands, with the code HC-00.\n",
        table(
            (
                "Code",
                "Healthcode says",
                "It means",
                "What to do",
                "Whose move",
                "Source (confidence), and when it was read",
            ),
            sayings,
        ),
    ]
    return "\n".join(parts)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    print(page(), end="")
