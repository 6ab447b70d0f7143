"""The list of shortfalls: the claims on which something is left to decide, counted by state and summed by reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Round

from clearbill.bill import deductions, insurers, money
from clearbill.claims.core.queries import by_number
from clearbill.claims.models import Claim
from clearbill.clients.search.search_index import search
from clearbill.fileformats import Cell, WrittenTable
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.shortfalls import manual_deductions, queries, shortfall
from clearbill.money.shortfalls.models import Decision
from clearbill.money.shortfalls.shortfall import Shortfall
from clearbill.people.models import Practice

TOO_MUCH, UNEXPLAINED, NOT_SETTLED = "To put right", "No reason given", "Not settled"

STATES = {
    "": shortfall.TO_DECIDE,
    "waiting": shortfall.WAITING,
    "disputed": shortfall.DISPUTED,
    "open": NOT_SETTLED,
    "too-much": TOO_MUCH,
    "unexplained": UNEXPLAINED,
    "decided": shortfall.DECIDED,
}

_SHORT = LedgerEntry.objects.filter(kind=LedgerEntry.SHORT, source=LedgerEntry.INSURER).order_by()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortfallFilter:
    """What the list is narrowed to. `state` is a key of STATES, `reason` of the reasons, `owed_by` of who may owe."""

    state: str = ""
    insurer: str = ""
    reason: str = ""
    owed_by: str = ""
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.insurer or self.reason or self.owed_by or self.words)


@dataclass(slots=True, kw_only=True)
class ShortfallList:
    """The claims of the list in its order (ids, or a query), how many each state has, and what is left by reason."""

    claims: Sequence[UUID] | QuerySet[Claim, UUID]
    counts: dict[str, int]
    sums: list[dict[str, Any]] = field(default_factory=list)


def listed(practice: Practice, wanted: ShortfallFilter, today: date) -> ShortfallList:
    """Return the claims that fit, the oldest deduction first; those that are decided newest first.

    Words are looked for in every state.
    """
    found = _open(practice, wanted)
    by_invoice = queries.shortfalls_on([invoice_id for _, invoice_id in found])
    told = [(claim_id, by_invoice[invoice_id]) for claim_id, invoice_id in found]
    fitting = [(claim_id, card) for claim_id, card in told if _fits(card, wanted)]
    of_state = {
        state: [claim_id for claim_id, card in fitting if _is(card, word, today)] for state, word in STATES.items()
    }
    counts = {state: len(ids) for state, ids in of_state.items()}
    unexplained = _unexplained(practice, wanted)
    counts["unexplained"] = unexplained.count()
    decided = _decided(practice, wanted).exclude(
        pk__in=[claim_id for claim_id, card in told if card.left and card.asked >= card.short]
    )
    if wanted.words:
        there = {claim_id for ids in of_state.values() for claim_id in ids}
        found_ids = [claim_id for claim_id, _ in fitting if claim_id in there]
        found_ids += [*unexplained.values_list("pk", flat=True), *decided.values_list("pk", flat=True)]
        return ShortfallList(claims=list(dict.fromkeys(found_ids)), counts=counts)
    if wanted.state == "unexplained":
        return ShortfallList(claims=unexplained.values_list("pk", flat=True), counts=counts)
    if wanted.state == "decided":
        return ShortfallList(claims=decided.values_list("pk", flat=True), counts=counts)
    ids = of_state[wanted.state]
    there = set(ids)
    return ShortfallList(
        claims=ids, counts=counts, sums=_sums([card for claim_id, card in fitting if claim_id in there])
    )


def count_to_put_right(practice: Practice) -> int:
    """Return on how many claims the client was asked for too much, or too much was written off."""
    taken_back, for_no_reason = _taken_back(), _for_no_reason(practice)
    given_up = Q(asked__gt=0) | Q(written_off_total__gt=0)
    may_be = Q(asked__gt=F("short_total")) | Q(short_total__lt=0) | (taken_back & given_up) | for_no_reason
    invoices = _with_asked(practice).filter(may_be).values_list("pk", flat=True)
    found = _of_invoices(practice, ShortfallFilter(), list(invoices))
    return sum(_is_too_much(card) for card in queries.shortfalls_on([invoice for _, invoice in found]).values())


def rows(ids: Sequence[UUID], today: date) -> list[dict[str, Any]]:
    """Return these claims in their order, each with its card and the chips that say how it stands."""
    claims = Claim.objects.select_related("invoice__client").in_bulk(list(ids))
    by_invoice = queries.shortfalls_on([claim.invoice_id for claim in claims.values()])
    told = [(claims[pk], by_invoice[claims[pk].invoice_id]) for pk in ids if pk in claims]
    return [{"claim": claim, "card": card, "states": _chips(card, today)} for claim, card in told]


COLUMNS = (
    "Invoice number",
    "Insurer",
    "Client",
    "Treated on",
    "Deducted",
    "Not decided",
    "Asked of the client",
    "Reasons",
    "State",
)


def table(ids: Sequence[UUID], today: date) -> WrittenTable:
    """Return these claims, to be written as a file."""
    return WrittenTable(COLUMNS, (_cells(one) for one in rows(ids, today)))


def _cells(row: dict[str, Any]) -> list[Cell]:
    claim, card = row["claim"], row["card"]
    said: list[Cell] = [claim.number, insurers.name_of(claim.insurer_slug), claim.invoice.client.name, claim.treated_on]
    reasons = "; ".join(f"{one.name} {money.show(one.deducted)}" for one in card.deductions)
    return [*said, card.deducted, card.left, card.asked, reasons, "; ".join(row["states"])]


def insurers_there(practice: Practice) -> list[tuple[str, str]]:
    """Return the insurers with which the practice has claims, slug and name, by name."""
    slugs = Claim.objects.filter(practice=practice).order_by().values_list("insurer_slug", flat=True).distinct()
    named = [(slug, insurers.name_of(slug)) for slug in slugs]
    return sorted(named, key=lambda one: one[1].casefold())


def claims_with_details(practice: Practice) -> QuerySet[Claim]:
    """Return the practice's claims with what the card page shows."""
    return Claim.objects.filter(practice=practice).select_related("invoice__client", "practice", "practitioner")


