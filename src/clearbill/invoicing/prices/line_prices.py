"""At which price a line is billed: by the price of its day and payer, or by another one, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q

from clearbill.appointments.queries import HOLDS_TIME
from clearbill.bill import dates, insurers, money
from clearbill.bill.money import ZERO
from clearbill.bill.problem import Refused
from clearbill.invoicing.drafts import LineDraft, line_of
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.price_list import PriceList
from clearbill.workspace.contract_prices.price_of_a_line import price_of_line
from clearbill.workspace.pricing import PriceBook

REASON = "price_reason"

"""The field that a question about another price is about."""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with the price that it is to have: `rule` pounds for one unit, `basis` says in a sentence where from.

    `rule` None leaves the price free: the line is of no service and no visit, its service has no price, or it was
    billed before Clearbill kept this. Its `line` has a reason only where it is billed at another price than the rule's.
    `kept_reason` stands on the invoice already for this very price; `contract` is what the rule came from, if anything.
    """

    line: LineDraft
    rule: Decimal | None = None
    basis: str = ""
    kept_reason: str = ""
    contract: ContractPrice | None = None

    @property
    def is_override(self) -> bool:
        return self.rule is not None and self.line.unit_price != self.rule

    @property
    def is_new_override(self) -> bool:
        """Return whether somebody overrides the price now, or gives another reason for it."""
        return self.is_override and (not self.kept_reason or self.line.price_reason != self.kept_reason)

    @property
    def told(self) -> str:
        """What the price is by rule and why, and what would be lost by billing less, in sentences."""
        if self.rule is None:
            return ""
        said = f"The price on {dates.show(self.line.treated_on)} is {money.show(self.rule)}. {self.basis}"
        lost = (self.rule - self.line.unit_price) * self.line.units
        return f"{said} {money.show(lost)} would be lost." if self.contract and lost > ZERO else said

    @property
    def question(self) -> str:
        """What is asked of a person who bills another price than the rule's and may do so."""
        rule, typed = money.show(self.rule), money.show(self.line.unit_price)
        return f"{self.told} Enter {rule}, or say why {typed} is billed."


def priced(
    practice: Practice, insurer_slug: str, lines: Iterable[LineDraft], *, of: Invoice | None = None
) -> list[PricedLine]:
    """Return the lines with their prices for this payer, "" for the client.

    A line that stands on the invoice `of` already, of the same service, day and price and to the same payer, keeps what
    was said there: nobody is asked about a price that they did not touch. One of before has no day that says it.
    """
    book = PriceBook(practice)
    kept: dict[tuple[object, ...], list[InvoiceLine]] = {}
    if of is not None and of.insurer_slug == insurer_slug:
        for row in of.lines.all():
            kept.setdefault((row.service_id, row.unit_price, _day_of(row)), []).append(row)
    return [_priced(book, insurer_slug, line, kept) for line in lines]


def require_reasons(lines: Iterable[PricedLine]) -> None:
    """Raise Refused where a line is billed at another price than the rule's and nobody says why."""
    for one in lines:
        if one.is_override and not one.line.price_reason:
            raise Refused(one.question, REASON)


def require_current(practice: Practice, insurer_slug: str, rows: Sequence[InvoiceLine]) -> None:
    """Raise Refused where price, VAT or a code of one of these lines is no longer that of its day and payer.

    A line without a price by rule is left as it is: nobody kept what it should cost. Nor is anything said of the VAT
    and the codes of a line without a service, which somebody typed.
    """
    for row, now in zip(rows, priced(practice, insurer_slug, [line_of(row) for row in rows]), strict=True):
        if row.rule_price is None:
            continue
        rate = row.service.rate_on(row.treated_on) if row.service else None
        if now.rule != row.rule_price:
            changed = "price"
        elif rate and (rate.isc, rate.procedure_code) != (row.item_code, row.procedure_code):
            changed = "code"
        elif rate and rate.vat_rate != row.vat_rate:
            changed = "VAT"
        else:
            continue
        day = dates.show(row.treated_on)
        raise Refused(
            f"The {changed} of {row.description} on {day} is another by now. Make a new invoice of it instead."
        )


@dataclass(frozen=True, slots=True)
class BelowContract:
    """A line billed below its contract price: `place` counts from 0, `lost` pounds are asked for by nobody."""

    place: int
    contract: ContractPrice
    lost: Decimal

    @property
    def sentence(self) -> str:
        agreed, lost = money.show(self.contract.amount), money.show(self.lost)
        insurer = insurers.name_of(self.contract.insurer_slug)
        since = dates.show(self.contract.valid_from)
        return f"{lost} is lost: the contract price of {insurer} from {since} is {agreed}, and less is billed."


def below_contract(
    practice: Practice, insurer_slug: str, lines: Sequence[InvoiceLine | LineDraft]
) -> list[BelowContract]:
    """Return the lines of an invoice to this insurer that ask for less than the contract price of their day."""
    codes = {code for line in lines for code in (line.item_code, line.procedure_code) if code}
    if not insurer_slug or not codes:
        return []
    rows = ContractPrice.objects.filter(practice=practice, insurer_slug=insurer_slug, code__in=codes)
    prices, found = PriceList(rows.filter(withdrawn_at=None).order_by()), []
    for place, line in enumerate(lines):
        contract = price_of_line(
            prices,
            insurer_slug,
            item_code=line.item_code,
            procedure_code=line.procedure_code,
            day=line.treated_on,
        )
        if contract is None:
            continue
        billed = line.unit_price * line.units - line.discount
        if (lost := contract.amount * line.units - billed) > ZERO:
            found.append(BelowContract(place, contract, lost))
    return found


def invoiced_otherwise(price: ContractPrice) -> int:
    """Return how many lines of invoices that stand were billed to the insurer at another price than this contract's."""
    lines = InvoiceLine.objects.live().filter(
        Q(item_code=price.code) | Q(procedure_code=price.code),
        invoice__practice=price.practice_id,
        invoice__insurer_slug=price.insurer_slug,
        treated_on__gte=price.valid_from,
    )
    if price.valid_to:
        lines = lines.filter(treated_on__lte=price.valid_to)
    return lines.exclude(unit_price=price.amount).count()


def _priced(
    book: PriceBook, insurer_slug: str, line: LineDraft, kept: dict[tuple[object, ...], list[InvoiceLine]]
) -> PricedLine:
    known_by = (line.service and line.service.pk, line.unit_price)
    visit = line.appointment
    service = line.service or (visit.service if visit else None)
    if visit and visit.state not in HOLDS_TIME:  # What a missed visit is charged is the practice's policy.
        service = None
    if rows := kept.get((*known_by, line.treated_on)) or kept.get((*known_by, None)):
        row = rows.pop(0)
        found = PricedLine(line, row.rule_price, row.price_basis, row.price_reason)
    elif service is None:
        found = PricedLine(line)
    else:
        codes = (line.item_code, line.procedure_code)
        price = book.price(service, insurer_slug, line.treated_on, codes=codes)
        found = PricedLine(line)
        if price.is_set:
            found = PricedLine(line, price.amount, price.sentence, contract=price.contract)
    return found if found.is_override else replace(found, line=replace(line, price_reason=""))


def _day_of(row: InvoiceLine) -> date | None:
    return None if row.rule_price is None else row.treated_on
