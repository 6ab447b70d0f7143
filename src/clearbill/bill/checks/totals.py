"""Whether the figures add up. Amounts that are no amounts at all are left to the rules for amounts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter

from clearbill.bill import money
from clearbill.bill.bill import Bill, Line
from clearbill.bill.checks.rule import CARE, INFERRED, OURS, Context, Fault, rule
from clearbill.bill.money import ZERO

_PENNY = money.PENNY

_MOST = Decimal("100000.00")

_SUMS = f"{OURS}: totals are the sums of the lines"

_gross = attrgetter("gross_amount")

_discount = attrgetter("discount_amount")

_vat = attrgetter("vat_amount")

_PARTS = (
    ("gross_amount", _gross, attrgetter("totals.gross_total"), 1),
    ("discount_amount", _discount, attrgetter("totals.discount_total"), -1),
    ("vat_amount", _vat, attrgetter("totals.vat_total"), 1),
)

"""What the net amount is made of: the item of a line, how to read it, its total, and its sign in the net amount."""


@rule("TOTALS-01", "blocks", source=OURS)
def line_net_adds_up(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net amount of a line is gross − discount + VAT."""
    for index, line in enumerate(bill.lines if context.adds_up else ()):
        due, net = _line_due(line), line.net_amount
        if due is not None and net is not None and net != due:
            message = f"Line {index + 1} comes to {money.show(due)}, but its net amount is {money.show(net)}."
            fix = "Net is gross − discount + VAT: correct the one that is wrong."
            yield Fault(path=f"lines[{index}].{_wrong_part(bill)}", message=message, fix=fix)


@rule("TOTALS-02", "warns", source=CARE)
def line_vat_goes_with_its_rate(bill: Bill, context: Context) -> Iterator[Fault]:
    """The VAT of a line is its rate of gross − discount, to the penny."""
    for index, line in enumerate(bill.lines if context.adds_up else ()):
        rate, gross, discount = line.vat_rate, line.gross_amount, line.discount_amount or ZERO
        if rate is None or gross is None or not rate.is_finite() or not 0 <= rate <= 100:
            continue
        due = (gross - discount) * rate / 100
        if abs((line.vat_amount or ZERO) - due) > _PENNY:
            message = f"VAT of {rate.normalize():f} % on line {index + 1} comes to {money.show(due)}."
            yield Fault(
                path=f"lines[{index}].vat_amount", message=message, fix="Correct the VAT or its rate; 20 means 20 %."
            )


@rule("TOTALS-03", "blocks", source=_SUMS)
def gross_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The gross total is the sum of the lines."""
    if context.adds_up and None not in map(_gross, bill.lines):
        yield from _sum_fault(bill, bill.totals.gross_total, part=0, field="gross_total", name="gross total")


@rule("TOTALS-04", "blocks", source=_SUMS)
def discount_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The total discount, where given, is the sum of the lines."""
    if context.adds_up:
        yield from _sum_fault(bill, bill.totals.discount_total, part=1, field="discount_total", name="total discount")


@rule("TOTALS-05", "blocks", source=_SUMS)
def vat_total_is_the_sum(bill: Bill, context: Context) -> Iterator[Fault]:
    """The total VAT, where given, is the sum of the lines."""
    if context.adds_up:
        yield from _sum_fault(bill, bill.totals.vat_total, part=2, field="vat_total", name="total VAT")