def _claims(practice: Practice, wanted: ShortfallFilter) -> QuerySet[Claim]:
    found = Claim.objects.filter(practice=practice, is_current=True, invoice__voided_at=None)
    if wanted.insurer:
        found = found.filter(insurer_slug=wanted.insurer)
    if wanted.words:
        found = found.filter(search(practice, wanted.words, client="invoice__client", own=_by_number))
    return found


def _by_number(word: str) -> Q:
    return by_number(word) | Q(invoice__number__icontains=word)


def _with_asked(practice: Practice) -> QuerySet[Any]:
    """The practice's invoices to insurers with `asked`, what live shares of them ask for."""
    live = Invoice.objects.filter(share_of=OuterRef("pk"), voided_at=None).order_by().values("share_of")
    asked = live.annotate(sum=Sum(F("net_total") - F("credited_total"))).values("sum")
    field: DecimalField[Decimal, Decimal] = DecimalField(max_digits=12, decimal_places=2)
    of_insurers = Invoice.objects.filter(practice=practice, share_of=None).order_by()
    return of_insurers.annotate(asked=Round(Coalesce(Subquery(asked, output_field=field), Decimal("0.00")), 2))


def _open(practice: Practice, wanted: ShortfallFilter) -> list[tuple[UUID, UUID]]:
    """Return the claims of which something may be left, or too much asked: its card says which. Some more than that."""
    asked = _live_shares(practice)
    taken_back, for_no_reason = _taken_back(), _for_no_reason(practice)
    is_left = Q(asked__lt=F("short_total")) | taken_back | for_no_reason
    is_too_much = Q(asked__gt=F("short_total")) | for_no_reason
    invoices = _with_asked(practice)
    ids = {
        *invoices.filter(is_left, short_total__gt=0).values_list("pk", flat=True),
        *invoices.filter(short_total__lt=0).values_list("pk", flat=True),
        *invoices.filter(is_too_much, pk__in=asked.order_by().values("share_of")).values_list("pk", flat=True),
    }
    return _of_invoices(practice, wanted, list(ids))


