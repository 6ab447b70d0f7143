"""The patient's cover: membership number, authorisation, dates."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill import dates
from clearbill.bill.bill import Bill
from clearbill.bill.checks.rule import (
    CARE,
    HC_AUTHORISATION,
    HC_ERRORS,
    HC_MEMBERSHIP,
    INSURER,
    MANDATORY,
    VENDORS,
    Context,
    Fault,
    rule,
)
from clearbill.bill.insurers import Insurer, Numbers, bare, by_slug
from clearbill.bill.problem import Severity
from clearbill.bill.text import enumerated, plural

_SPLOSE = "https://support.splose.com/en/articles/13682034-set-up-your-healthcode-integration"

_NUMBER = "cover.registration_number"

_CODE = "cover.authorisation_code"


@rule("COVER-01", "blocks", source=MANDATORY)
def membership_number_is_given(bill: Bill, context: Context) -> Iterator[Fault]:
    """The membership number is given, except for payers that have no members."""
    if not bill.cover.registration_number.strip() and (context.insurer is None or context.insurer.membership.needed):
        yield Fault(path=_NUMBER, message="The membership number is missing.", fix="Copy it from the insurance card.")


@rule("COVER-02", "by source", source=f"{INSURER}; {HC_MEMBERSHIP}")
def membership_number_has_the_insurers_form(bill: Bill, context: Context) -> Iterator[Fault]:
    """The membership number has a form that this insurer gives out."""
    insurer = context.insurer
    if insurer is None or not insurer.membership.formats:
        return
    number = bare(bill.cover.registration_number)
    if number and not _is_refused(insurer.membership, number) and not _fits_successor(insurer, number):
        fault = _other_insurers_fault(insurer, number)
        yield from (
            (fault,)
            if fault
            else _form_fault(insurer, insurer.membership, number, path=_NUMBER, name="membership number")
        )


@rule("COVER-03", "by source", source=f"{INSURER}; {HC_MEMBERSHIP}")
def membership_number_is_not_another_number(bill: Bill, context: Context) -> Iterator[Fault]:
    """The membership number is not a different number from the same card."""
    if context.insurer is None or not context.insurer.membership.refused:
        return
    number = bare(bill.cover.registration_number)
    for refusal in context.insurer.membership.refused:
        if refusal.pattern.fullmatch(number):
            yield Fault(
                path=_NUMBER,
                message=f"The membership number needs {context.insurer.membership.shape}; this one has "
                f"{len(number)} and starts with {number[:2]}, so it {refusal.reason}.",
                fix=refusal.fix,
                severity="blocks" if refusal.confidence == "H" else "warns",
            )


@rule("COVER-04", "warns", source=_SPLOSE)
def authorisation_code_is_recommended(bill: Bill, context: Context) -> Iterator[Fault]:
    """An authorisation code is optional, but insurers approve most readily with one."""
    if not bill.cover.authorisation_code.strip() and (context.insurer is None or context.insurer.membership.needed):
        message = "There is no authorisation code. It is optional, but insurers approve more readily with one."
        yield Fault(path=_CODE, message=message, fix="Ask the patient or the insurer for it, or send without.")


@rule("COVER-05", "by source", source=f"{INSURER}; {HC_AUTHORISATION}")
def authorisation_code_has_the_insurers_form(bill: Bill, context: Context) -> Iterator[Fault]:
    """The authorisation code, where given, has a form that this insurer gives out."""
    insurer = context.insurer
    if insurer is None or not insurer.authorisation.formats:
        return
    if code := bare(bill.cover.authorisation_code):
        yield from _form_fault(insurer, insurer.authorisation, code, path=_CODE, name="authorisation code")


@rule("COVER-06", "blocks", source=f"{HC_ERRORS}; {VENDORS}")
def cover_lasts_until_the_last_service(bill: Bill, context: Context) -> Iterator[Fault]:
    """The cover does not end before the latest date of service."""
    ends, last = bill.cover.cover_valid_to, context.last_service
    if ends and last and ends < last <= context.on:
        message = f"Treated {dates.show(last)}, after the cover ended on {dates.show(ends)}."
        fix = "Correct the renewal date if the cover was renewed; else bill the patient for that day."
        yield Fault(path="cover.cover_valid_to", message=message, fix=fix)


@rule("COVER-07", "warns", source=CARE)
def treatment_is_not_before_the_authorisation(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service is before the authorisation begins."""
    begins, first = bill.cover.authorisation_from, context.first_service
    if begins and first and first < begins and not _is_backwards(bill):
        message = f"Treated {dates.show(first)}, before the authorisation began on {dates.show(begins)}."
        fix = "Ask the insurer whether that day is covered, or use the authorisation of that day."
        yield Fault(path="cover.authorisation_from", message=message, fix=fix)


