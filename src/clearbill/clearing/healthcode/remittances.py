"""Payments of insurers: the list of them, and what each says of each bill."""

from __future__ import annotations

from datetime import datetime, timedelta

from clearbill.clearing.healthcode.contract import Contract
from clearbill.clearing.healthcode.rest import Question, RestService
from clearbill.clearing.remittance import Pages, RemittanceClaim, RemittanceSummary


def remittances(
    *, insurer_id: str, since: datetime | None, now: datetime, rest: RestService, contract: Contract
) -> Pages[RemittanceSummary]:
    """Return the payments of one insurer, all pages; `since` reaches back as far as the house allows, no further.

    Raises Refused, NotSent or CredentialsRefused.
    """
    if since is not None:
        # An hour to spare, so that clocks which differ a little do not make the question a wrong one.
        since = max(since, now - timedelta(days=contract.OLDEST_SINCE_DAYS) + timedelta(hours=1))
    question = Question(
        operation="remittances",
        key=contract.REMITTANCE_SEARCH,
        form=contract.remittance_form(insurer_id=insurer_id, since=since),
    )
    return rest.all_pages(question, contract.read_remittances)


def remittance_claims(
    *, insurer_id: str, payment_reference: str, rest: RestService, contract: Contract
) -> Pages[RemittanceClaim]:
    """Return what one payment says of each bill, all pages. Raises Refused, NotSent or CredentialsRefused."""
    form = contract.remittance_detail_form(insurer_id=insurer_id, payment_reference=payment_reference)
    question = Question(operation="remittanceClaims", key=contract.REMITTANCE_DETAIL, form=form)
    return rest.all_pages(question, contract.read_remittance_claims)
