"""Papers of invented people, for the tests to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from clearbill import documents

P = Decimal
TO = ("Ms Testa Sample", "1 Invented Street", "ZZ1 1ZZ")
SENDER = documents.Sender(
    name="Riverside Clinic",
    address=("4 Millrace Walk", "ZZ4 7RC"),
    phone="020 7946 0142",
    email="desk@riverside.example",
    vat_number="GB123456789",
    account_name="Riverside Clinic Ltd",
    sort_code="12-34-56",
    account_number="12345678",
    footer="Please pay within 14 days.\nThank you.",
)


def line(**fields: Any) -> documents.Line:
    given = {"on": date(2026, 11, 9), "description": "Physiotherapy", "code": "ZPHY01", "price": P("70.00")}
    return documents.Line(**{**given, "amount": P("70.00"), **fields})


def invoice(**fields: Any) -> documents.Invoice:
    plain = documents.Invoice(number="CB10042", issued_on=date(2026, 11, 10), to=TO, lines=(line(),), total=P("70.00"))
    return replace(plain, **fields)


def report(**fields: Any) -> documents.Line:
    """A line with VAT."""
    return line(
        description="Report for the court",
        price=P("100.00"),
        amount=P("100.00"),
        vat_rate=P("20.00"),
        vat=P("20.00"),
        **fields,
    )


def statement(**fields: Any) -> documents.Statement:
    plain = documents.Statement(
        client_number="P-00042",
        to=TO,
        first_on=date(2026, 9, 1),
        last_on=date(2026, 11, 24),
        before=P("20.00"),
        movements=(
            documents.Movement(on=date(2026, 9, 3), words="Invoice CB10001", charge=P("70.00"), balance=P("90.00")),
            documents.Movement(on=date(2026, 9, 9), words="Payment, thank you", credit=P("60.00"), balance=P("30.00")),
        ),
        after=P("30.00"),
        aged=(("0 to 30 days", P("0.00")), ("Over 90 days", P("30.00"))),
    )
    return replace(plain, **fields)


def letter(**fields: Any) -> documents.Letter:
    billed = documents.Table(
        caption="What was billed",
        columns=("Date", "Service", "Amount"),
        rows=(("9 Nov 2026", "Physiotherapy", "£70.00"), ("Billed", "", "£70.00")),
        figures=frozenset({"Amount"}),
        has_sum=True,
    )
    plain = documents.Letter(
        to=("Invented Insurer", "Provider payments"),
        dated_on=date(2026, 11, 24),
        subject="Invoice CB10042: £20.00",
        facts=(("Membership number", "ZZ00000001"),),
        tables=(billed,),
        paragraphs=("We do not agree.", "Please pay."),
    )
    return replace(plain, **fields)


def credit_note(**fields: Any) -> documents.CreditNote:
    plain = documents.CreditNote(
        number="CN10001",
        issued_on=date(2026, 11, 20),
        invoice_number="CB10042",
        invoiced_on=date(2026, 11, 10),
        to=TO,
        lines=(documents.CreditedLine(description="Physiotherapy", amount=P("35.00")),),
        reason="Half price.",
    )
    return replace(plain, **fields)


def receipt(**fields: Any) -> documents.Receipt:
    plain = documents.Receipt(
        invoice_number="CB10042",
        invoiced_on=date(2026, 11, 10),
        received_on=date(2026, 11, 12),
        amount=P("50.00"),
        reference="Card",
        to=TO,
        total=P("70.00"),
        open=P("20.00"),
        as_of=date(2026, 11, 24),
    )
    return replace(plain, **fields)


def invoice_pdf(sender: documents.Sender, of: documents.Invoice) -> bytes:
    return documents.pdf(documents.invoice_page(sender, of))


def credit_note_pdf(sender: documents.Sender, of: documents.CreditNote) -> bytes:
    return documents.pdf(documents.credit_note_page(sender, of))


def receipt_pdf(sender: documents.Sender, of: documents.Receipt) -> bytes:
    return documents.pdf(documents.receipt_page(sender, of))


def statement_pdf(sender: documents.Sender, of: documents.Statement) -> bytes:
    return documents.pdf(documents.statement_page(sender, of))


def letter_pdf(sender: documents.Sender, of: documents.Letter) -> bytes:
    return documents.pdf(documents.letter_page(sender, of))


PAGES = {
    "invoice": documents.invoice_page(SENDER, invoice()),
    "credit note": documents.credit_note_page(SENDER, credit_note()),
    "receipt": documents.receipt_page(SENDER, receipt()),
    "statement": documents.statement_page(SENDER, statement()),
    "letter": documents.letter_page(SENDER, letter()),
}
"""One of each paper."""


def everything() -> dict[str, bytes]:
    return {kind: documents.pdf(page) for kind, page in PAGES.items()}


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text(pdf: bytes) -> str:
    """All that stands on the pages, with single blanks, so that a line's end does not matter."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).replace("\u200b", "").split())
