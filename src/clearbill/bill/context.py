"""What a rule may know beside the bill: the day, the insurer, what was billed before, and what many rules ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from clearbill.bill import money
from clearbill.bill.bill import Bill
from clearbill.bill.insurers import Insurer, by_identifier

_LINE = ("gross_amount", "discount_amount", "vat_amount", "net_amount")
_TOTALS = ("gross_total", "discount_total", "vat_total", "patient_paid_amount", "net_total")
_line_amounts = attrgetter(*_LINE)
_total_amounts = attrgetter(*_TOTALS)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Context:
    """What is worked out once for all rules.

    `insurer` is None where nothing is known of the bill's insurer; `chosen` says that the caller named it, so that
    the bill may carry an identifier our data do not have. `earlier` are the bills of the same practice that still
    stand: sent and neither refused nor cancelled. `odd_amounts` are those a bill cannot carry, with their paths;
    `adds_up` says that there are none, so that sums are worth checking.
    """

    on: date
    insurer: Insurer | None
    chosen: bool
    earlier: tuple[Bill, ...]
    first_service: date | None
    last_service: date | None
    odd_amounts: tuple[tuple[str, Decimal], ...]
    adds_up: bool

    @classmethod
    def of(cls, bill: Bill, *, on: date, insurer: Insurer | None = None, earlier: Iterable[Bill] = ()) -> Context:
        """Return the context in which `bill` is checked; the insurer is found by its identifier where not given."""
        odd = tuple(_odd_amounts(bill))
        return cls(
            on,
            insurer or by_identifier(bill.insurer_id),
            insurer is not None,
            tuple(earlier),
            bill.first_service_date,
            bill.last_service_date,
            odd,
            not odd,
        )


def _odd_amounts(bill: Bill) -> Iterator[tuple[str, Decimal]]:
    for place, amount in enumerate(_total_amounts(bill.totals)):
        if amount is not None and not _is_plain(amount):
            yield f"totals.{_TOTALS[place]}", amount
    for index, line in enumerate(bill.lines):
        for place, amount in enumerate(_line_amounts(line)):
            if amount is not None and not _is_plain(amount):
                yield f"lines[{index}].{_LINE[place]}", amount


def _is_plain(amount: Decimal) -> bool:
    if amount.same_quantum(money.PENNY):
        return _NOTHING <= amount <= money.LARGEST
    return amount.is_finite() and _NOTHING <= amount <= money.LARGEST and amount == amount.quantize(money.PENNY)
