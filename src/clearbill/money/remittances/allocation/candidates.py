"""The claims that an unallocated claim payment is likeliest to be about, each with what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import Q, QuerySet

from clearbill.claims.core.validation import stored_bill
from clearbill.claims.models import Claim
from clearbill.clients.queries import keys_by_membership_number
from clearbill.clients.search.search_index import clients_named
from clearbill.invoicing.ledger import open_amount
from clearbill.money.remittances.allocation.rules import PAYABLE, name_words
from clearbill.money.remittances.models import ClaimPayment

MOST, LOOKED_AT = 5, 200

_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim, and what speaks for it in words, the surest first."""

    claim: Claim
    signs: tuple[str, ...]
    weight: int


def candidates_for(advice: ClaimPayment) -> list[Candidate]:
    """Return at most five claims of the practice with this insurer, the likeliest first; none without any sign."""
    found = [_candidate(advice, claim) for claim in _looked_at(advice)]
    best = max((one.weight for one in found), default=0)
    # Beside a sure one, claims that only share an amount or the beginning of a number are noise.
    likely = [one for one in found if one.weight > 1 and 3 * one.weight >= best]
    return sorted(likely, key=lambda one: (-one.weight, one.claim.number))[:MOST]


def _looked_at(advice: ClaimPayment) -> QuerySet[Claim]:
    rows = Claim.objects.filter(
        practice=advice.practice_id, insurer_slug=advice.remittance.insurer_slug, is_current=True, status__in=PAYABLE
    ).select_related("invoice__client")
    signs = Q(net_total=advice.claimed or advice.paid)
    if advice.clearing_bill_number:
        signs |= Q(clearing_bill_number=advice.clearing_bill_number)
    if advice.invoice_number:
        signs |= Q(number__startswith=advice.invoice_number[:3])
    if advice.membership_number:
        signs |= Q(invoice__client__in=keys_by_membership_number(advice.membership_number))
    for word in list(name_words(advice.patient_name))[:4]:
        signs |= Q(invoice__client__in=clients_named(advice.practice, word))
    return rows.filter(signs).order_by("-created_at")[:LOOKED_AT]


def _candidate(advice: ClaimPayment, claim: Claim) -> Candidate:
    client, is_open = claim.invoice.client, open_amount(claim.invoice)
    # A claim that is paid in full is not meant because another number is like its own.
    is_settled = advice.paid > 0 and is_open <= 0 and claim.invoice.short_total <= 0
    number = stored_bill(claim).cover.registration_number
    said = [
        (8, "Healthcode’s number is the same", _same(advice.clearing_bill_number, claim.clearing_bill_number)),
        (5, "same membership number", _same(advice.membership_number, number)),
        (4, "same invoice number", _same(advice.invoice_number, claim.number)),
        (
            3,
            f"invoice number {claim.number} is nearly the same",
            not is_settled and _alike(advice.invoice_number, claim.number),
        ),
        (3, "same name", name_words(advice.patient_name) == name_words(client.name) != set()),
        (2, "name nearly the same", _alike_name(advice.patient_name, client.name)),
        (1, "same amount", (advice.claimed or advice.paid) == claim.net_total),
        (1, "just what is open", 0 < advice.paid + advice.short == is_open),
    ]
    signs = [(weight, words_) for weight, words_, is_so in said if is_so]
    return Candidate(claim, tuple(words_ for _, words_ in signs), sum(weight for weight, _ in signs))


def _same(one: str, other: str) -> bool:
    return bool(one) and _bare(one) == _bare(other)


def _alike(one: str, other: str) -> bool:
    first, second = _bare(one), _bare(other)
    return first != second and SequenceMatcher(None, first, second).ratio() >= _ALIKE


def _alike_name(one: str, other: str) -> bool:
    first, second = name_words(one), name_words(other)
    return (
        bool(first and second)
        and first != second
        and SequenceMatcher(None, " ".join(sorted(first)), " ".join(sorted(second))).ratio() >= _ALIKE
    )


def _bare(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter.isalnum())
