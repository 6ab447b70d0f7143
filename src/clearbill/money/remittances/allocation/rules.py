"""Rules of automatic allocation: whether a claim payment is clearly about a claim, and if not, why."""

from __future__ import annotations

from decimal import Decimal

from clearbill.bill import insurers, money
from clearbill.bill.lifecycle import Event, Status, allowed
from clearbill.bill.money import ZERO
from clearbill.money.remittances.allocation.claim_balance import ClaimBalance
from clearbill.money.remittances.models import ClaimPayment

MISMATCHES = {
    "unknown": "No claim of this practice has this invoice number.",
    "insurer": "The claim with this invoice number is with another insurer.",
    "not sent": "The claim with this invoice number was not sent yet, or was rejected or cancelled.",
    "number": "Healthcode’s number for the bill is not the one this claim has.",
    "amount": "The insurer speaks of another amount claimed than this claim has.",
    "person": "Neither the name nor the membership number is the one on this claim.",
    "paid": "This claim is paid already.",
    "too much": "More is paid than is open on this claim.",
    "taken back": "The insurer takes back more than it paid on this claim.",
    "stands": "What was recorded on this claim before does not go with this. Look at its payments first.",
    "nothing": "It neither pays nor deducts anything.",
    "taken off": "It was put to a claim that it is not for.",
}

"""Why a person has to look, by the code that is kept with the advice."""

PAYABLE = frozenset(status for status in Status if status == Status.PAID or allowed(status, Event.PART_PAID))

"""A claim that stands like this was sent, so that money can come for it."""


MAY_FIT_LATER = frozenset({"paid", "too much", "taken back", "stands"})

"""What another row of the same payment may change: money that is taken back makes room for money that is paid."""


def mismatch(
    advice: ClaimPayment, insurer_slug: str, standing: ClaimBalance | None, *, claimed_in_all: Decimal = ZERO
) -> str:
    """Return "" where the advice is clearly about this claim and fits its books, else a key of MISMATCHES.

    Where a payment has a row for each line of the bill, `claimed_in_all` is what they claim together.
    """
    if standing is None:
        return "unknown"
    claim = standing.claim
    for is_so, why in (
        (claim.insurer_slug != insurer_slug, "insurer"),
        (is_unpayable(standing), "not sent"),
        (_differ(advice.clearing_bill_number, claim.clearing_bill_number), "number"),
        (bool(advice.claimed) and claim.net_total not in (advice.claimed, claimed_in_all), "amount"),
        (not _is_the_person(advice, standing), "person"),
    ):
        if is_so:
            return why
    return _why_not_the_money(advice, standing)


def doubt(advice: ClaimPayment, insurer_slug: str, standing: ClaimBalance) -> str:
    """Return in a sentence what speaks against this claim before a person puts the advice to it, "" where nothing."""
    theirs, ours = advice.clearing_bill_number, standing.claim.clearing_bill_number
    if standing.claim.insurer_slug != insurer_slug:
        return f"The payment is {insurers.name_of(insurer_slug)}’s; the claim is with {_insurer_of(standing)}."
    if not (theirs and ours and not _differ(theirs, ours)) and not _is_named(advice, standing):
        named = " and ".join(part for part in (advice.patient_name, advice.membership_number) if part)
        return f"The insurer names {named}; the claim is for {standing.first_name} {standing.last_name}."
    if advice.paid > 0 and standing.open <= 0 and standing.short <= 0:
        return f"This claim is paid in full already. {money.show(advice.paid)} would be too much."
    return ""


def is_unpayable(standing: ClaimBalance) -> bool:
    """Return whether nothing can be paid on this claim: it was not sent, or not yet, or its invoice is void.

    One that waits to be sent would go out although it is paid.
    """
    return standing.is_void or standing.waits_to_be_sent or standing.claim.status not in PAYABLE


def resulting_event(standing: ClaimBalance) -> Event:
    """Return what a claim whose books stand like this has come to."""
    if standing.paid >= standing.net:
        return Event.PAID
    return Event.DECLINED if standing.by_insurer <= 0 and standing.open <= 0 else Event.PART_PAID


def _why_not_the_money(advice: ClaimPayment, standing: ClaimBalance) -> str:
    if advice.paid < 0:
        return "" if -advice.paid <= standing.by_insurer and advice.short >= 0 else "taken back"
    if not advice.paid and not advice.short:
        return "nothing"
    if advice.paid + advice.short <= standing.open and advice.short >= 0:
        return ""
    return "paid" if standing.open <= 0 else "too much"


def _differ(theirs: str, ours: str) -> bool:
    return bool(theirs and ours and theirs.strip().upper() != ours.strip().upper())


def _is_the_person(advice: ClaimPayment, standing: ClaimBalance) -> bool:
    """One sure sign is enough: Healthcode’s number, the membership number, or the name in either order."""
    if advice.clearing_bill_number and standing.claim.clearing_bill_number:
        return True
    return _is_named(advice, standing)


def _is_named(advice: ClaimPayment, standing: ClaimBalance) -> bool:
    if not advice.membership_number and not advice.patient_name:
        return True
    if advice.membership_number and _plain(advice.membership_number) == _plain(standing.membership_number):
        return True
    return name_words(advice.patient_name) == name_words(f"{standing.first_name} {standing.last_name}") != set()


def _insurer_of(standing: ClaimBalance) -> str:
    return insurers.name_of(standing.claim.insurer_slug)


def _plain(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter.isalnum())


def name_words(name: str) -> set[str]:
    """Return the words of a name, whatever their order and case; titles are left out."""
    letters = "".join(letter if letter.isalnum() else " " for letter in name.casefold())
    return set(letters.split()) - {"mr", "mrs", "ms", "miss", "dr", "prof"}
