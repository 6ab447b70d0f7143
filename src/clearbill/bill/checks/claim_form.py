"""What the patient's claim form says."""

from __future__ import annotations

from collections.abc import Iterator

from clearbill.bill.bill import Bill
from clearbill.bill.checks.rule import CARE, MANDATORY, Context, Fault, required, rule


def _has_a_third_party(bill: Bill) -> bool:
    form = bill.claim_form
    return form.third_party_involved is True and not (form.third_party_details_2 or form.third_party_details_3)


third_party_is_described = required(
    "FORM-01",
    "claim_form.third_party_details_1",
    "A description of the third party",
    fix="Say who the third party is, or answer that there is none.",
    source=f"{MANDATORY} where a third party is involved",
    when=_has_a_third_party,
)


@rule("FORM-02", "warns", source=CARE)
def first_gp_visit_is_not_in_the_future(bill: Bill, context: Context) -> Iterator[Fault]:
    """The first visit to the GP is not after today."""
    visit = bill.claim_form.first_gp_visit_date
    if visit and visit > context.on:
        message = "The first visit to the GP is in the future."
        yield Fault(path="claim_form.first_gp_visit_date", message=message, fix="Correct the date, or leave it out.")


@rule("FORM-03", "warns", source=CARE)
def symptoms_are_not_after_the_treatment(bill: Bill, context: Context) -> Iterator[Fault]:
    """The symptoms were first noticed before the treatment began."""
    noticed = bill.claim_form.symptoms_first_noticed_date
    if noticed and noticed > (context.first_service or context.on):
        message = "The symptoms were first noticed after the treatment began."
        fix = "Correct the date, or leave it out."
        yield Fault(path="claim_form.symptoms_first_noticed_date", message=message, fix=fix)


RULES = (third_party_is_described, first_gp_visit_is_not_in_the_future, symptoms_are_not_after_the_treatment)
