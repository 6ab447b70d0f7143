"""Who is billed, and what that insurer asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import Bill, Line
from clearbill.bill.checks.lines import PROCEDURE_CODE
from clearbill.bill.checks.rule import CARE, HC_API, INSURER, MANDATORY, SEEN, Context, Fault, rule
from clearbill.bill.insurers import by_identifier, by_slug, find

_IDENTIFIER = re.compile(r"[a-z]{3}", re.ASCII)


@rule("INSURER-01", "blocks", source=MANDATORY)
def insurer_is_given(bill: Bill, context: Context) -> Iterator[Fault]:
    """The insurer is given."""
    if bill.insurer_id.strip():
        return
    if context.insurer is not None and context.chosen:
        message = f"Healthcode’s identifier of {context.insurer.name} is not known, so the bill has no address."
        fix = (
            "Ask Healthcode for it: custserv@healthcode.co.uk, 0330 900 4900. Enter it under Insurers, then collect "
            "the claim’s data again."
        )
        yield Fault(path="insurer_id", message=message, fix=fix)
    else:
        yield Fault(path="insurer_id", message="The insurer is missing.", fix="Choose the insurer.")


@rule("INSURER-02", "blocks", source=HC_API)
def identifier_has_three_letters(bill: Bill, context: Context) -> Iterator[Fault]:
    """The insurer's identifier is three lower-case letters."""
    given = bill.insurer_id
    if given and not given.isspace() and not _IDENTIFIER.fullmatch(given):
        meant = find(given)
        fix = f"Write {meant.healthcode_id}." if meant and meant.healthcode_id else "Choose the insurer from the list."
        message = "The insurer’s identifier must be 3 lower-case letters, such as bup."
        yield Fault(path="insurer_id", message=message, fix=fix)


@rule("INSURER-03", "warns", source=CARE)
def insurer_is_known(bill: Bill, context: Context) -> Iterator[Fault]:
    """The insurer is one whose rules are known here."""
    if context.insurer is None and _IDENTIFIER.fullmatch(bill.insurer_id):
        message = f"The insurer “{bill.insurer_id}” is not known here, so its own rules could not be checked."
        fix = "Make sure that Healthcode gave you this identifier; it must be mapped for your site."
        yield Fault(path="insurer_id", message=message, fix=fix)


@rule("INSURER-04", "warns", source=HC_API)
def identifier_is_the_insurers(bill: Bill, context: Context) -> Iterator[Fault]:
    """The identifier is that of the insurer for whom the bill is checked."""
    insurer = context.insurer
    if insurer is None or not context.chosen or not _IDENTIFIER.fullmatch(bill.insurer_id):
        return
    other = by_identifier(bill.insurer_id)
    if insurer.healthcode_id and insurer.healthcode_id != bill.insurer_id:
        message = f"The bill is addressed to “{bill.insurer_id}”, but {insurer.name} is “{insurer.healthcode_id}”."
        yield Fault(path="insurer_id", message=message, fix=f"Write {insurer.healthcode_id}.")
    elif other is not None and other is not insurer:
        message = f"The bill is addressed to “{bill.insurer_id}”, which is {other.name}, not {insurer.name}."
        yield Fault(path="insurer_id", message=message, fix=f"Ask Healthcode for the identifier of {insurer.name}.")


@rule("INSURER-05", "warns", source=SEEN)
def identifier_is_not_an_old_one(bill: Bill, context: Context) -> Iterator[Fault]:
    """The identifier is not one that another has replaced."""
    if context.insurer and context.insurer.superseded_by and (now := by_slug(context.insurer.superseded_by)):
        message = f"“{bill.insurer_id}” is an old identifier of {now.name}."
        yield Fault(path="insurer_id", message=message, fix=f"Write {now.healthcode_id}.")


