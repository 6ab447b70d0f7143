"""Fill in the documents: an invoice, a credit note, a receipt and a statement, as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clearbill import documents
from clearbill.bill import dates, insurers
from clearbill.bill.problem import Refused
from clearbill.bill.text import enumerated
from clearbill.clients.models import Client
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.models import CreditNote, Invoice, LedgerEntry
from clearbill.invoicing.papers.statements import Statement
from clearbill.people.models import Practice

MISSING_VAT_NUMBER = (
    "This has VAT on it and must show the practice’s VAT number, and none is entered. Enter it in the Workspace "
    "Settings under Practice details."
)


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """A PDF and the name it is kept under: with numbers, never with a person's name."""

    name: str
    content: bytes


def invoice(row: Invoice) -> PdfDocument:
    """Return the invoice as it stands now. Raises Refused where it has VAT and the practice no VAT number."""
    if row.vat_total:
        _need_vat_number(row.practice)
    lines = tuple(
        documents.Line(
            on=line.treated_on,
            description=line.description,
            code=line.item_code,
            units=line.units,
            price=line.unit_price,
            discount=line.discount,
            vat_rate=line.vat_rate,
            vat=line.vat,
            amount=line.gross - line.discount,
        )
        for line in row.lines.all()
    )
    since = (
        (f"{'Paid back' if row.paid_total < 0 else 'Received'}{_how(row)}", row.paid_total),
        ("Credited", row.credited_total),
        ("Deducted by the insurer", row.short_total),
        ("Written off", row.written_off_total),
    )
    told = documents.Invoice(
        number=row.number,
        issued_on=row.issued_on,
        to=_billed_to(row),
        client=_for(row),
        facts=_facts(row),
        lines=lines,
        paid_before=row.patient_paid,
        paid_before_by=row.get_patient_paid_method_display(),
        total=row.net_total,
        since=tuple((name, amount) for name, amount in since if amount),
        open=ledger.open_amount(row),
        note=row.note,
        is_void=row.voided_at is not None,
    )
    return PdfDocument(f"invoice-{row.number}.pdf", documents.invoice(sender(row.practice), told))


def credit_note(row: CreditNote) -> PdfDocument:
    """Return the credit note. Raises Refused where it has VAT and the practice no VAT number."""
    if row.vat_total:
        _need_vat_number(row.practice)
    lines = tuple(
        documents.CreditedLine(
            description=f"{part.line.description}, {dates.show(part.line.treated_on)}",
            vat_rate=part.line.vat_rate,
            vat=part.vat,
            amount=part.amount - part.vat,
        )
        for part in row.lines.select_related("line")
    )
    told = documents.CreditNote(
        number=row.number,
        issued_on=row.issued_on,
        invoice_number=row.invoice.number,
        invoiced_on=row.invoice.issued_on,
        to=_billed_to(row.invoice),
        client=_for(row.invoice),
        lines=lines,
        reason=row.reason,
    )
    return PdfDocument(f"credit-note-{row.number}.pdf", documents.credit_note(sender(row.practice), told))


def receipt(entry: LedgerEntry, *, as_of: date) -> PdfDocument:
    """Return the receipt for money of the patient. Raises Refused for any other entry."""
    if entry.kind != LedgerEntry.PAID or entry.source != LedgerEntry.PATIENT or entry.takes_back_id:
        raise Refused("A receipt is given for money of the client only.")
    if hasattr(entry, "taken_back_by"):
        raise Refused("This payment was taken back, so there is no receipt for it.")
    row = entry.invoice
    told = documents.Receipt(
        invoice_number=row.number,
        invoiced_on=row.issued_on,
        received_on=entry.on,
        amount=entry.amount,
        reference=entry.reference,
        method=entry.paid_by,
        to=address(row.client),
        total=row.net_total,
        open=ledger.open_amount(row),
        as_of=as_of,
    )
    return PdfDocument(f"receipt-{row.number}-{entry.pk}.pdf", documents.receipt(sender(row.practice), told))


def statement(of: Statement) -> PdfDocument:
    """Return the client's statement of account."""
    told = documents.Statement(
        client_number=of.client.number,
        to=address(of.client),
        first_on=of.first_on,
        last_on=of.last_on,
        before=of.before,
        after=of.after,
        aged=of.aged,
        movements=tuple(
            documents.Movement(on=one.on, words=one.words, charge=one.charge, credit=one.credit, balance=one.balance)
            for one in of.movements
        ),
        with_insurers=tuple(
            documents.WithInsurer(
                on=one.invoice.issued_on,
                number=one.invoice.number,
                insurer=one.insurer,
                total=one.invoice.net_total,
                received=one.received,
                open=one.open,
            )
            for one in of.to_insurers
        ),
    )
    name = f"statement-{of.client.number}-{of.last_on}.pdf"
    return PdfDocument(name, documents.statement(sender(of.client.practice), told))


def sender(practice: Practice) -> documents.Sender:
    """Return the practice as it stands at the head and the foot of its papers."""
    return documents.Sender(
        name=practice.name,
        address=_lines(practice),
        phone=practice.phone,
        email=practice.email,
        vat_number=practice.vat_number,
        account_name=practice.account_name,
        sort_code=practice.sort_code,
        account_number=practice.account_number,
        footer=practice.footer,
    )


def address(client: Client) -> tuple[str, ...]:
    """Return the client's name and address, line by line."""
    return (client.name, *_lines(client))


def _lines(of: Practice | Client) -> tuple[str, ...]:
    return tuple(line for line in (of.address_1, of.address_2, of.address_3, of.address_4, of.postcode) if line)


def _billed_to(row: Invoice) -> tuple[str, ...]:
    if not row.insurer_slug:
        return address(row.client)
    return (insurers.name_of(row.insurer_slug),)


def _for(row: Invoice) -> tuple[str, ...]:
    """Who was treated, where somebody else is billed."""
    if not row.insurer_slug:
        return ()
    born = [f"Born {dates.show(row.client.birth_date)}"] if row.client.birth_date else []
    return (*address(row.client), *born)


def _facts(row: Invoice) -> tuple[tuple[str, str], ...]:
    covered = cover.of_invoice(row)
    facts = (
        ("Practitioner", row.practitioner.name),
        ("Site", row.site.name if row.site else ""),
        ("Client number", row.client.number),
        ("Membership Number", covered.policy.membership_number if covered.policy else ""),
        ("Authorisation", covered.authorisation.code if covered.authorisation else ""),
        ("Share of invoice", row.share_of.number if row.share_of else ""),
    )
    return tuple((name, value) for name, value in facts if value)


def _how(row: Invoice) -> str:
    """Say how the invoice was paid, where the client paid all of it and each way is known."""
    rows = row.entries.filter(kind=LedgerEntry.PAID, takes_back=None, taken_back_by=None).select_related("method")
    ways = list(dict.fromkeys(entry.paid_by for entry in rows))
    return f": {enumerated([way.lower() for way in ways])}" if ways and all(ways) else ""


def _need_vat_number(practice: Practice) -> None:
    if not practice.vat_number:
        raise Refused(MISSING_VAT_NUMBER)
