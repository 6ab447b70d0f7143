"""Which reports there are, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clearbill.people.permissions import Permission
from clearbill.reports.filters import CLIENT, ReportFilter
from clearbill.reports.kinds import aged_debt, days_to_payment, first_pass_rate, income, shortfalls, unbilled_visits
from clearbill.reports.tables import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportType:
    """One report. `uses` are the filters that it knows; `is_recent` ones show the last twelve months at first.

    `days` says which days the filter means, where there is one; `empty` what to do where there is nothing to report.
    Only members with `permission` find it on the index, open it and take its file along. One that
    `is_of_practitioners` tells what each of them earns: who may not see that of all is shown their own alone.
    """

    name: str
    title: str
    sentence: str
    make: Callable[[ReportFilter], Report]
    empty: str
    days: str = ""
    uses: tuple[str, ...] = ("days", "insurer")
    is_recent: bool = True
    permission: Permission = Permission.SEE_MONEY
    is_of_practitioners: bool = False


CATALOGUE = (
    ReportType(
        name="aged-debt",
        title="Aged debt by insurer",
        sentence="What is owed to you now, by who owes it and how long ago the invoice was issued.",
        make=aged_debt.report,
        empty="Nothing is open on any invoice here. Invoices appear once they are made.",
        days="Invoices issued",
        uses=("days", "insurer", CLIENT),
        is_recent=False,
    ),
    ReportType(
        name="days-to-payment",
        title="Days to payment",
        sentence="How long each insurer takes, from the day the invoice was issued to its first payment.",
        make=days_to_payment.report,
        empty="No insurer has paid in these days. Payments appear as they are put to claims under Money.",
        days="Paid",
    ),
    ReportType(
        name="first-time-pass",
        title="First-time pass rate",
        sentence="How many claims the clearing house took as they were first sent, without a correction.",
        permission=Permission.SEE_CLINICAL,
        make=first_pass_rate.report,
        empty="The clearing house has answered no claim that was first sent in these days.",
        days="First sent",
    ),
    ReportType(
        name="shortfall",
        title="Shortfall by reason",
        sentence="What insurers deducted and why, and what became of it.",
        make=shortfalls.report,
        empty="No insurer has deducted anything in these days.",
        days="Deducted",
    ),
    ReportType(
        name="unbilled",
        title="Unbilled visits",
        sentence="Completed visits that stand on no invoice, and invoices to insurers that have no claim.",
        permission=Permission.SEE_CLINICAL,
        make=unbilled_visits.report,
        empty="Every completed visit here stands on an invoice, and every invoice to an insurer has its claim.",
        days="Visits",
        uses=("days", "insurer", CLIENT),
        is_recent=False,
    ),
    ReportType(
        name="income",
        title="Income by practitioner and service",
        sentence="What was billed, credited and paid, month by month, VAT included where it applies.",
        is_of_practitioners=True,
        make=income.report,
        empty="Nothing was billed or paid in these days.",
        days="Billed or paid",
        uses=("days", "insurer", CLIENT),
    ),
)
