"""Reads of contract prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from clearbill.bill import insurers
from clearbill.fileformats import Cell, WrittenTable
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.models import ServiceRate

STATES = {"": "In force or to come", "ended": "Ended", "withdrawn": "Withdrawn", "all": "All"}

SORTS = {
    "insurer": ("insurer_slug", "code", "-valid_from"),
    "code": ("code", "insurer_slug", "-valid_from"),
    "price": ("amount", "insurer_slug", "code"),
    "from": ("valid_from", "insurer_slug", "code"),
}

HEADER = ["insurer", "code", "description", "visit", "price", "valid from", "valid to", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFilter:
    """What the list is narrowed to; unknown values narrow nothing."""

    insurer: str = ""
    state: str = ""
    text: str = ""
    sort: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any((self.insurer, self.state, self.text))


def prices(practice: Practice, wanted: PriceFilter, *, on: date) -> QuerySet[ContractPrice]:
    """Return the contract prices that fit on this UK day, in the filter's order."""
    rows = ContractPrice.objects.filter(practice=practice)
    is_over = Q(valid_to__lt=on)
    states = {
        "": Q(withdrawn_at=None) & ~is_over | Q(withdrawn_at=None, valid_to=None),
        "ended": Q(withdrawn_at=None) & is_over,
        "withdrawn": Q(withdrawn_at__isnull=False),
    }
    if wanted.state in states:
        rows = rows.filter(states[wanted.state])
    if wanted.insurer:
        rows = rows.filter(insurer_slug=wanted.insurer)
    for word in wanted.text.split()[:6]:
        rows = rows.filter(Q(code__istartswith=word) | Q(description__icontains=word) | Q(note__icontains=word))
    fields = SORTS.get(wanted.sort.lstrip("-"), SORTS["insurer"])
    if wanted.sort.startswith("-"):
        return rows.order_by(F(fields[0]).desc(), *fields[1:], "pk")
    return rows.order_by(*fields, "pk")


def insurers_priced(practice: Practice) -> list[str]:
    """Return the insurers of which there are contract prices."""
    rows = ContractPrice.objects.filter(practice=practice).order_by("insurer_slug")
    return list(rows.values_list("insurer_slug", flat=True).distinct())


def price_history(price: ContractPrice) -> QuerySet[ContractPrice]:
    """Return all prices of the same code with the same insurer, latest first."""
    return ContractPrice.objects.filter(
        practice=price.practice_id, insurer_slug=price.insurer_slug, code=price.code
    ).order_by("-valid_from", "-created_at")


def codes_billed(practice: Practice) -> list[tuple[str, str]]:
    """Return the codes of the practice's services with their names, to choose from."""
    rates = ServiceRate.objects.filter(practice=practice, service__is_active=True).select_related("service")
    found = {
        code: rate.service.name
        for rate in rates.order_by("service__name", F("valid_from").asc(nulls_first=True))
        for code in (rate.isc, rate.procedure_code)
        if code
    }
    return list(found.items())


def table(rows: QuerySet[ContractPrice]) -> WrittenTable:
    """Return prices to be written as a file, which can be uploaded again."""
    return WrittenTable(HEADER, map(_cells, rows.iterator(chunk_size=1000)))


def _cells(row: ContractPrice) -> list[Cell]:
    terms: list[Cell] = [row.amount, row.valid_from, row.valid_to, row.note]
    return [insurers.name_of(row.insurer_slug), row.code, row.description, row.visit, *terms]
