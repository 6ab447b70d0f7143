"""The letter to an insurer that disputes a deduction, as a page."""

from __future__ import annotations

from clearbill.bill import dates
from clearbill.documents.page import Page, Party, table, words
from clearbill.documents.values import Letter, Sender


def letter_page(sender: Sender, of: Letter) -> Page:
    """Return the letter as a page; in each table the first column that holds no figures is the wide one."""
    tables = [
        table(one, wide=next((name for name in one.columns[1:] if name not in one.figures), one.columns[0]))
        for one in of.tables
    ]
    return Page(
        title=of.subject,
        sender=sender,
        parties=(Party(lines=of.to),),
        facts=(("Date", dates.show(of.dated_on)),),
        blocks=(
            words(of.greeting),
            {"kind": "subject", "words": of.subject},
            *([{"kind": "facts", "facts": of.facts}] if of.facts else []),
            *tables,
            *([{"kind": "space", "mm": 3}] if of.tables else []),
            words(*of.paragraphs),
            words(of.closing),
            {"kind": "space", "mm": 14},
            words("\n".join(of.signed_by or (sender.name,))),
        ),
    )
