"""Issued papers as pages show them: what stands on an invoice, and the editions that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from clearbill.bill import dates, money
from clearbill.bill.text import enumerated
from clearbill.documents import Page, Sender
from clearbill.invoicing.models import IssuedPaper, LedgerEntry
from clearbill.invoicing.papers import issued

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


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedShown:
    """What was issued of one thing, newest first, and what of the records has changed since.

    `what` follows “edition 1 of”. `reissue` is the address that issues a new edition, "" where `why_fixed`
    says why none may be; `copy` that of a copy with how it stands.
    """

    what: str
    heading: str = "Editions"
    papers: Sequence[IssuedPaper]
    changed: Sequence[str]
    reissue: str = ""
    why_fixed: str = ""
    copy: str = ""
    is_taken_back: bool = False

    @property
    def has_more_to_say(self) -> bool:
        """Whether there is more than the one edition that its button opens."""
        is_late = any(one.is_kept_late for one in self.papers)
        return len(self.papers) > 1 or is_late or self.is_taken_back or bool(self.changed or self.copy)

    @property
    def changed_words(self) -> str:
        """A sentence part such as “The client’s name and the site’s name have changed”, "" for nothing."""
        if not self.changed:
            return ""
        told = enumerated(list(self.changed))
        verb = "has" if len(self.changed) == 1 and not told.endswith("details") else "have"
        return f"{told[:1].upper()}{told[1:]} {verb} changed"


def receipt_shown(entry: LedgerEntry, papers: Sequence[IssuedPaper], *, page: Page | None) -> IssuedShown:
    """Return the receipts of a payment; `page` is the one that would be issued now, None where it was taken back."""
    what = f"receipt for {money.show(abs(entry.amount))} of {dates.show(entry.on)}"
    return IssuedShown(
        what=what,
        heading=f"R{what[1:]}",
        papers=papers,
        changed=issued.changed_since(papers[0], page) if page else [],
        reissue=reverse("receipt-reissue", args=[entry.invoice_id, entry.pk]) if page else "",
        is_taken_back=page is None,
    )