@rule("INSURER-06", "by source", source=INSURER)
def invoice_number_is_short_enough_for_the_insurer(bill: Bill, context: Context) -> Iterator[Fault]:
    """The invoice number is not longer than the insurer takes."""
    insurer = context.insurer
    longest = insurer.invoice_number_longest if insurer else None
    if insurer and longest and len(bill.invoice_number) > longest.value:
        yield Fault(
            path="invoice_number",
            message=f"{insurer.name} takes invoice numbers of at most {longest.value} characters; "
            f"this one has {len(bill.invoice_number)}.",
            fix="Give this invoice a shorter number.",
            severity="blocks" if longest.is_certain else "warns",
        )


@rule("INSURER-07", "by source", source=INSURER)
def invoice_number_has_no_sign_the_insurer_refuses(bill: Bill, context: Context) -> Iterator[Fault]:
    """The invoice number has no character that the insurer refuses."""
    insurer = context.insurer
    without = insurer.invoice_number_without if insurer else None
    if insurer and without and any(sign in bill.invoice_number for sign in without.value):
        named = "full stop" if without.value == "." else f"“{without.value}”"
        refuses = "refuses" if without.is_certain else "may refuse"
        yield Fault(
            path="invoice_number",
            message=f"{insurer.name} {refuses} a {named} in an invoice number, and this one has one.",
            fix="Use letters and digits only.",
            severity="blocks" if without.is_certain else "warns",
        )


@rule("INSURER-08", "warns", source=INSURER)
def line_has_text_beside_its_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """Where the insurer wants both, every line has a description beside its code."""
    insurer = context.insurer
    if insurer is None or insurer.line_text_with_code is None:
        return
    for index, line in enumerate(bill.lines):
        if (line.service_code or line.procedure_code) and not line.description.strip():
            message = f"{insurer.name} wants the code and a description; line {index + 1} has no description."
            yield Fault(path=f"lines[{index}].description", message=message, fix="Say in words what was done.")


@rule("INSURER-11", "warns", source=INSURER)
def line_has_a_procedure_code(bill: Bill, context: Context) -> Iterator[Fault]:
    """Where the insurer asks for procedure codes (CCSD), every line has one."""
    insurer = context.insurer
    if insurer is None or insurer.procedure_code is None:
        return
    without = [index for index, line in enumerate(bill.lines) if line.service_code and not has_procedure_code(line)]
    if without:
        which = " and ".join(str(index + 1) for index in without) if len(without) < 3 else "several lines"
        where = f"line {which}" if len(without) == 1 else f"lines {which}" if len(without) == 2 else which
        yield Fault(
            path=f"lines[{without[0]}].procedure_code",
            message=f"{insurer.name} asks for the procedure code (CCSD) of what was done; there is none for {where}.",
            fix="Enter it under Services, Healthcode Details. Where your agreement with the insurer has only the ISC, "
            "send the bill without.",
        )


def has_procedure_code(line: Line) -> bool:
    """Return whether the line has a procedure code, as one of its own or in place of the service code."""
    return bool(line.procedure_code or line.extra_procedure_codes or PROCEDURE_CODE.fullmatch(line.service_code))


@rule("INSURER-12", "by source", source=INSURER)
def code_is_not_withdrawn(bill: Bill, context: Context) -> Iterator[Fault]:
    """No line has a code that the insurer had withdrawn by the day of the service."""
    insurer = context.insurer
    if insurer is None or not insurer.withdrawn_codes:
        return
    for index, line in enumerate(bill.lines):
        for field, code in codes_of(line):
            gone = next((one for one in insurer.withdrawn_codes if one.code == "".join(code.split()).upper()), None)
            if gone and line.first_date_of_service and line.first_date_of_service >= gone.from_day:
                since = dates.show(gone.from_day)
                yield Fault(
                    path=f"lines[{index}].{field}",
                    message=f"{insurer.name} takes no {gone.code} ({gone.title}) since {since}.",
                    fix="Remove the line, or bill the code that the insurer uses now.",
                    severity="blocks" if gone.confidence == "H" else "warns",
                )


