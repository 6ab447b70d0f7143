"""Searching payments: which filters there are, who may use them, and what they mean (A30, A31)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, lt

from healthcode_sandbox.house.catalogue import Insurer, Site
from healthcode_sandbox.house.clock import UK
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.member_register import plain
from healthcode_sandbox.house.remittance import PaidClaim, Payment
from healthcode_sandbox.rest.errors import Refusal, needed

LONGEST_SINCE_DAYS = 90

Fits = Callable[[Payment], bool]

Filter = Callable[[str], Fits]  # raises Refusal for a text that it cannot read


def insurer_asked(house: House, form: dict[str, str]) -> Insurer:
    """Return the insurer of a search. Raises Refusal where it is missing or unknown."""
    insurer = house.catalogue.insurers.get(needed(form, "insurerIdentifier"))
    if insurer is None:
        raise Refusal(400, code="value", text="The insurer is not known.", field="insurerIdentifier")
    return insurer


def find_payments(house: House, site: Site, form: dict[str, str]) -> list[Payment]:
    """Return the payments a summary search asks for, created or corrected since, oldest first unless sorted.

    Raises Refusal.
    """
    insurer = insurer_asked(house, form)
    used = {name: text for name in FILTERS if (text := form.get(name, "").strip())}
    if used:
        _needs_pro(site, next(iter(used)))
    filters = [FILTERS[name](text) for name, text in used.items()]
    since = _since(house, form.get("_since", "").strip())
    payments = [
        payment
        for payment in _told(house, site, insurer)
        if (since is None or payment.updated_at >= since) and all(fits(payment) for fits in filters)
    ]
    sort = form.get("_sort", "").strip() or "createdOn"
    if sort.removeprefix("-") != "createdOn":
        raise Refusal(400, code="value", coding="MSG_SORT_UNKNOWN", text="Sort by createdOn.", field="_sort")
    return payments[::-1] if sort.startswith("-") else payments


def find_claims(house: House, site: Site, form: dict[str, str]) -> list[tuple[Payment, PaidClaim]]:
    """Return what one payment says of each bill (A31), to an account with Remittances Pro. Raises Refusal."""
    insurer, reference = insurer_asked(house, form), needed(form, "paymentReference")
    _needs_pro(site, "paymentReference")
    payments = _told(house, site, insurer)
    return [(payment, claim) for payment in payments if payment.reference == reference for claim in payment.claims]


def _needs_pro(site: Site, field: str) -> None:
    """Raise Refusal for a basic account, naming the filter that it may not use (A39)."""
    if site.remittances != "pro":
        raise Refusal(403, code="forbidden", text="This filter needs Remittances Pro.", field=field)


def find_payment(house: House, site: Site, number: str) -> Payment:
    """Return the payment with this number. Raises Refusal where the site has none, or is told of it by post."""
    small = number.isascii() and number.isdigit() and len(number) < 12
    payment = house.payments.by_id(site=site.id, payment_id=int(number)) if small else None
    if payment is None or not house.catalogue.insurers[payment.insurer].remittances:
        raise Refusal(404, code="not-found", coding="MSG_NO_EXIST", text="There is no such remittance.")
    return payment


def _told(house: House, site: Site, insurer: Insurer) -> list[Payment]:
    """Return the payments that the house tells of: none of an insurer that writes by post."""
    return house.payments.of_site(site=site.id, insurer=insurer.id) if insurer.remittances else []


def _since(house: House, text: str) -> datetime | None:
    if not text:
        return None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            400, code="value", coding="MSG_DATE_FORMAT", text="_since must be a date and time.", field="_since"
        ) from None
    # Data of 90 days at most are considered: what is older is left out, whatever is asked.
    oldest = house.clock.now() - timedelta(days=LONGEST_SINCE_DAYS)
    return max(since if since.tzinfo else since.replace(tzinfo=UTC), oldest)


def _contains(text_of: Callable[[Payment], list[str]]) -> Filter:
    return lambda text: lambda payment: any(plain(text) in plain(one) for one in text_of(payment))


def _of_claims(text_of: Callable[[PaidClaim], str]) -> Filter:
    return _contains(lambda payment: [text_of(claim) for claim in payment.claims])


def _within(day_of: Callable[[Payment], date], field: str) -> Filter:
    def read(text: str) -> Fits:
        first, _, last = text.partition("_")
        try:
            begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            raise Refusal(
                400, code="value", coding="MSG_DATE_FORMAT", text=f"{field} must be yyyy-mm-dd_yyyy-mm-dd", field=field
            ) from None
        return lambda payment: begins <= day_of(payment) <= ends

    return read


_COMPARED: dict[str, Callable[[Decimal, Decimal], bool]] = {"ge": ge, "gt": gt, "lt": lt, "eq": eq}


def _amount(amount_of: Callable[[Payment], Decimal], field: str) -> Filter:
    def read(text: str) -> Fits:
        given = re.fullmatch(r"(ge|gt|lt|eq)?(-?[0-9]{1,8}(?:\.[0-9]{1,2})?)", text)  # A30
        if given is None:
            raise Refusal(400, code="value", text=f"{field} must look like ge1500.00", field=field)
        compared, wanted = _COMPARED[given[1] or "eq"], Decimal(given[2])
        return lambda payment: compared(amount_of(payment), wanted)

    return read


def _has_shortfall(text: str) -> Fits:
    if text.lower() not in ("true", "false"):
        raise Refusal(400, code="value", text="hasShortFall must be true or false.", field="hasShortFall")
    return lambda payment: (
        any(claim.paid + claim.previously_paid < claim.claimed for claim in payment.claims) == (text.lower() == "true")
    )


FILTERS: dict[str, Filter] = {
    "provider": _contains(lambda payment: [payment.payee]),
    "invoiceNumber": _of_claims(lambda claim: claim.invoice_no),
    "patientName": _of_claims(lambda claim: claim.patient),
    "membershipNumber": _of_claims(lambda claim: claim.bill.facts["membership_no"]),
    "paymentReference": _contains(lambda payment: [payment.reference]),
    "dateCreated": _within(lambda payment: payment.created_at.astimezone(UK).date(), "dateCreated"),
    "datePaid": _within(lambda payment: payment.paid_on, "datePaid"),
    "paymentAmount": _amount(lambda payment: payment.amount, "paymentAmount"),
    "amountInvoiced": _amount(
        lambda payment: sum((claim.claimed for claim in payment.claims), Decimal(0)), "amountInvoiced"
    ),
    "hasShortFall": _has_shortfall,
}