@rule("COVER-08", "warns", source=CARE)
def treatment_is_not_after_the_authorisation(bill: Bill, context: Context) -> Iterator[Fault]:
    """No service is after the authorisation ends."""
    ends, last = bill.cover.authorisation_to, context.last_service
    if ends and last and ends < last <= context.on and not _is_backwards(bill):
        message = f"Treated {dates.show(last)}, after the authorisation ended on {dates.show(ends)}."
        yield Fault(path="cover.authorisation_to", message=message, fix="Ask the insurer to extend the authorisation.")


@rule("COVER-09", "warns", source=CARE)
def authorisation_begins_before_it_ends(bill: Bill, context: Context) -> Iterator[Fault]:
    """The authorisation does not end before it begins."""
    if _is_backwards(bill):
        begins, ends = dates.show(bill.cover.authorisation_from), dates.show(bill.cover.authorisation_to)
        message = f"The authorisation ends on {ends}, before it begins on {begins}."
        yield Fault(path="cover.authorisation_to", message=message, fix="Correct one of the two dates.")


def _is_backwards(bill: Bill) -> bool:
    begins, ends = bill.cover.authorisation_from, bill.cover.authorisation_to
    return begins is not None and ends is not None and ends < begins


def _fits_successor(insurer: Insurer, number: str) -> bool:
    """Whether only the insurer's identifier is old, and the number is right for the one that replaced it."""
    now = by_slug(insurer.superseded_by) if insurer.superseded_by else None
    return now is not None and any(form.fits(number) for form in now.membership.formats)


def _other_insurers_fault(insurer: Insurer, number: str) -> Fault | None:
    """Say whose form the number has, where it has that of another insurer and none of this one's."""
    if any(form.fits(number) for form in insurer.membership.formats):
        return None
    for neighbour in insurer.membership.others:
        other = by_slug(neighbour.slug)
        if other is None or not any(form.fits(number) for form in other.membership.usual):
            continue
        message = f"The membership number has the form of {other.name}, not of {insurer.name}."
        fix = f"Compare it with the insurance card. If it says {other.name}, choose that as the insurer."
        if neighbour.is_taken:
            message = f"The membership number has the form of {other.name}, of which {insurer.name} administers plans."
            fix = f"Send it if it is so on the insurance card and the card names {insurer.name}; else correct it."
        return Fault(path=_NUMBER, message=message, fix=fix, severity="warns")
    return None


def _is_refused(numbers: Numbers, number: str) -> bool:
    return any(refusal.pattern.fullmatch(number) for refusal in numbers.refused)


def _form_fault(insurer: Insurer, numbers: Numbers, number: str, *, path: str, name: str) -> Iterator[Fault]:
    for form in numbers.usual:
        if form.pattern.fullmatch(number):
            return
    fits_another = any(form.fits(number) for form in numbers.formats)
    is_certain = numbers.complete and numbers.usual[0].confidence == "H" and not fits_another
    severity: Severity = "blocks" if is_certain else "warns"
    found = _found(number)
    counted = f"has {found}" + (" in another order" if found in {form.shape for form in numbers.formats} else "")
    message = f"The {name} {counted}. {insurer.name} gives out: {numbers.shape}."
    if fits_another:
        usual = "; or ".join(form.shape for form in numbers.usual)
        message = f"The {name} has an unusual form. {insurer.name} gives out: {usual}."
    like = f" (it looks like {numbers.example})" if is_certain else ""
    fix = f"Compare it with the insurance card{like}, and check that the bill goes to the right insurer."
    if path == _CODE:
        fix = "Correct it. Where the insurer does not ask for one, it may be left out."
    yield Fault(path=path, message=message, fix=fix, severity=severity)


def _found(number: str) -> str:
    digits = sum(sign.isdigit() and sign.isascii() for sign in number)
    letters = sum(sign.isalpha() and sign.isascii() for sign in number)
    counted = ((digits, "digit"), (letters, "letter"), (len(number) - digits - letters, "other character"))
    parts = [f"{count} {plural(count, noun)}" for count, noun in counted if count]
    return enumerated(parts)


RULES = (
    membership_number_is_given,
    membership_number_has_the_insurers_form,
    membership_number_is_not_another_number,
    authorisation_code_is_recommended,
    authorisation_code_has_the_insurers_form,
    cover_lasts_until_the_last_service,
    treatment_is_not_before_the_authorisation,
    treatment_is_not_after_the_authorisation,
    authorisation_begins_before_it_ends,
)
