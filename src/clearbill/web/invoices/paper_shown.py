"""An issued invoice as its page shows it: who it is from, to whom, and the facts beside them."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.bill.text import enumerated
from clearbill.documents import Page, Sender

_BESIDE_THE_PARTIES = ("Invoice number", "Client number", "Membership Number", "Authorisation")


class PaperShown:
    """What stands on the paper, part by part."""

    def __init__(self, page: Page) -> None:
        facts = dict(page.facts)
        self.sender: Sender = page.sender
        self.facts = [(name, value) for name, value in page.facts if name not in _BESIDE_THE_PARTIES]
        self.billed_to = page.parties[0].lines
        self.client = page.parties[-1].lines
        self.client_number = facts.get("Client number", "")
        self.membership_number = facts.get("Membership Number", "")
        self.authorisation = facts.get("Authorisation", "")


def changed_in_words(changed: Sequence[str]) -> str:
    """Return a sentence part such as “The client’s name and the site’s name have changed”, "" for nothing."""
    if not changed:
        return ""
    told = enumerated(list(changed))
    verb = "has" if len(changed) == 1 and not told.endswith("details") else "have"
    return f"{told[:1].upper()}{told[1:]} {verb} changed"
