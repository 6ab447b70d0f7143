"""The papers a practice hands out, as PDF: invoice, credit note, receipt, statement of account, letter.

Plain values go in, bytes come out. This package knows neither the database nor the web; the layout is `page.typ`.
"""

from __future__ import annotations

from clearbill.documents.invoices import credit_note, invoice, receipt
from clearbill.documents.letters import letter
from clearbill.documents.statements import statement
from clearbill.documents.values import (
    CreditedLine,
    CreditNote,
    Invoice,
    Letter,
    Line,
    Movement,
    Receipt,
    Sender,
    Statement,
    Table,
    WithInsurer,
)

__all__ = [
    "CreditNote",
    "CreditedLine",
    "Invoice",
    "Letter",
    "Line",
    "Movement",
    "Receipt",
    "Sender",
    "Statement",
    "Table",
    "WithInsurer",
    "credit_note",
    "invoice",
    "letter",
    "receipt",
    "statement",
]
