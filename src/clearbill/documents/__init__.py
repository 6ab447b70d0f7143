"""The papers a practice hands out, as PDF: invoice, credit note, receipt, statement of account, letter.

Plain values become a page, and a page bytes; a page that was kept as JSON gives the same bytes later. This package
knows neither the database nor the web; the layout is `page.typ`.
"""

from __future__ import annotations

from clearbill.documents.invoices import credit_note_page, invoice_page, receipt_page, with_standing
from clearbill.documents.letters import letter_page
from clearbill.documents.page import Page, Party, of_json, pdf, to_json
from clearbill.documents.statements import statement_page
from clearbill.documents.values import (
    CreditedLine,
    CreditNote,
    Invoice,
    Letter,
    Line,
    Movement,
    Receipt,
    Sender,
    Standing,
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
    "Page",
    "Party",
    "Receipt",
    "Sender",
    "Standing",
    "Statement",
    "Table",
    "WithInsurer",
    "credit_note_page",
    "invoice_page",
    "letter_page",
    "of_json",
    "pdf",
    "receipt_page",
    "statement_page",
    "to_json",
    "with_standing",
]
