"""What an unexplained bank line is likeliest to be, each candidate with what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from clearbill.bill import dates, insurers, money
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.bank import narrative, outstanding
from clearbill.money.bank.models import BankLine, Match
from clearbill.money.bank.outstanding import OutstandingRemittance
from clearbill.people.models import Practice

MOST, LOOKED_AT, SUMMED, LIGHTEST = 5, 1000, 12, 4

EARLIER, LATER = timedelta(days=5), timedelta(days=21)

"""How long before and after the insurer’s day of payment a line is looked at for it."""

_NEAR = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a line may be: payments of an insurer, an invoice that a patient pays, or a payment in the books already."""

    title: str
    signs: tuple[str, ...]
    weight: int
    payments: tuple[UUID, ...] = ()
    invoice: UUID | None = None
    entry: int | None = None


@dataclass(slots=True)
class _Known:
    """What the practice waits for, read once for many lines."""

    dues: list[OutstandingRemittance] = field(default_factory=list)
    invoices: list[Any] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)


def candidates_for(practice: Practice, lines: Sequence[BankLine]) -> dict[UUID, list[Candidate]]:
    """Return for each line at most five candidates, the likeliest first."""
    if not lines:
        return {}
    known = _known(practice, lines)
    found = {}
    for line in lines:
        ones = [*_payments(line, known.dues), *_together(line, known.dues)]
        if line.open > 0 and not any(one.weight >= 8 for one in ones):
            ones += [*_recorded(line, known.entries), *_invoices(line, known.invoices)]
        found[line.pk] = sorted(ones, key=lambda one: (-one.weight, one.title))[:MOST]
    return found


def _known(practice: Practice, lines: Sequence[BankLine]) -> _Known:
    first, last = min(line.on for line in lines), max(line.on for line in lines)
    near = Q(paid_on__gte=first - LATER, paid_on__lte=last + EARLIER) | Q(paid_on=None)
    waiting = outstanding.outstanding(practice)
    by_amount = Q(amount__in={line.open for line in lines})
    known = _Known(
        dues=outstanding.outstanding_of(waiting.filter(near | by_amount).order_by("-paid_on", "pk")[:LOOKED_AT])
    )
    came = [line for line in lines if line.open > 0]
    if came:
        known.invoices = list(_open_invoices(practice, came))
        known.entries = list(_open_entries(practice, came))
    return known


def _open_invoices(practice: Practice, lines: Iterable[BankLine]) -> Iterable[Invoice]:
    numbers = {number for line in lines for number in narrative.invoice_numbers_in(line.text)}
    amounts = {line.open for line in lines}
    wanted = Q(number__in=numbers) | Q(insurer_slug="", open_total__in=amounts)
    rows = Invoice.objects.filter(practice=practice, voided_at=None, open_total__gt=0).filter(wanted)
    return rows.select_related("client").order_by("-issued_on")[:LOOKED_AT]


def _open_entries(practice: Practice, lines: Sequence[BankLine]) -> Iterable[LedgerEntry]:
    days = [line.on for line in lines]
    rows = LedgerEntry.objects.filter(
        practice=practice,
        kind=LedgerEntry.PAID,
        source=LedgerEntry.PATIENT,
        takes_back=None,
        taken_back_by=None,
        amount__in={line.open for line in lines},
        on__gte=min(days) - _NEAR,
        on__lte=max(days) + _NEAR,
    )
    matched = Match.objects.filter(entry=OuterRef("pk"), undone_at=None)
    return rows.filter(~Exists(matched)).select_related("invoice__client")[:LOOKED_AT]


def _payments(line: BankLine, dues: Iterable[OutstandingRemittance]) -> Iterable[Candidate]:
    named = narrative.insurers_in(line.text)
    for one in dues:
        if (one.left > 0) != (line.open > 0):
            continue
        said = match_signs(line, one, named)
        weight = sum(counts for counts, _ in said)
        if weight >= LIGHTEST:
            yield Candidate(_title([one]), tuple(words for _, words in said), weight, payments=(one.pk,))