def _live_shares(practice: Practice) -> QuerySet[Invoice]:
    return Invoice.objects.filter(practice=practice, voided_at=None).exclude(share_of=None)


def _taken_back() -> Q:
    """Invoices of which a deduction was taken back."""
    return Q(Exists(_SHORT.filter(invoice=OuterRef("pk")).exclude(takes_back=None)))


def _for_no_reason(practice: Practice) -> Q:
    """Invoices with a share that was asked for before the insurer answered, such as an excess taken at the visit."""
    undecided = ~Exists(Decision.objects.filter(share=OuterRef("pk")))
    return Q(Exists(_live_shares(practice).filter(undecided, share_of=OuterRef("pk")).order_by()))


def _of_invoices(practice: Practice, wanted: ShortfallFilter, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return the claims of these invoices that fit, the oldest deduction first."""
    found: list[tuple[date, str, UUID, UUID]] = []
    for start in range(0, len(ids), queries.AT_ONCE):
        several = ids[start : start + queries.AT_ONCE]
        first = dict(_SHORT.filter(invoice__in=several).values_list("invoice").annotate(first=Min("on")))
        claims = _claims(practice, wanted).filter(invoice__in=several).order_by()
        rows = claims.values_list("number", "pk", "invoice_id")
        found += [(first.get(invoice, date.max), number, pk, invoice) for number, pk, invoice in rows]
    return [(pk, invoice) for _, _, pk, invoice in sorted(found)]


def _decided(practice: Practice, wanted: ShortfallFilter) -> QuerySet[Any]:
    """Claims with a deduction of which nothing is left; the last one first."""
    deducted = _SHORT.filter(queries.STANDING, practice=practice, amount__gt=0).values("invoice")
    settled = _with_asked(practice).filter(pk__in=deducted, asked__gte=F("short_total")).values("pk")
    return _claims(practice, wanted).filter(invoice__in=settled).order_by("-status_at", "number")


def _unexplained(practice: Practice, wanted: ShortfallFilter) -> QuerySet[Claim]:
    found = _claims(practice, wanted).filter(status__in=manual_deductions.ANSWERED, invoice__open_total__gt=0)
    return found.order_by("status_at", "number")


def _fits(card: Shortfall, wanted: ShortfallFilter) -> bool:
    if not wanted.reason and not wanted.owed_by:
        return True
    return any(
        wanted.reason in ("", one.reason.key) and wanted.owed_by in ("", one.owed_by) and (one.left or not card.left)
        for one in card.deductions
    )


def _is(card: Shortfall, word: str, today: date) -> bool:
    if word == TOO_MUCH:
        return _is_too_much(card)
    return bool(card.left) and (word == NOT_SETTLED or word in card.states(today))


def _is_too_much(card: Shortfall) -> bool:
    return bool(card.asked_too_much or card.written_off_too_much)


def _chips(card: Shortfall, today: date) -> list[str]:
    if not card.deductions:
        return [TOO_MUCH] if card.asked_too_much else [UNEXPLAINED]
    there = card.states(today)
    found = [
        word
        for word in (shortfall.TO_DECIDE, shortfall.DISPUTED, shortfall.WAITING, shortfall.DECIDED)
        if word in there
    ]
    return [*found, TOO_MUCH] if _is_too_much(card) else found


def _sums(found: Sequence[Shortfall]) -> list[dict[str, Any]]:
    """What is left by reason, the largest first: key, name, claims, pounds."""
    left: dict[str, list[Decimal]] = {}
    for card in found:
        by_reason: dict[str, list[Decimal]] = {}
        for one in card.deductions:
            by_reason.setdefault(one.reason.key, []).append(one.left)
        for key, amounts in by_reason.items():
            if total := money.total(amounts):
                left.setdefault(key, []).append(total)
    sums = [
        {"key": key, "name": _name(key), "claims": len(amounts), "amount": money.total(amounts)}
        for key, amounts in left.items()
    ]
    return sorted(sums, key=lambda one: -one["amount"])


def _name(key: str) -> str:
    reason = deductions.BY_KEY.get(key)
    return reason.name if reason else "Another reason"
