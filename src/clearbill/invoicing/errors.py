"""Why the ledger cannot take something, as a sentence for the person."""

from __future__ import annotations

from clearbill.invoicing.models import Invoice


class BillingRefused(Exception):
    """The books cannot take this; the message is a sentence for the person who asked."""


class AlreadyInvoiced(BillingRefused):
    """A visit is on an invoice already: `invoice`."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(f"This visit is already on invoice {invoice.number}.")
        self.invoice = invoice