def match_signs(line: BankLine, one: OutstandingRemittance, named: Sequence[str]) -> list[tuple[int, str]]:
    """Return what speaks for a line being this payment, and against it: how much it counts, and words."""
    more = line.open - one.left
    is_near = one.on is not None and one.on - EARLIER <= line.on <= one.on + LATER
    said = [
        (6, "the payment reference is in the text", narrative.contains_reference(line.text, one.reference)),
        (-3, "but the text names another payment", narrative.contains_other_reference(line.text, one.reference)),
        (4, "the amount is the same", not more),
        (3, f"the text names {insurers.name_of(one.insurer_slug)}", one.insurer_slug in named),
        (1, f"paid on {dates.show(one.on)}" if one.on else "", is_near),
        (-2, "long before or after", one.on is not None and not is_near),
        (0, f"the line has {money.show(abs(more))} {'more' if abs(line.open) > abs(one.left) else 'less'}", bool(more)),
    ]
    return [(counts, words) for counts, words, is_so in said if is_so]


def _together(line: BankLine, dues: Sequence[OutstandingRemittance]) -> Iterable[Candidate]:
    """Yield the fewest payments of one insurer that come to the line's amount, taken-back money among them."""
    named = narrative.insurers_in(line.text)
    several = [
        one for one in dues if one.insurer_slug in named and one.on and one.on - EARLIER <= line.on <= one.on + LATER
    ]
    if any(one.left == line.open for one in several):
        return
    several = sorted(several, key=lambda one: abs(line.on - one.on) if one.on else LATER)[:SUMMED]
    for count in (2, 3, 4):
        for some in combinations(several, count):
            if len({one.insurer_slug for one in some}) == 1 and money.total(one.left for one in some) == line.open:
                sign = f"these {count} payments together come to the amount"
                back = ("money taken back is among them",) if any(one.left * line.open < 0 for one in some) else ()
                yield Candidate(_title(some), (sign, *back), 7, payments=tuple(one.pk for one in some))
                return


def _recorded(line: BankLine, entries: Iterable[Any]) -> Iterable[Candidate]:
    for entry in entries:
        if entry.amount != line.open or abs(entry.on - line.on) > _NEAR:
            continue
        signs = [*_patient_signs(line, entry.invoice), *_same_reference(line, entry)]
        if signs:
            title = f"Already recorded: {money.show(entry.amount)} on invoice {entry.invoice.number}"
            words = (f"recorded for {dates.show(entry.on)}", *(words for _, words in signs))
            yield Candidate(title, words, 5 + sum(counts for counts, _ in signs), entry=entry.pk)


def _same_reference(line: BankLine, entry: Any) -> list[tuple[int, str]]:
    same = narrative.contains_reference(line.text, entry.reference)
    return [(4, "the reference is the same")] if same else []


def _invoices(line: BankLine, invoices: Iterable[Any]) -> Iterable[Candidate]:
    for invoice in invoices:
        signs = _patient_signs(line, invoice)
        more = line.open - invoice.open_total
        if not signs or (more and signs[0][0] < 5):
            continue
        words = [words for _, words in signs]
        if not more:
            words.append("it is just what is open")
        else:
            words.append(f"{money.show(invoice.open_total)} is open, {money.show(abs(more))} {_than(more)}")
        weight = sum(counts for counts, _ in signs) + (3 if not more else 0)
        yield Candidate(f"Invoice {invoice.number}, {invoice.client.name}", tuple(words), weight, invoice=invoice.pk)


def _patient_signs(line: BankLine, invoice: Any) -> list[tuple[int, str]]:
    said = set(line.words.split())
    name = set(narrative.words(invoice.client.last_name).split())
    signs = [
        (5, "the invoice number is in the text", invoice.number.upper() in narrative.invoice_numbers_in(line.text)),
        (3, "the patient’s name is in the text", bool(name) and name <= said),
    ]
    return [(counts, words) for counts, words, is_so in signs if is_so]


def _than(more: Any) -> str:
    return "less than the line" if more > 0 else "more than the line"


def _title(some: Sequence[OutstandingRemittance]) -> str:
    numbers = ", ".join(one.reference for one in some)
    amounts = " + ".join(money.show(one.left) for one in some).replace("+ −", "− ")
    return f"{insurers.name_of(some[0].insurer_slug)} {numbers}, {amounts}"
