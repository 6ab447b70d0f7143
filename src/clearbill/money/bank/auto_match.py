"""Match bank lines with payments: those that leave no doubt by themselves; write and undo matches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zlib import crc32

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Sum

from clearbill.bill.money import ZERO
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.bank import narrative, outstanding
from clearbill.money.bank.models import BankLine, BankReceipt, IgnoreRule, Match, MatchCursor
from clearbill.money.bank.outstanding import OutstandingRemittance
from clearbill.money.remittances import reversal
from clearbill.money.remittances.models import Remittance
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.connection import ClientFactory

BEFORE, AFTER = timedelta(days=2), timedelta(days=10)

"""How long before and after the insurer’s day of payment a line may stand to be taken for it without its number."""

BY_REFERENCE = "The amount and the payment reference are the same."

BY_INSURER = "The amount is the same, the text names the insurer, and no other line or payment is like it."

_AT_ONCE = 500


def lock_practice(practice: Practice) -> None:
    """Let nobody else change what the lines of the practice are matched with until the transaction ends."""
    MatchCursor.objects.get_or_create(practice=practice)
    MatchCursor.objects.select_for_update().get(practice=practice)


def auto_match(practice: Practice, *, now: datetime) -> int:
    """Match the lines that are clearly one payment, and return how many. Call inside a transaction."""
    lock_practice(practice)
    # Read first: what changes meanwhile is looked at the next time.
    seen = _news(Remittance.objects.filter(practice=practice)).get(practice.pk, 0)
    waiting: dict[Decimal, list[OutstandingRemittance]] = defaultdict(list)
    for payment in outstanding.outstanding_of(outstanding.outstanding(practice).filter(arrived=0)):
        waiting[payment.left].append(payment)
    lines: dict[Decimal, list[BankLine]] = defaultdict(list)
    for line in _lines(practice, list(waiting)):
        lines[line.amount].append(line)
    undone = set(_undone(practice))
    count = 0
    for amount, equal in lines.items():
        for line, payment, why in _clear(equal, waiting[amount], undone):
            create_matches(Actor(practice, None, now), [(line, payment.pk, line.amount)], why=why)
            count += 1
    MatchCursor.objects.filter(practice=practice).update(payments=seen)
    return count


def _lines(practice: Practice, amounts: Sequence[Decimal]) -> Iterator[BankLine]:
    rows = BankLine.objects.filter(practice=practice, state=BankLine.NEW, matched=0)
    for start in range(0, len(amounts), _AT_ONCE):
        yield from rows.filter(amount__in=amounts[start : start + _AT_ONCE]).order_by("on", "pk")


def _undone(practice: Practice) -> Iterable[tuple[UUID, UUID]]:
    """Return line and payment of each match that a person undid: it is not made again by itself."""
    rows = Match.objects.filter(practice=practice, undone_at__isnull=False, undone_by__isnull=False)
    return rows.exclude(remittance=None).values_list("line_id", "remittance_id")


def _clear(
    lines: Sequence[BankLine], waiting: Sequence[OutstandingRemittance], undone: set[tuple[UUID, UUID]]
) -> Iterator[tuple[BankLine, OutstandingRemittance, str]]:
    """Yield what is clear among lines and payments of one amount; the reference goes first."""
    taken: set[UUID] = set()
    for line in lines:
        fits = [one for one in waiting if narrative.contains_reference(line.text, one.reference)]
        if len(fits) == 1 and not {fits[0].pk, line.pk} & taken and (line.pk, fits[0].pk) not in undone:
            taken |= {fits[0].pk, line.pk}
            yield line, fits[0], BY_REFERENCE
    free = [line for line in lines if line.pk not in taken]
    still = [one for one in waiting if one.pk not in taken]
    fitting = {line.pk: [one for one in still if may_be_payment(line, one)] for line in free}
    claimed: dict[UUID, int] = defaultdict(int)
    for ones in fitting.values():
        for one in ones:
            claimed[one.pk] += 1
    for line in free:
        match fitting[line.pk]:
            case [one] if claimed[one.pk] == 1 and (line.pk, one.pk) not in undone:
                yield line, one, BY_INSURER


def may_be_payment(line: BankLine, payment: OutstandingRemittance) -> bool:
    """Return whether the text names the insurer and no other payment, and the days are near."""
    return (
        payment.on is not None
        and payment.on - BEFORE <= line.on <= payment.on + AFTER
        and payment.insurer_slug in narrative.insurers_in(line.text)
        and not narrative.contains_other_reference(line.text, payment.reference)
    )


def create_matches(actor: Actor, parts: Sequence[tuple[BankLine, UUID, Decimal]], *, why: str = "") -> None:
    """Match each line with so much of a payment, all in one group. Call after `lock_practice`, in its transaction."""
    group = uuid4()
    for line, payment, amount in parts:
        Match.objects.create(
            practice=actor.practice,
            line=line,
            remittance_id=payment,
            group=group,
            amount=amount,
            at=actor.now,
            by=actor.user,
            why=why,
        )
    add_to_lines({line.pk: line for line, _, _ in parts}.values(), [(line.pk, amount) for line, _, amount in parts])
    for payment, (amount, on) in _sums((payment, amount, line.on) for line, payment, amount in parts).items():
        add_to_arrival(actor.practice, payment, amount, on)


def add_to_lines(lines: Iterable[BankLine], amounts: Iterable[tuple[UUID, Decimal]]) -> None:
    """Bring the held lines up to date with what has been matched, or undone where it is the other way."""
    added: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for pk, amount in amounts:
        added[pk] += amount
    for line in lines:
        less = abs(line.matched + added[line.pk]) < abs(line.matched)
        line.matched += added[line.pk]
        if line.matched == line.amount or less or line.state != BankLine.ASIDE:
            line.state = BankLine.MATCHED if line.matched == line.amount else BankLine.NEW
            line.aside_reason, line.aside_at, line.aside_by = "", None, None
        line.save(update_fields=["matched", "state", "aside_reason", "aside_at", "aside_by"])


def add_to_arrival(practice: Practice, payment: UUID, amount: Decimal, on: date | None) -> None:
    announced = Remittance.objects.get(practice=practice, pk=payment).amount
    row, _ = BankReceipt.objects.get_or_create(
        remittance_id=payment, defaults={"practice": practice, "amount": announced}
    )
    row.arrived += amount
    row.arrived_on = on
    if abs(row.arrived) <= abs(announced):
        # A payment that came as a file grows with what the file lacked.
        row.amount = announced
    if row.arrived == row.amount:
        row.aside_reason, row.aside_at, row.aside_by = "", None, None
    row.save()


def undo_group(actor: Actor, group: UUID) -> list[Match]:
    """Undo the matches of a group and return them, none where they are undone already. Call as `create_matches`.

    Raises Refused where a payment recorded from a line cannot be taken back just now.
    """
    matches = list(Match.objects.filter(practice=actor.practice, group=group, undone_at=None))
    lines = BankLine.objects.filter(pk__in={one.line_id for one in matches})
    Match.objects.filter(pk__in=[one.pk for one in matches]).update(undone_at=actor.now, undone_by=actor.user)
    add_to_lines(lines, [(one.line_id, -one.amount) for one in matches])
    paid = [(one.remittance_id, -one.amount, None) for one in matches if one.remittance_id]
    for payment, (amount, _) in _sums(paid).items():
        standing = Match.objects.filter(remittance=payment, undone_at=None)
        add_to_arrival(actor.practice, payment, amount, standing.aggregate(on=Max("line__on"))["on"])
    for one in matches:
        if one.is_recorded and one.entry and not LedgerEntry.objects.filter(takes_back=one.entry).exists():
            _take_back(actor, one.entry)
    return matches


def _take_back(actor: Actor, entry: LedgerEntry) -> None:
    reversal.reverse_payment(actor, entry=entry)


def practices_to_rematch() -> list[Practice]:
    """Return the practices whose insurers have paid, or said otherwise, since their lines were last looked through."""
    known = dict(MatchCursor.objects.values_list("practice", "payments"))
    now = _news(Remittance.objects.filter(practice__in=list(known)))
    return list(Practice.objects.filter(pk__in=[pk for pk, seen in known.items() if now.get(pk, 0) != seen]))


def _news(payments: QuerySet[Remittance]) -> dict[UUID, int]:
    """Return for each practice a number that stands for its payments: how many, how much, of which days, announced.

    Any payment that comes, goes, grows or is announced gives another one, but for one time in two thousand million.
    """
    told = payments.order_by().values_list("practice")
    sums = told.annotate(Count("pk"), Sum("amount"), Count("announced_at"), Count("paid_on"), Max("created_at"))
    return {
        practice: crc32(f"{count} {pounds:.2f} {announced} {dated} {newest.timestamp()}".encode()) >> 1
        for practice, count, pounds, announced, dated, newest in sums
    }


def _sums(
    parts: Iterable[tuple[UUID, Decimal, date | None]],
) -> dict[UUID, tuple[Decimal, date | None]]:
    sums: dict[UUID, tuple[Decimal, date | None]] = {}
    for payment, amount, on in parts:
        before, newest = sums.get(payment, (ZERO, None))
        sums[payment] = (before + amount, max(filter(None, (newest, on)), default=None))
    return dict(sorted(sums.items()))


def rematch_next(*, now: datetime, house_of: ClientFactory) -> bool:
    """Match what is clear in each practice that has had news, and return whether any has. `house_of` is not used."""
    practices = practices_to_rematch()
    for practice in practices:
        with transaction.atomic():
            auto_match(practice, now=now)
    return bool(practices)


def apply_ignore_rules(practice: Practice, *, now: datetime) -> int:
    """Set the new lines aside whose words are usual, and return how many. Call inside a transaction."""
    count = 0
    for one in IgnoreRule.objects.filter(practice=practice):
        lines = BankLine.objects.filter(practice=practice, state=BankLine.NEW, matched=0, words=one.words)
        lines = lines.filter(amount__gt=0) if one.is_money_in else lines.filter(amount__lt=0)
        count += lines.update(state=BankLine.ASIDE, aside_reason=one.reason, aside_at=now, aside_by=None)
    return count


def match_and_ignore(practice: Practice, *, now: datetime) -> None:
    """Match what is clear and set aside what is usual. Call inside a transaction."""
    auto_match(practice, now=now)
    apply_ignore_rules(practice, now=now)
