"""Invoices, credit notes and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from clearbill.bill import dates, money
from clearbill.documents.page import Page, Party, how_to_pay, sums, table, words
from clearbill.documents.values import CreditedLine, CreditNote, Invoice, Line, Receipt, Sender, Standing, Table

EXEMPT = "Exempt"

_FIGURES = frozenset({"Units", "Price", "Discount", "VAT rate", "VAT", "Amount", "Before VAT"})


def invoice_page(sender: Sender, of: Invoice) -> Page:
    """Return the invoice as a page. The VAT is told by rate where there is any."""
    has_vat = any(line.vat_rate for line in of.lines)
    parties = (Party(label="Billed to", lines=of.to), *([Party(label="For", lines=of.client)] if of.client else []))
    return Page(
        title=f"Invoice {of.number}",
        heading="Invoice",
        sender=sender,
        parties=parties,
        facts=(("Invoice number", of.number), ("Date", dates.show(of.issued_on)), *of.facts),
        blocks=(
            _services(of.lines, has_vat=has_vat),
            *_invoice_sums(of, has_vat=has_vat),
            *(_vat_by_rate(of.lines) if has_vat else ()),
            *([words("Exempt from VAT.")] if sender.vat_number and not has_vat else []),
            words(of.note),
            *(how_to_pay(sender, of.number) if of.total > 0 else ()),
        ),
    )


def with_standing(page: Page, of: Standing) -> Page:
    """Return a copy of an issued invoice: below what it said when it was issued, how it stands on a day.

    A void one is marked so. How to pay stands on it only as long as something is left to pay.
    """
    said = [block for block in page.blocks if block["kind"] != "box"]
    how = [block for block in page.blocks if block["kind"] == "box"]
    if of.is_void:
        return replace(page, mark="Void", blocks=tuple(said))
    stands = ("Paid too much" if of.open < 0 else "To pay", money.show(abs(of.open)), "grand")
    told = [
        words(f"On {dates.show(of.as_of)} it stands so:"),
        sums(*((name, money.show(-amount), "") for name, amount in of.since), stands),
    ]
    return replace(page, blocks=(*said, *told, *(how if of.open > 0 else ())))


def _services(lines: Sequence[Line], *, has_vat: bool) -> dict[str, Any]:
    has_code, has_discount = any(line.code for line in lines), any(line.discount for line in lines)
    columns = ("Date", "Service", *(["Code"] if has_code else []), "Units", "Price")
    columns += (*(["Discount"] if has_discount else []), *(["VAT rate"] if has_vat else []))
    columns += ("Before VAT" if has_vat else "Amount",)
    rows = tuple(
        (
            dates.show(line.on),
            line.description,
            *([line.code] if has_code else []),
            str(line.units),
            money.show(line.price),
            *([money.show(-line.discount) if line.discount else ""] if has_discount else []),
            *([_rate(line.vat_rate)] if has_vat else []),
            money.show(line.amount),
        )
        for line in lines
    )
    return table(Table(caption="", columns=columns, rows=rows, figures=_FIGURES), wide="Service")


def _invoice_sums(of: Invoice, *, has_vat: bool) -> tuple[dict[str, Any], ...]:
    before = money.total(line.amount for line in of.lines)
    rows: list[tuple[str, str, str]] = []
    if has_vat or of.paid_before:
        rows.append(("Before VAT" if has_vat else "Sum", money.show(before), ""))
    if has_vat:
        rows.append(("VAT", money.show(money.total(line.vat for line in of.lines)), ""))
    if of.paid_before:
        how = f": {of.paid_before_by.lower()}" if of.paid_before_by else ""
        rows.append((f"Paid before{how}", money.show(-of.paid_before), ""))
    rows.append(("Total", money.show(of.total), "grand"))
    return (sums(*rows),)


def _vat_by_rate(lines: Sequence[Line] | Sequence[CreditedLine]) -> tuple[dict[str, Any], ...]:
    rates = sorted({line.vat_rate for line in lines}, reverse=True)
    rows = []
    for rate in rates:
        of = [line for line in lines if line.vat_rate == rate]
        before, vat = money.total(line.amount for line in of), money.total(line.vat for line in of)
        rows.append((_rate(rate), money.show(before), money.show(vat)))
    columns = ("VAT rate", "Before VAT", "VAT")
    return (table(Table(caption="VAT by rate", columns=columns, rows=tuple(rows), figures=_FIGURES), wide="VAT rate"),)


def _rate(rate: Decimal) -> str:
    return f"{rate.normalize():f} %" if rate else EXEMPT


def credit_note_page(sender: Sender, of: CreditNote) -> Page:
    """Return the credit note as a page."""
    has_vat = any(line.vat_rate for line in of.lines)
    columns = ("Service", *(["VAT rate"] if has_vat else []), "Before VAT" if has_vat else "Amount")
    rows = tuple(
        (line.description, *([_rate(line.vat_rate)] if has_vat else []), money.show(line.amount)) for line in of.lines
    )
    before, vat = money.total(line.amount for line in of.lines), money.total(line.vat for line in of.lines)
    taxed = (("Before VAT", money.show(before), ""), ("VAT", money.show(vat), "")) if has_vat else ()
    parties = (Party(label="Credited to", lines=of.to), *([Party(label="For", lines=of.client)] if of.client else []))
    return Page(
        title=f"Credit note {of.number}",
        heading="Credit note",
        sender=sender,
        parties=parties,
        facts=(
            ("Credit note number", of.number),
            ("Date", dates.show(of.issued_on)),
            ("For invoice", of.invoice_number),
            ("Invoice of", dates.show(of.invoiced_on)),
        ),
        blocks=(
            words(of.reason),
            table(Table(caption="", columns=columns, rows=rows, figures=_FIGURES), wide="Service"),
            sums(*taxed, ("Credited", money.show(before + vat), "grand")),
            *(_vat_by_rate(of.lines) if has_vat else ()),
            words(f"This takes {money.show(before + vat)} off invoice {of.invoice_number}."),
        ),
    )


def receipt_page(sender: Sender, of: Receipt) -> Page:
    """Return the receipt as a page; for money that went back it says so."""
    is_refund = of.amount < 0
    heading = "Receipt for a refund" if is_refund else "Receipt"
    stands = "Paid in full" if not of.open else f"{money.show(of.open)} open"
    if of.open < 0:
        stands = f"Paid in full, {money.show(-of.open)} too much"
    facts = (
        ("Invoice", of.invoice_number),
        ("Invoice of", dates.show(of.invoiced_on)),
        ("Paid back on" if is_refund else "Received on", dates.show(of.received_on)),
        *([("Paid back by" if is_refund else "Paid by", of.method)] if of.method else []),
        *([("Reference", of.reference)] if of.reference else []),
        *of.facts,
    )
    thanks = "We have paid this amount back." if is_refund else "Thank you. We have received this amount."
    return Page(
        title=f"{heading}, invoice {of.invoice_number}",
        heading=heading,
        sender=sender,
        parties=(Party(label="Paid back to" if is_refund else "Received from", lines=of.to),),
        facts=facts,
        blocks=(
            words(thanks),
            sums(
                ("Invoice total", money.show(of.total), ""),
                ("Paid back" if is_refund else "Received", money.show(abs(of.amount)), "grand"),
            ),
            words(f"Invoice {of.invoice_number} on {dates.show(of.as_of)}: {stands}."),
        ),
    )
