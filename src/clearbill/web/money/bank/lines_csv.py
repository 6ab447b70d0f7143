"""The bank's lines as a CSV file, as the list shows them."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_POST

from clearbill.bill import dates, insurers
from clearbill.fileformats import csv_lines
from clearbill.money.bank import queries
from clearbill.money.bank.models import BankLine, Match
from clearbill.web.components.downloads import download
from clearbill.web.money.bank.forms import FilterForm
from clearbill.web.sign_in.access import PracticeRequest, member_required

AT_ONCE = 1_000

HEADER = ("Day", "Account", "Text", "Amount", "State", "Not explained", "Matched with", "Why set aside")


@require_POST
@member_required()
def lines(request: PracticeRequest) -> StreamingHttpResponse:
    """The lines that the filter shows, pounds with money out below nothing. Posted: it may hold a patient's name."""
    accounts = list(queries.accounts(request.practice))
    found = queries.listed(request.practice, FilterForm(request.POST, accounts=accounts).wanted())
    rows = map(_cells, found.iterator(AT_ONCE))
    return download(csv_lines(HEADER, rows), f"bank-{dates.today()}.csv")


def _cells(line: Any) -> tuple[str, ...]:
    return (
        line.on.isoformat(),
        line.account.name,
        line.text,
        f"{line.amount:.2f}",
        queries.state_of(line),
        f"{line.open:.2f}" if line.state == BankLine.NEW else "",
        "; ".join(map(_matched_with, line.standing)),
        line.aside_reason if line.state == BankLine.ASIDE else "",
    )


def _matched_with(one: Match) -> str:
    if one.remittance is None:
        return f"Invoice {one.entry.invoice.number}" if one.entry else ""
    return f"{insurers.name_of(one.remittance.insurer_slug)} {one.remittance.payment_reference}"
