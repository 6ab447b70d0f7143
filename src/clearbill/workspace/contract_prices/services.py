"""Add, change, end and import contract prices, with the practice's row locked so that no two overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from clearbill.bill.problem import Refused
from clearbill.fileformats.lists.price_list import PriceRow
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.contract_prices.models import ContractPrice
from clearbill.workspace.contract_prices.periods import ONE_DAY, Period, period_to_end
from clearbill.workspace.settings import lock_practice, save_with_audit

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """What adding a price makes of it: the price, not yet stored, and the one that ends by it.

    Without a price it is there already, or cannot be added for the reason of the refusal.
    """

    price: ContractPrice | None = None
    ends: ContractPrice | None = None
    refusal: Refused | None = None


def add(actor: Actor, *, details: Mapping[str, Any]) -> ContractPrice:
    """Add a price. One without end that began before ends the day before; any other overlap raises Refused."""
    with transaction.atomic():
        lock_practice(actor.practice)
        there = _standing(actor.practice, details["insurer_slug"], details["code"])
        price, ends = _placed(actor.practice, details, [_period(one) for one in there])
        if ends:
            _end(actor, ends.of, price.valid_from - ONE_DAY)
        return save_with_audit(
            actor, row=price, details=details, added="added the contract price", changed="changed the contract price"
        )


def describe(actor: Actor, *, price: ContractPrice, **words: str) -> None:
    """Change the words about a price: any of description, visit and note. Its amount and its days stay."""
    action = "described the contract price"
    save_with_audit(actor, row=price, details=words, changed=action)


def end(actor: Actor, *, price: ContractPrice, last: date | None) -> None:
    """Let the price hold until `last`, or without end. Raises Refused where it would overlap or never begin."""
    with transaction.atomic():
        lock_practice(actor.practice)
        price.refresh_from_db()
        if price.withdrawn_at:
            raise Refused("This price is withdrawn.")
        if last and last < price.valid_from:
            raise Refused("It would end before it begins. Withdraw it if it never held.", "valid_to")
        others = [
            _period(one) for one in _standing(actor.practice, price.insurer_slug, price.code) if one.pk != price.pk
        ]
        _refuse_overlap(Period(first=price.valid_from, last=last), others)
        _end(actor, price, last)


def withdraw(actor: Actor, *, price: ContractPrice, reason: str) -> None:
    """Measure nothing by this price any more. It is kept with the reason."""
    _mark(actor, price, reason)


def bring_back(actor: Actor, *, price: ContractPrice) -> None:
    """Measure by a withdrawn price again. Raises Refused where another has taken its place."""
    with transaction.atomic():
        lock_practice(actor.practice)
        others = [
            _period(one) for one in _standing(actor.practice, price.insurer_slug, price.code) if one.pk != price.pk
        ]
        _refuse_overlap(_period(price), others)
        _mark(actor, price, "")


def plan_prices(practice: Practice, rows: Sequence[PriceRow]) -> dict[int, PlannedPrice]:
    """Return what adding the rows, earliest first and each as `add` would, makes of each, by its number."""
    there: dict[tuple[str, str], list[ContractPrice]] = {}
    codes = {row.details["code"] for row in rows}
    for price in ContractPrice.objects.filter(practice=practice, code__in=codes, withdrawn_at=None):
        there.setdefault((price.insurer_slug, price.code), []).append(price)
    planned = {}
    for row in sorted(rows, key=lambda one: (one.details["valid_from"], one.row_no)):
        known = there.setdefault((row.details["insurer_slug"], row.details["code"]), [])
        planned[row.row_no] = _planned(practice, row.details, known)
    return planned


def add_prices(actor: Actor, *, rows: Sequence[PriceRow]) -> dict[int, PlannedPrice]:
    """Add the prices of rows, and return what became of each, by its number. What cannot be added is left out."""
    with transaction.atomic():
        lock_practice(actor.practice)
        planned = plan_prices(actor.practice, rows)
        fresh = [one.price for one in planned.values() if one.price]
        ended = [one.ends for one in planned.values() if one.ends]
        for price in ended:
            ContractPrice.objects.filter(pk=price.pk).update(valid_to=price.valid_to)
        ContractPrice.objects.bulk_create(fresh, batch_size=AT_ONCE)
        if fresh:
            actor.audit("loaded contract prices", actor.practice, changes={"prices": len(fresh), "ended": len(ended)})
    return planned


def take_back(actor: Actor, *, price: ContractPrice, ended: ContractPrice | None, reason: str) -> None:
    """Withdraw a price that a file added, and let the one go on that it ended, unless that ends otherwise by now."""
    with transaction.atomic():
        lock_practice(actor.practice)
        _mark(actor, price, reason)
        if ended and not ended.withdrawn_at and ended.valid_to == price.valid_from - ONE_DAY:
            _end(actor, ended, None)


def _planned(practice: Practice, details: Mapping[str, Any], known: list[ContractPrice]) -> PlannedPrice:
    """Return what adding one price among those known makes of it, and count it among them."""
    if any(_is_same(price, details) for price in known):
        return PlannedPrice()
    try:
        price, ends = _placed(practice, details, [_period(one) for one in known])
    except Refused as why:
        return PlannedPrice(refusal=why)
    known.append(price)
    if ends is None:
        return PlannedPrice(price)
    ends.of.valid_to = price.valid_from - ONE_DAY
    return PlannedPrice(price, ends.of)


def _is_same(price: ContractPrice, details: Mapping[str, Any]) -> bool:
    """The same price from the same day. Without a last day in the file, a later price may have ended it meanwhile."""
    same = (price.valid_from, price.amount) == (details["valid_from"], details["amount"])
    return same and details.get("valid_to") in (None, price.valid_to)


def _placed(practice: Practice, details: Mapping[str, Any], there: list[Period]) -> tuple[ContractPrice, Period | None]:
    price = ContractPrice(practice=practice, **details)
    if price.valid_to and price.valid_to < price.valid_from:
        raise Refused("The last day lies before the first.", "valid_to")
    if price.amount <= Decimal(0):
        raise Refused("A contract price is more than nothing.", "amount")
    return price, period_to_end(_period(price), there)


def _refuse_overlap(period: Period, others: list[Period]) -> None:
    try:
        ends = period_to_end(period, others)
    except Refused as overlaps:
        raise Refused(str(overlaps), "valid_to") from None
    if ends:
        raise Refused(f"There is a price {ends} already.", "valid_to")


def _end(actor: Actor, price: ContractPrice, last: date | None) -> None:
    action, details = "ended the contract price", {"valid_to": last}
    save_with_audit(actor, row=price, details=details, changed=action)


def _mark(actor: Actor, price: ContractPrice, reason: str) -> None:
    """A price is withdrawn while it has a reason."""
    with transaction.atomic():
        wanted = ContractPrice.objects.filter(pk=price.pk, withdrawn_at__isnull=bool(reason))
        if not wanted.update(withdrawn_at=actor.now if reason else None, withdrawn_because=reason):
            return
        action = "withdrew the contract price" if reason else "brought back the contract price"
        actor.audit(action, price, changes={"reason": reason} if reason else {})


def _standing(practice: Practice, insurer_slug: str, code: str) -> list[ContractPrice]:
    return list(
        ContractPrice.objects.filter(practice=practice, insurer_slug=insurer_slug, code=code, withdrawn_at=None)
    )


def _period(price: ContractPrice) -> Period:
    return Period(first=price.valid_from, last=price.valid_to, of=price)
