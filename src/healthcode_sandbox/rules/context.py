"""What the rules judge a bill by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from healthcode_sandbox.house.catalogue import Catalogue, Insurer, Provider, Site
from healthcode_sandbox.house.member_register import Register
from healthcode_sandbox.house.received_bill import ReceivedBill

PERSONS = ("person", "generic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The site that sends, today's UK date, and what the house knows.

    `recognition(provider, insurer)` answers "recognised", "pending" or "not recognised"; `is_duplicate` says whether
    a good bill of the same payee already carries the invoice number (A14).
    """

    site: Site
    today: date
    catalogue: Catalogue
    register: Register
    recognition: Callable[[Provider, str], str]
    is_duplicate: Callable[[ReceivedBill], bool]

    def insurer_of(self, bill: ReceivedBill) -> Insurer | None:
        """Return the insurer billed, or None where it is unknown or not mapped for the site."""
        return self.catalogue.insurers.get(bill.insurer) if bill.insurer in self.site.insurers else None

    def mapped(self, number: str) -> Provider | None:
        """Return the provider behind a number, or None where the house does not know it."""
        provider = self.catalogue.providers.get(number)
        return provider if provider is not None and provider.mapped else None

    def here(self, number: str) -> Provider | None:
        """Return the provider behind a number that this site may use, or None."""
        provider = self.mapped(number)
        return provider if provider is not None and self.site.id in provider.sites else None

    def is_recognised(self, provider: Provider, bill: ReceivedBill) -> bool:
        """Return whether the insurer recognises the provider; an invalid insurer is another rule's fault."""
        insurer = self.insurer_of(bill)
        return insurer is None or self.recognition(provider, insurer.id) == "recognised"
