"""Each amount by itself: given, a number, of a size and fineness a bill can carry."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clearbill.bill import money
from clearbill.bill.bill import Bill
from clearbill.bill.checks.rule import MANDATORY_INFERRED, OURS, Context, Fault, required, required_on_lines, rule
from clearbill.bill.fields import name_at_start

_FORM = "Amounts are pounds with two decimals, and not negative"

_ZERO = Decimal(0)

_HUNDRED = Decimal(100)

_WHY_NEGATIVE = {
    "net_amount": "Check the gross amount and the discount.",
    "net_total": "Check the totals and what the patient has paid.",
}

line_gross_is_given = required_on_lines(
    "AMOUNT-01",
    "gross_amount",
    "The gross amount",
    fix="Enter the price before discount and VAT.",
    source=MANDATORY_INFERRED,
)

line_net_is_given = required_on_lines(
    "AMOUNT-02", "net_amount", "The net amount", fix="Enter gross − discount + VAT.", source=MANDATORY_INFERRED
)

gross_total_is_given = required(
    "AMOUNT-03", "totals.gross_total", "The gross total", fix="Add up the lines.", source=MANDATORY_INFERRED
)

net_total_is_given = required("AMOUNT-04", "totals.net_total", "The net total", fix="Enter what the insurer is to pay.")


@rule("AMOUNT-05", "blocks", source=_FORM)
def amounts_are_numbers(bill: Bill, context: Context) -> Iterator[Fault]:
    """Every amount is a number."""
    for path, amount in context.odd_amounts:
        if not amount.is_finite():
            yield Fault(
                path=path, message=f"{name_at_start(path)} is not a number.", fix="Write pounds and pence like 70.00."
            )


@rule("AMOUNT-06", "blocks", source=_FORM)
def amounts_are_not_negative(bill: Bill, context: Context) -> Iterator[Fault]:
    """No amount is negative."""
    for path, amount in context.odd_amounts:
        if amount.is_finite() and amount < 0:
            message = f"{name_at_start(path)} is {money.show(amount)}; a bill cannot carry a negative amount."
            fix = _WHY_NEGATIVE.get(path.rpartition(".")[2], "Enter it without the minus sign.")
            yield Fault(path=path, message=message, fix=fix)


@rule("AMOUNT-07", "blocks", source=_FORM)
def amounts_are_not_too_large(bill: Bill, context: Context) -> Iterator[Fault]:
    """No amount is above £99,999,999.99."""
    for path, amount in context.odd_amounts:
        if amount.is_finite() and amount > money.LARGEST:
            message = f"{name_at_start(path)} is too large. The most a bill can carry is £99,999,999.99."
            yield Fault(path=path, message=message, fix="Check the amount.")


@rule("AMOUNT-08", "blocks", source=_FORM)
def amounts_have_whole_pennies(bill: Bill, context: Context) -> Iterator[Fault]:
    """No amount has parts of a penny."""
    for path, amount in context.odd_amounts:
        if amount.is_finite() and abs(amount) <= money.LARGEST and amount != amount.quantize(money.PENNY):
            yield Fault(
                path=path, message=f"{name_at_start(path)} has parts of a penny.", fix="Use two decimals at most."
            )


@rule("AMOUNT-09", "blocks", source=OURS)
def vat_rate_is_a_percentage(bill: Bill, context: Context) -> Iterator[Fault]:
    """The rate of VAT, where given, is a percentage from 0 to 100."""
    for index, line in enumerate(bill.lines):
        if line.vat_rate is not None and not (line.vat_rate.is_finite() and _ZERO <= line.vat_rate <= _HUNDRED):
            message = f"The VAT rate of line {index + 1} is not a percentage from 0 to 100."
            yield Fault(path=f"lines[{index}].vat_rate", message=message, fix="Write 20 for 20 %.")


RULES = (
    line_gross_is_given,
    line_net_is_given,
    gross_total_is_given,
    net_total_is_given,
    amounts_are_numbers,
    amounts_are_not_negative,
    amounts_are_not_too_large,
    amounts_have_whole_pennies,
    vat_rate_is_a_percentage,
)