@rule("TOTALS-06", "blocks", source=OURS)
def net_total_adds_up(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net total is gross − discount + VAT − what the patient has paid."""
    due = _due(bill) if context.adds_up else None
    net, paid = bill.totals.net_total, bill.totals.patient_paid_amount or ZERO
    if due is not None and net not in (due, due + paid) and not _goes_with_the_lines(bill):
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


@rule("TOTALS-08", "blocks", source=f"{OURS}: it asks for nothing")
def something_is_claimed(bill: Bill, context: Context) -> Iterator[Fault]:
    """The net total is more than nothing."""
    net = bill.totals.net_total
    if net is not None and net.is_finite() and net == 0 and bill.lines:
        message = "The net total is £0.00, so there is nothing to claim."
        yield Fault(path="totals.net_total", message=message, fix="Check the prices, or do not send this bill.")


@rule("TOTALS-09", "blocks", source=f"{OURS}: nobody pays more than is billed")
def patient_has_not_paid_more(bill: Bill, context: Context) -> Iterator[Fault]:
    """What the patient has paid is not more than the bill comes to before it."""
    paid, due = bill.totals.patient_paid_amount, _due(bill) if context.adds_up else None
    if paid and due is not None and due < 0:
        message = f"The patient has paid {money.show(paid)}, more than the bill comes to: {money.show(due + paid)}."
        fix = "Correct what the patient has paid on the invoice."
        yield Fault(path="totals.patient_paid_amount", message=message, fix=fix)


@rule("TOTALS-10", "blocks", source=f"{OURS}: no bill of a practice comes to so much")
def total_can_be(bill: Bill, context: Context) -> Iterator[Fault]:
    """The gross total is at most £100,000.00."""
    gross = bill.totals.gross_total
    if context.adds_up and gross is not None and gross > _MOST:
        message = f"The bill comes to {money.show(gross)}; more than {money.show(_MOST)} cannot be."
        fix = "Correct prices and units on the invoice. Where it is right, split it into several invoices."
        yield Fault(path="totals.gross_total", message=message, fix=fix)


def _sum_fault(bill: Bill, given: Decimal | None, *, part: int, field: str, name: str) -> Iterator[Fault]:
    """A total that would agree once a line is fixed is not a second fault."""
    if given is None or not bill.lines:
        return
    _, amount, _, sign = _PARTS[part]
    due = sum(filter(None, map(amount, bill.lines)), ZERO)
    if given != due and given != due + sign * _gap(bill):
        message = f"The lines come to {money.show(due)}, but the {name} is {money.show(given)}."
        yield Fault(path=f"totals.{field}", message=message, fix="Correct the total or the lines.")


def _line_due(line: Line) -> Decimal | None:
    gross = line.gross_amount
    return None if gross is None else gross - (line.discount_amount or ZERO) + (line.vat_amount or ZERO)


def _gap(bill: Bill) -> Decimal:
    """By how much the net amounts of the lines are above what the lines come to."""
    pairs = ((line.net_amount, _line_due(line)) for line in bill.lines)
    return sum((net - due for net, due in pairs if net is not None and due is not None), ZERO)


def _wrong_part(bill: Bill) -> str:
    """The item of a line that is out of step with its total by just what the line is out; else the net amount."""
    gap = _gap(bill)
    for field, amount, total, sign in _PARTS:
        given, due = total(bill), sum(filter(None, map(amount, bill.lines)), ZERO)
        if given is not None and given != due and given == due + sign * gap:
            return field
    return "net_amount"


def _goes_with_the_lines(bill: Bill) -> bool:
    """Whether the net total is what the lines come to: then one of the other totals is wrong, and is told so."""
    parts = [_line_due(line) for line in bill.lines]
    net, paid = bill.totals.net_total, bill.totals.patient_paid_amount or ZERO
    due = sum(filter(None, parts), ZERO)
    return bool(parts) and None not in parts and net in (due, due - paid)


def _due(bill: Bill) -> Decimal | None:
    """What the insurer owes by the totals, or None where one of them is missing."""
    totals = bill.totals
    gross, discount, vat = totals.gross_total, totals.discount_total, totals.vat_total
    if gross is None or totals.net_total is None:
        return None
    if discount is None:
        discount = money.total(map(_discount, bill.lines))
    if vat is None:
        vat = money.total(map(_vat, bill.lines))
    return gross - discount + vat - (totals.patient_paid_amount or ZERO)


RULES = (
    line_net_adds_up,
    line_vat_goes_with_its_rate,
    gross_total_is_the_sum,
    discount_total_is_the_sum,
    vat_total_is_the_sum,
    net_total_adds_up,
    net_total_counts_what_the_patient_paid,
    something_is_claimed,
    patient_has_not_paid_more,
    total_can_be,
)