def codes_of(line: Line) -> Iterator[tuple[str, str]]:
    """Yield every service and procedure code of a line with the field that holds it."""
    yield "service_code", line.service_code
    yield "procedure_code", line.procedure_code
    for place, code in enumerate(line.extra_procedure_codes):
        yield f"extra_procedure_codes[{place}]", code


@rule("INSURER-09", "by source", source=f"{INSURER}; six months are assumed where nothing is published")
def bill_is_in_time(bill: Bill, context: Context) -> Iterator[Fault]:
    """The bill is not later than the insurer's limit, counted in calendar months from the earliest service."""
    first, insurer, on = context.first_service, context.insurer, context.on
    months = insurer.bill_within_months.value if insurer else 6
    if first is None or (on.year - first.year) * 12 + on.month - first.month < months:
        return
    if insurer is not None and insurer.membership.needed and on > (due := insurer.bill_by(first)):
        refused = insurer.late_bills_are_refused and insurer.bill_within_months.is_certain
        what = "does not pay bills" if refused else "may refuse bills"
        yield Fault(
            path=_earliest(bill),
            message=f"{insurer.name} {what} later than {months} months after the treatment; this one was due by "
            f"{dates.show(due)}.",
            fix="Check the date. If it is right, ask the insurer whether it still takes the bill; else it is the "
            "patient’s or must be written off.",
            severity="blocks" if refused else "warns",
        )
    elif insurer is None and ((on.year - first.year) * 12 + on.month - first.month > 6 or on.day > first.day):
        message = f"The treatment of {dates.show(first)} is more than 6 months ago; insurers often refuse such bills."
        yield Fault(path=_earliest(bill), message=message, fix="Check the date. If it is right, ask the insurer first.")


def _earliest(bill: Bill) -> str:
    days = [(line.first_date_of_service, index) for index, line in enumerate(bill.lines) if line.first_date_of_service]
    return f"lines[{min(days)[1]}].first_date_of_service"


@rule("INSURER-10", "warns", source=INSURER)
def one_session_a_day_is_billed(bill: Bill, context: Context) -> Iterator[Fault]:
    """Where the insurer pays for one session a day, no day has two, in lines or in units."""
    insurer = context.insurer
    if insurer is None or insurer.one_session_a_day is None:
        return
    days = set()
    for index, line in enumerate(bill.lines):
        if not is_session(line, insurer.one_session_a_day.value):
            continue
        first = line.first_date_of_service
        one_day = line.last_date_of_service in (None, first)
        what = f"{insurer.name} pays for one physiotherapy session a day"
        if first in days:
            message = f"{what}; line {index + 1} is a further one on {dates.show(first)}."
            yield Fault(path=f"lines[{index}].first_date_of_service", message=message, fix="Bill one for that day.")
        elif one_day and line.units is not None and line.units > 1:
            message = f"{what}; line {index + 1} bills {line.units} on {dates.show(first)}."
            yield Fault(path=f"lines[{index}].units", message=message, fix="Bill one for that day.")
        days.add(first)


def is_session(line: Line, kind: str) -> bool:
    """Return whether the line is a dated session of this kind, such as "physio".

    Its words say so ("physio", "physiotherapist", not "physiologist"); only where they do not, its code does.
    """
    if line.first_date_of_service is None:
        return False
    told = f"{line.description} {line.service_provider_profession}".lower()
    if re.search(rf"{kind}(?!log)", told):
        return True
    return kind[:3].upper() in line.service_code.upper() and kind not in told


RULES = (
    insurer_is_given,
    identifier_has_three_letters,
    insurer_is_known,
    identifier_is_the_insurers,
    identifier_is_not_an_old_one,
    invoice_number_is_short_enough_for_the_insurer,
    invoice_number_has_no_sign_the_insurer_refuses,
    line_has_text_beside_its_code,
    line_has_a_procedure_code,
    code_is_not_withdrawn,
    bill_is_in_time,
    one_session_a_day_is_billed,
)
