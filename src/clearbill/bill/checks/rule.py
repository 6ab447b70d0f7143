"""What a rule is: a code, a severity, a source and one pure function; and the facts it may know beside the bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Literal

from clearbill.bill import money
from clearbill.bill.bill import Bill, Line
from clearbill.bill.insurers import Insurer, by_identifier
from clearbill.bill.problem import Problem, Severity, Who

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


MANDATORY = "The clearing house needs it on every bill"

MANDATORY_INFERRED = f"{MANDATORY} (inferred)"

INFERRED = "Inferred from the clearing house’s checks; not published"

SEEN = "Seen in vendor software; not published"

OURS = "A bill that contradicts itself"

CARE = "Our own care; not published"

INSURER = "The insurer’s data file"

HC_ERRORS = "https://www.healthcode.co.uk/help-and-support/veda-invoice-errors-and-how-to-fix-them/"

HC_MEMBERS = "https://www.docs.healthcode.co.uk/artefacts/member-database-file-specification/"

HC_MEMBERSHIP = "https://www.healthcode.co.uk/help-and-support/validation-rules-membership-numbers/"

HC_AUTHORISATION = "https://www.healthcode.co.uk/help-and-support/validation-rules-authorisation-numbers/"

HC_API = "https://apidocs.healthcode.co.uk/api-library/clearing-services-apis"

VENDORS = (
    "Software vendors’ published error pages, such as "
    "https://help.semble.io/en/articles/4665065-healthcode-error-messages"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a rule found. `severity` is given only by rules whose severity goes by what is known of the insurer."""

    path: str
    message: str
    fix: str
    severity: Severity | None = None
    who: Who = "practice"


Test = Callable[[Bill, Context], Iterator[Fault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `severity` "by source" blocks where the insurer has published the fact and warns otherwise."""

    code: str
    severity: Severity | Literal["by source"]
    source: str
    statement: str
    test: Test

    def __call__(self, bill: Bill, context: Context) -> Iterator[Problem]:
        """Yield one problem for every place where the bill breaks this rule. Never raises."""
        return (self.problem(fault) for fault in self.test(bill, context))

    def problem(self, fault: Fault) -> Problem:
        """Return what this rule found as a problem of the bill."""
        severity = fault.severity or ("warns" if self.severity == "by source" else self.severity)
        return Problem(
            code=self.code, path=fault.path, message=fault.message, severity=severity, who=fault.who, fix=fault.fix
        )


def rule(code: str, severity: Severity | Literal["by source"], *, source: str) -> Callable[[Test], Rule]:
    """Make a rule of the function below; its docstring is the rule in English."""

    def made(test: Test) -> Rule:
        statement = " ".join((test.__doc__ or "").split())
        return Rule(code=code, severity=severity, source=source, statement=statement, test=test)

    return made


def required(
    code: str, path: str, name: str, *, fix: str, source: str = MANDATORY, when: Callable[[Bill], bool] | None = None
) -> Rule:
    """Make the rule that the item at `path` is given; `when` says which bills it is asked of. It blocks."""
    item = attrgetter(path)

    def test(bill: Bill, context: Context) -> Iterator[Fault]:
        value = item(bill)
        if (value is None or (isinstance(value, str) and not value.strip())) and (when is None or when(bill)):
            yield Fault(path=path, message=f"{name} is missing.", fix=fix)

    return Rule(code=code, severity="blocks", source=source, statement=f"{name} is given.", test=test)


def required_on_lines(code: str, field: str, name: str, *, fix: str, source: str = MANDATORY) -> Rule:
    """Make the rule that every line has `field`. It blocks."""
    item: Callable[[Line], object] = attrgetter(field)

    def test(bill: Bill, context: Context) -> Iterator[Fault]:
        for index, line in enumerate(bill.lines):
            value = item(line)
            if value is None or (isinstance(value, str) and not value.strip()):
                yield Fault(path=f"lines[{index}].{field}", message=f"{name} of line {index + 1} is missing.", fix=fix)

    return Rule(code=code, severity="blocks", source=source, statement=f"{name} is given on every line.", test=test)
