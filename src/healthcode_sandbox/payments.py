"""What the insurers pay: by themselves 14 days after collection, or when a person presses a button."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from healthcode_sandbox.books import Books, NotPossible
from healthcode_sandbox.catalogue import Catalogue
from healthcode_sandbox.clock import UK, Clock
from healthcode_sandbox.ledger import Ledger, moment, stamp
from healthcode_sandbox.progress import KeptBill

NOTHING = Decimal("0.00")
USUAL_EXCESS = Decimal("20.00")
SECOND_PART_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """What a payment says of one line. `short` is what was deducted for `reason`, "" where nothing was."""

    line_no: int
    claimed: Decimal
    paid: Decimal
    short: Decimal = NOTHING
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidClaim:
    """What a payment says of one bill."""

    id: int
    bill: KeptBill
    invoice_no: str
    previously_paid: Decimal
    note: str
    lines: tuple[PaidLine, ...]

    @property
    def claimed(self) -> Decimal:
        return sum((line.claimed for line in self.lines), NOTHING)

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment of one insurer to one payee."""

    id: int
    site: str
    insurer: str
    payee: str
    reference: str
    created_at: datetime
    paid_on: date
    claims: tuple[PaidClaim, ...]

    @property
    def amount(self) -> Decimal:
        return sum((claim.paid for claim in self.claims), NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """Something an insurer is about to pay."""

    bill: KeptBill
    at: datetime
    amount: Decimal
    reason: str = ""
    invoice_no: str = ""
    note: str = ""


class Payments:
    """All payments. What has fallen due by the clock is paid as soon as anybody looks."""

    def __init__(self, *, ledger: Ledger, clock: Clock, books: Books, catalogue: Catalogue) -> None:
        self._ledger, self._clock, self._books, self._catalogue = ledger, clock, books, catalogue

    def settle(self) -> None:
        """Pay everything that has fallen due: one payment per site, insurer, payee and day."""
        with self._ledger.transaction():
            now, heaps = self._clock.now(), defaultdict(list)
            counted = self._ledger.rows("select bill_id, count(*) as times from payment_claims group by bill_id")
            paid_times = {row["bill_id"]: row["times"] for row in counted}
            for bill in self._books.all_of():
                for due in self._dues(bill, paid_times=paid_times.get(bill.id, 0)):
                    if due.at <= now:
                        heaps[due.at, bill.site, bill.insurer, bill.payee].append(due)
            for key in sorted(heaps):
                self._pay(heaps[key])

    def by_hand(self, bill: KeptBill, *, amount: Decimal | None, reason: str) -> None:
        """Pay a bill now: `amount` pounds, all that is open where None. Raises NotPossible with a plain sentence."""
        open_amount = self.open_amount(bill)
        paying = open_amount if amount is None else amount
        if not bill.is_good:
            raise NotPossible("A bill that awaits correction or is cancelled is not paid.")
        if not self._catalogue.insurers[bill.insurer].remittances:
            raise NotPossible("This insurer sends no electronic remittances: its payment would come by post.")
        if open_amount <= 0 or self.is_closed(bill):
            raise NotPossible("There is nothing left to pay on this bill.")
        if not NOTHING <= paying <= open_amount:
            raise NotPossible(f"The amount must lie between 0.00 and {open_amount}, what is still open.")
        with self._ledger.transaction():
            if bill.status != "Collected":
                self._books.collect(bill)
            self._pay([_Due(bill=bill, at=self._clock.now(), amount=paying, reason=reason)])

    def open_amount(self, bill: KeptBill) -> Decimal:
        """Return the pounds no payment has covered yet."""
        return Decimal(bill.facts["net_total"]) - sum(self._paid_before(bill), NOTHING)

    def is_closed(self, bill: KeptBill) -> bool:
        """Say whether an insurer has declined the bill: a payment of nothing."""
        paid = self._paid_before(bill)
        return bool(paid) and paid[-1] == 0

    def of_bill(self, bill: KeptBill) -> list[tuple[Payment, PaidClaim]]:
        """Return every payment that speaks of a bill, oldest first."""
        wanted = "id in (select payment_id from payment_claims where bill_id = ?)"
        found = self._read(wanted, (bill.id,))
        return [(payment, claim) for payment in found for claim in payment.claims if claim.bill.id == bill.id]

    def of_site(self, *, site: str, insurer: str) -> list[Payment]:
        """Return an insurer's payments to a site, oldest first, after paying what is due."""
        self.settle()
        return self._read("site = ? and insurer = ?", (site, insurer))

    def by_id(self, *, site: str, payment_id: int) -> Payment | None:
        """Return one payment to a site, or None."""
        self.settle()
        return next(iter(self._read("site = ? and id = ?", (site, payment_id))), None)

    def _dues(self, bill: KeptBill, *, paid_times: int) -> list[_Due]:
        """Return what the insurer still has to pay by itself, as the family name asks."""
        at = bill.remittance_due_at
        if at is None or bill.scenario == "SIM-SILENT" or not self._catalogue.insurers[bill.insurer].remittances:
            return []
        net = Decimal(bill.facts["net_total"])
        if bill.scenario == "SIM-SPLIT" and net > 0:
            half = (net / 2).quantize(Decimal("0.01"))
            first = _Due(bill=bill, at=at, amount=half, note="Part payment; the rest follows")
            return [first, _Due(bill=bill, at=at + SECOND_PART_AFTER, amount=net - half)][paid_times:]
        return [] if paid_times else [_usual(bill, at, net)]

    def _pay(self, dues: Sequence[_Due]) -> None:
        bill, at = dues[0].bill, dues[0].at
        payment_id = self._ledger.next_id("payments")
        self._ledger.write(
            "insert into payments (id, site, insurer, payee, reference, created_at, paid_on) values (?,?,?,?,?,?,?)",
            (
                payment_id,
                bill.site,
                bill.insurer,
                bill.payee,
                f"PAY{900000 + payment_id}",
                stamp(at),
                (at.astimezone(UK).date() + timedelta(days=1)).isoformat(),
            ),
        )
        for due in dues:
            self._ledger.write(
                "insert into payment_claims (payment_id, bill_id, facts) values (?, ?, ?)",
                (payment_id, due.bill.id, json.dumps(self._claim_facts(due))),
            )

    def _claim_facts(self, due: _Due) -> dict[str, Any]:
        before = sum(self._paid_before(due.bill), NOTHING)
        lines = _spread(due, previously=before)
        return {
            "invoice_no": due.invoice_no or due.bill.invoice_no,
            "previously_paid": str(before),
            "note": due.note or self._note(due, lines),
            "lines": [
                [line.line_no, str(line.claimed), str(line.paid), str(line.short), line.reason] for line in lines
            ],
        }

    def _note(self, due: _Due, lines: Sequence[PaidLine]) -> str:
        short = sum((line.short for line in lines), NOTHING)
        reason = self._catalogue.shortfalls.get(due.reason)
        return f"{reason.title}: {short} not paid" if reason and short else ""

    def _paid_before(self, bill: KeptBill) -> list[Decimal]:
        found = self._ledger.rows("select facts from payment_claims where bill_id = ? order by id", (bill.id,))
        return [sum((Decimal(line[2]) for line in json.loads(row["facts"])["lines"]), NOTHING) for row in found]

    def _read(self, where: str, values: Sequence[Any]) -> list[Payment]:
        rows = self._ledger.rows(f"select * from payments where {where} order by created_at, id", values)  # nosec B608
        return [
            Payment(
                id=row["id"],
                site=row["site"],
                insurer=row["insurer"],
                payee=row["payee"],
                reference=row["reference"],
                created_at=moment(row["created_at"]),
                paid_on=date.fromisoformat(row["paid_on"]),
                claims=self._claims(row["id"]),
            )
            for row in rows
        ]

    def _claims(self, payment_id: int) -> tuple[PaidClaim, ...]:
        rows = self._ledger.rows("select * from payment_claims where payment_id = ? order by id", (payment_id,))
        return tuple(
            _paid_claim(row["id"], self._books.by_id(row["bill_id"]), json.loads(row["facts"])) for row in rows
        )


def _usual(bill: KeptBill, at: datetime, net: Decimal) -> _Due:
    match bill.scenario:
        case "SIM-PART":
            return _Due(bill=bill, at=at, amount=max(NOTHING, net - USUAL_EXCESS), reason="ZSF01")
        case "SIM-DENIED":
            return _Due(bill=bill, at=at, amount=NOTHING, reason="ZSF05")
        case "SIM-WRONGINV":
            return _Due(bill=bill, at=at, amount=net, invoice_no=f"{bill.invoice_no}X")
        case _:
            return _Due(bill=bill, at=at, amount=net)


def _spread(due: _Due, *, previously: Decimal) -> list[PaidLine]:
    """Spread a payment over the lines: first lines first; what is short falls on the last ones.

    A line claims its net amount less its share of what the patient, or an earlier payment, has already covered
    (taken from the last lines, and from the first ones, respectively).
    """
    net = Decimal(due.bill.facts["net_total"])
    claimed = _fill([Decimal(line["net"]) for line in due.bill.facts["lines"]], net)
    covered = _fill(claimed, previously)
    paid_up_to = _fill(claimed, previously + due.amount)
    lines = []
    for line, claim, earlier, up_to in zip(due.bill.facts["lines"], claimed, covered, paid_up_to, strict=True):
        short = claim - up_to if due.reason else NOTHING
        lines.append(
            PaidLine(
                line_no=line["line_no"],
                claimed=claim,
                paid=up_to - earlier,
                short=short,
                reason=due.reason if short else "",
            )
        )
    return lines


def _fill(rooms: Sequence[Decimal], amount: Decimal) -> list[Decimal]:
    """Pour an amount into rooms, the first one first, each up to its size."""
    poured = []
    for room in rooms:
        share = min(room, amount)
        poured.append(share)
        amount -= share
    return poured


def _paid_claim(claim_id: int, bill: KeptBill, facts: dict[str, Any]) -> PaidClaim:
    return PaidClaim(
        id=claim_id,
        bill=bill,
        invoice_no=facts["invoice_no"],
        previously_paid=Decimal(facts["previously_paid"]),
        note=facts["note"],
        lines=tuple(
            PaidLine(line_no=number, claimed=Decimal(claim), paid=Decimal(paid), short=Decimal(short), reason=reason)
            for number, claim, paid, short, reason in facts["lines"]
        ),
    )
