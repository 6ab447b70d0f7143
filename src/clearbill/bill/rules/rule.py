"""What a rule is: one code, one fault, one pure function whose docstring says the rule in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from clearbill.bill.bill import Bill, Line
from clearbill.bill.context import Context
from clearbill.bill.problem import Problem, Severity, Who

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
