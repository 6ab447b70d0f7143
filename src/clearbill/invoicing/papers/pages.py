"""What stands on each paper, put together from the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from clearbill import documents
from clearbill.bill import dates, insurers
from clearbill.bill.problem import Refused
from clearbill.bill.text import enumerated
from clearbill.clients.models import Client
from clearbill.documents import Page
from clearbill.invoicing import cover, ledger
from clearbill.invoicing.models import CreditNote, Invoice, LedgerEntry
from clearbill.invoicing.papers.statements import Statement
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner

BORN = "Born "


def invoice(row: Invoice) -> Page:
    """Return the invoice as it would be issued now."""
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
        note=row.note,
    )
    return documents.invoice_page(sender(row.practice), told)


def standing(row: Invoice, *, as_of: date) -> documents.Standing:
    """Return how the invoice stands now; `as_of` is the UK day it is."""
    since = (
        (f"{'Paid back' if row.paid_total < 0 else 'Received'}{_how(row)}", row.paid_total),
        ("Credited", row.credited_total),
        ("Deducted by the insurer", row.short_total),
        ("Written off", row.written_off_total),
    )
    return documents.Standing(
        as_of=as_of,
        since=tuple((name, amount) for name, amount in since if amount),
        open=ledger.open_amount(row),
        is_void=row.voided_at is not None,
    )


def credit_note(row: CreditNote) -> Page:
    """Return the credit note as it would be issued now."""
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
    return documents.credit_note_page(sender(row.practice), told)


def receipt(entry: LedgerEntry, *, as_of: date) -> Page:
    """Return the receipt for money of the patient, with how the invoice stands. Raises Refused for any other entry."""
    refuse_without_receipt(entry)
    row = entry.invoice
    told = documents.Receipt(
        invoice_number=row.number,
        invoiced_on=row.issued_on,
        received_on=entry.on,
        amount=entry.amount,
        reference=entry.reference,
        method=entry.paid_by,
        to=address(row.client),
        facts=_filled(_treated_by(row.practitioner)),
        total=row.net_total,
        open=ledger.open_amount(row),
        as_of=as_of,
    )
    return documents.receipt_page(sender(row.practice), told)


def refuse_without_receipt(entry: LedgerEntry) -> None:
    """Raise Refused for what is no standing payment of the patient."""
    if entry.kind != LedgerEntry.PAID or entry.source != LedgerEntry.PATIENT or entry.takes_back_id:
        raise Refused("A receipt is given for money of the client only.")
    if hasattr(entry, "taken_back_by"):
        raise Refused("This payment was taken back, so there is no receipt for it.")


def statement(of: Statement) -> Page:
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
    return documents.statement_page(sender(of.client.practice), told)


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
    return (client.name, *client.address)


def _lines(of: Practice) -> tuple[str, ...]:
    return tuple(line for line in (of.address_1, of.address_2, of.address_3, of.address_4, of.postcode) if line)


def _billed_to(row: Invoice) -> tuple[str, ...]:
    if not row.insurer_slug:
        return address(row.client)
    return (insurers.name_of(row.insurer_slug),)


def _for(row: Invoice) -> tuple[str, ...]:
    """Who was treated, where somebody else is billed."""
    if not row.insurer_slug:
        return ()
    born = [f"{BORN}{dates.show(row.client.birth_date)}"] if row.client.birth_date else []
    return (*address(row.client), *born)


def _facts(row: Invoice) -> tuple[tuple[str, str], ...]:
    """The facts beside the parties. Numbers are those of the policy that is billed, and so of no other insurer."""
    covered = cover.of_invoice(row)
    return _filled(
        (
            *_treated_by(row.practitioner),
            ("Site", row.site.name if row.site else ""),
            ("Client number", row.client.number),
            ("Membership Number", covered.policy.membership_number if covered.policy else ""),
            ("Authorisation", covered.authorisation.code if covered.authorisation else ""),
            ("Share of invoice", row.share_of.number if row.share_of else ""),
        )
    )


def _how(row: Invoice) -> str:
    """Say how the invoice was paid, where the client paid all of it and each way is known."""
    rows = row.entries.filter(kind=LedgerEntry.PAID, takes_back=None, taken_back_by=None).select_related("method")
    ways = list(dict.fromkeys(entry.paid_by for entry in rows))
    return f": {enumerated([way.lower() for way in ways])}" if ways and all(ways) else ""


def _treated_by(one: Practitioner) -> tuple[tuple[str, str], ...]:
    return ("Practitioner", one.name), ("Registration", registration(one))


def registration(one: Practitioner) -> str:
    """Return with whom the practitioner is registered, and the number there; "" where no number is entered."""
    number = one.registration_number
    return f"{one.registration_body} {number}".strip() if number else ""


def _filled(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)
