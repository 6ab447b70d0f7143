"""Rules for payee, practitioner and site.

Both ways of billing are right: an individual is Payee and Practitioner ID at once, an organisation is the Payee and
the clinician the Practitioner ID. Whether the clearing house knows them for this insurer only it can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from clearbill.bill.bill import Bill
from clearbill.bill.checks.rule import CARE, MANDATORY_INFERRED, SEEN, Context, Fault, required, required_on_lines, rule
from clearbill.bill.fields import name_at_start

_bill_numbers = attrgetter(
    "providers.payee_provider_number", "providers.controlling_specialist_number", "providers.treating_site_number"
)

_line_number = attrgetter("service_provider_number")

payee_is_given = required(
    "ROLES-01",
    "providers.payee_provider_number",
    "The Payee",
    fix="Give the Healthcode ID of whoever the insurer pays: the clinic, or the clinician who bills as an individual.",
)

practitioner_is_given = required(
    "ROLES-02",
    "providers.controlling_specialist_number",
    "The Practitioner ID",
    fix="Give the Healthcode ID of the clinician in charge (the controlling specialist).",
    source=MANDATORY_INFERRED,
)

site_is_given = required(
    "ROLES-03",
    "providers.treating_site_number",
    "The treating site",
    fix="Give the Healthcode number of the clinic or hospital where the treatment happened.",
    source=MANDATORY_INFERRED,
)

line_provider_is_given = required_on_lines(
    "ROLES-04",
    "service_provider_number",
    "The provider",
    fix="Give the Healthcode ID of the clinician who gave this service.",
)


@rule("ROLES-05", "warns", source=CARE)
def provider_numbers_hold_no_blanks(bill: Bill, context: Context) -> Iterator[Fault]:
    """No provider number holds blanks, as happens when two are pasted together."""
    if "".join(_bill_numbers(bill)).isalnum() and "".join(map(_line_number, bill.lines)).isalnum():
        return
    for path, number in _numbers(bill):
        if number and not number.isspace() and any(sign.isspace() for sign in number):
            message = f"{name_at_start(path)} has a space in it."
            yield Fault(path=path, message=message, fix="Enter one number, without spaces.")


@rule("ROLES-06", "warns", source=SEEN)
def payee_is_short_enough(bill: Bill, context: Context) -> Iterator[Fault]:
    """The payee's number has at most 20 characters."""
    payee = bill.providers.payee_provider_number
    if len(payee) > 20:
        message = (
            f"The Payee’s number may have at most 20 characters on Healthcode’s own screen; this one has {len(payee)}."
        )
        yield Fault(path="providers.payee_provider_number", message=message, fix="Compare it with Healthcode’s letter.")


def _numbers(bill: Bill) -> Iterator[tuple[str, str]]:
    yield "providers.payee_provider_number", bill.providers.payee_provider_number
    yield "providers.controlling_specialist_number", bill.providers.controlling_specialist_number
    yield "providers.treating_site_number", bill.providers.treating_site_number
    for index, line in enumerate(bill.lines):
        yield f"lines[{index}].service_provider_number", line.service_provider_number


RULES = (
    payee_is_given,
    practitioner_is_given,
    site_is_given,
    line_provider_is_given,
    provider_numbers_hold_no_blanks,
    payee_is_short_enough,
)
