"""What a line and an invoice come to. Exact pounds; only VAT is rounded, line by line, half a penny up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from clearbill.bill import money


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """`net` = `gross` - `discount` + `vat`."""

    gross: Decimal
    discount: Decimal
    vat: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceAmounts:
    """`net_total` = `gross_total` - `discount_total` + `vat_total` - `patient_paid`."""

    gross_total: Decimal
    discount_total: Decimal
    vat_total: Decimal
    patient_paid: Decimal
    net_total: Decimal


def of_line(*, units: int, unit_price: Decimal, discount: Decimal, vat_rate: Decimal) -> LineAmounts:
    """Return the amounts of one line; `vat_rate` is a percentage and is due on what remains after the discount."""
    gross = (unit_price * units).quantize(money.PENNY)
    vat = ((gross - discount) * vat_rate / 100).quantize(money.PENNY, rounding=ROUND_HALF_UP)
    return LineAmounts(gross, discount, vat, gross - discount + vat)


def of_invoice(lines: Iterable[LineAmounts], *, patient_paid: Decimal) -> InvoiceAmounts:
    """Return the totals of the lines, less what the patient has paid already."""
    rows = list(lines)
    gross = money.total(row.gross for row in rows)
    discount = money.total(row.discount for row in rows)
    vat = money.total(row.vat for row in rows)
    return InvoiceAmounts(gross, discount, vat, patient_paid, gross - discount + vat - patient_paid)
