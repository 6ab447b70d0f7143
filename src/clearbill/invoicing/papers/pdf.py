"""Print an issued paper as PDF: the same bytes, whenever it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clearbill import documents
from clearbill.invoicing.models import Invoice, IssuedPaper
from clearbill.invoicing.papers import pages


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """A PDF and the name it is kept under: with numbers, never with a person's name."""

    name: str
    content: bytes


def issued(paper: IssuedPaper) -> PdfDocument:
    """Return the paper as it was issued."""
    return PdfDocument(paper.name, documents.pdf(documents.of_json(paper.page)))


def copy_of_invoice(paper: IssuedPaper, row: Invoice, *, as_of: date) -> PdfDocument:
    """Return a copy of this edition of the invoice: below it how it stands on this UK day, or that it is void."""
    page = documents.with_standing(documents.of_json(paper.page), pages.standing(row, as_of=as_of))
    return PdfDocument(f"{paper.name.removesuffix('.pdf')}-on-{as_of}.pdf", documents.pdf(page))
