"""Whether the figures add up. Amounts that are no amounts at all are left to the rules for amounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from operator import attrgetter

from clearbill.bill import money
from clearbill.bill.bill import Bill
from clearbill.bill.context import Context
from clearbill.bill.rules.rule import CARE, INFERRED, OURS, Fault, rule

_ZERO = Decimal("0.00")
_PENNY = money.PENNY
_SUMS = f"{OURS}: totals are the sums of the lines"
_gross = attrgetter("gross_amount")
_discount = attrgetter("discount_amount")
_vat = attrgetter("vat_amount")


@rule("TOTALS-01", "blocks", source=OURS)
def line_net_adds_up(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net amount of a line is gross − discount + VAT."""
    for index, line in enumerate(bill.lines if context.adds_up else ()):
        gross, discount, vat, net = line.gross_amount, line.discount_amount, line.vat_amount, line.net_amount
        if gross is None or net is None:
            continue
        due = gross - (discount or _ZERO) + (vat or _ZERO)
        if net != due:
            message = f"Line {index + 1} comes to {money.show(due)}, but its net amount is {money.show(net)}."
            yield Fault(path=f"lines[{index}].net_amount", message=message, fix="Net is gross − discount + VAT.")


@rule("TOTALS-02", "warns", source=CARE)
def line_vat_goes_with_its_rate(bill: Bill, context: Context) -> Iterator[Fault]:
    """The VAT of a line is its rate of gross − discount, to the penny."""
    for index, line in enumerate(bill.lines if context.adds_up else ()):
        rate, gross, discount = line.vat_rate, line.gross_amount, line.discount_amount or _ZERO
        if rate is None or gross is None or not rate.is_finite() or not 0 <= rate <= 100:
            continue
        due = (gross - discount) * rate / 100
        if abs((line.vat_amount or _ZERO) - due) > _PENNY:
            message = f"VAT of {rate.normalize():f} % on line {index + 1} comes to {money.show(due)}."
            yield Fault(path=f"lines[{index}].vat_amount", message=message, fix="Correct the VAT or its rate.")


@rule("TOTALS-03", "blocks", source=_SUMS)
def gross_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The gross total is the sum of the lines."""
    given = bill.totals.gross_total
    if given is not None and bill.lines and context.adds_up:
        yield from _sum_fault(given, map(_gross, bill.lines), field="gross_total", name="gross total")


@rule("TOTALS-04", "blocks", source=_SUMS)
def discount_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The total discount is the sum of the lines."""
    if context.adds_up and bill.lines:
        given = bill.totals.discount_total or _ZERO
        yield from _sum_fault(given, map(_discount, bill.lines), field="discount_total", name="total discount")


@rule("TOTALS-05", "blocks", source=_SUMS)
def vat_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The total VAT is the sum of the lines."""
    if context.adds_up and bill.lines:
        given = bill.totals.vat_total or _ZERO
        yield from _sum_fault(given, map(_vat, bill.lines), field="vat_total", name="total VAT")


@rule("TOTALS-06", "blocks", source=OURS)
def net_total_adds_up(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net total is gross − discount + VAT − what the patient has paid."""
    due = _due(bill) if context.adds_up else None
    net, paid = bill.totals.net_total, bill.totals.patient_paid_amount or _ZERO
    if due is not None and net not in (due, due + paid):
        message = f"The bill comes to {money.show(due)}, but its net total is {money.show(net)}."
        fix = "The net total is gross − discount + VAT − what the patient has paid."
        yield Fault(path="totals.net_total", message=message, fix=fix)


@rule("TOTALS-07", "warns", source=INFERRED)
def net_total_counts_what_the_patient_paid(bill: Bill, context: Context) -> Iterator[Fault]:
    """What the patient has paid is taken off the net total."""
    paid = bill.totals.patient_paid_amount
    if not context.adds_up or not paid:
        return
    due = _due(bill)
    if due is not None and bill.totals.net_total == due + paid:
        message = f"The patient has paid {money.show(paid)}, but the net total still claims it from the insurer."
        yield Fault(path="totals.net_total", message=message, fix=f"Claim {money.show(due)}.")


@rule("TOTALS-08", "warns", source=CARE)
def something_is_claimed(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net total is more than nothing."""
    net = bill.totals.net_total
    if net is not None and net.is_finite() and net == 0:
        message = "The net total is £0.00, so there is nothing to claim."
        yield Fault(path="totals.net_total", message=message, fix="Check the prices, or do not send this bill.")


def _sum_fault(given: Decimal, parts: Iterable[Decimal | None], *, field: str, name: str) -> Iterator[Fault]:
    due = sum(filter(None, parts), _ZERO)
    if given != due:
        message = f"The lines come to {money.show(due)}, but the {name} is {money.show(given)}."
        yield Fault(path=f"totals.{field}", message=message, fix="Correct the total or the lines.")


def _due(bill: Bill) -> Decimal | None:
    """What the insurer owes by the totals, or None where one of them is missing."""
    totals = bill.totals
    gross, discount, vat, paid = totals.gross_total, totals.discount_total, totals.vat_total, totals.patient_paid_amount
    if gross is None or totals.net_total is None:
        return None
    return gross - (discount or _ZERO) + (vat or _ZERO) - (paid or _ZERO)


RULES = (
    line_net_adds_up,
    line_vat_goes_with_its_rate,
    gross_total_is_the_sum,
    discount_total_is_the_sum,
    vat_total_is_the_sum,
    net_total_adds_up,
    net_total_counts_what_the_patient_paid,
    something_is_claimed,
)
