"""What the insurers pay: by themselves, 14 days after collection as a rule, or when a person plays them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from healthcode_sandbox.house.bill_status import KeptBill
from healthcode_sandbox.house.bills import Books
from healthcode_sandbox.house.catalogue import Catalogue
from healthcode_sandbox.house.clock import UK, Clock
from healthcode_sandbox.house.insurer_behaviour import Due, dues_by_name, never_pays
from healthcode_sandbox.house.ledger import Ledger, moment, stamp
from healthcode_sandbox.house.remittance import (
    NOTHING,
    PaidClaim,
    PaidLine,
    Payment,
    claim_facts,
    paid_per_line,
    read_claim,
)

FIRST_REFERENCE = 900_000


class Payments:
    """All payments. What has fallen due by the clock is paid as soon as anybody looks.

    Insurers without electronic remittances pay too: their payments are told by post, never by the house.
    """

    def __init__(self, *, ledger: Ledger, clock: Clock, books: Books, catalogue: Catalogue) -> None:
        self._ledger, self._clock, self._books, self._catalogue = ledger, clock, books, catalogue

    def settle(self) -> None:
        """Pay everything that has fallen due: one payment per site, insurer, payee and day."""
        with self._ledger.transaction():
            now, heaps = self._clock.now(), defaultdict(list)
            counted = self._ledger.rows("select bill_id, count(*) as times from payment_claims group by bill_id")
            paid_times = {row["bill_id"]: row["times"] for row in counted}
            plans = {row["bill_id"]: row["due_at"] for row in self._ledger.rows("select * from plans")}
            for bill in self._books.all_of():
                if bill.id in plans:
                    dues = self._planned(bill, plans[bill.id])
                else:
                    dues = dues_by_name(bill)[paid_times.get(bill.id, 0) :]
                for due in dues:
                    if due.at <= now:
                        heaps[due.at, bill.site, bill.insurer, bill.payee].append(due)
            for key in sorted(heaps):
                self._pay(heaps[key])

    def pay_now(self, due: Due, *, then_at: datetime | None = None) -> None:
        """Pay one bill now, collecting it first where that has not happened.

        From then on the insurer does nothing by itself for this bill, but for paying what is open at `then_at`.
        """
        with self._ledger.transaction():
            self.plan(due.bill, then_at)
            self._pay([due])

    def correct(self, due: Due) -> None:
        """Tell the newest payment of a bill anew, with this amount and reason: reference and day of it stay."""
        with self._ledger.transaction():
            newest = self._ledger.rows(
                "select id, payment_id from payment_claims where bill_id = ? order by id desc limit 1", (due.bill.id,)
            )[0]
            facts = json.dumps(self._facts(due, before=newest["id"]), ensure_ascii=False)
            self._ledger.write("update payment_claims set facts = ? where id = ?", (facts, newest["id"]))
            self._ledger.write(
                "insert or replace into corrections (payment_id, corrected_at) values (?, ?)",
                (newest["payment_id"], stamp(due.at)),
            )

    def plan(self, bill: KeptBill, due_at: datetime | None) -> None:
        """Let the insurer pay what is open of a bill at a time, or never, whatever the family name asks."""
        with self._ledger.transaction():
            if bill.status != "Collected":
                self._books.collect(bill)
            self._ledger.write(
                "insert or replace into plans (bill_id, due_at) values (?, ?)",
                (bill.id, stamp(due_at) if due_at else None),
            )

    def upcoming(self, bill: KeptBill) -> list[Due]:
        """Return what the insurer will still pay of a bill by itself, as far as that is known."""
        found = self._plan(bill)
        if found is not None:
            return self._planned(bill, found[0])
        return dues_by_name(bill)[len(self._earlier(bill)) :]

    def will_pay(self, bill: KeptBill) -> bool:
        """Return whether the insurer goes on to pay something of a bill by itself, once it is collected."""
        if self._plan(bill) is None and bill.collected_at is None:
            return not never_pays(bill)
        return bool(self.upcoming(bill))

    def open_amount(self, bill: KeptBill) -> Decimal:
        """Return the pounds no payment has covered yet; below zero where too much was paid."""
        return Decimal(bill.facts["net_total"]) - self.paid_amount(bill)

    def paid_amount(self, bill: KeptBill) -> Decimal:
        """Return the pounds paid so far, less what was taken back."""
        return sum((sum(lines, NOTHING) for lines in self._earlier(bill)), NOTHING)

    def is_closed(self, bill: KeptBill) -> bool:
        """Return whether an insurer has declined the bill: a payment of nothing."""
        earlier = self._earlier(bill)
        return bool(earlier) and sum(earlier[-1], NOTHING) == 0

    def of_bill(self, bill: KeptBill) -> list[tuple[Payment, PaidClaim]]:
        """Return every payment that speaks of a bill, oldest first."""
        wanted = "id in (select payment_id from payment_claims where bill_id = ?)"
        found = self._read(wanted, (bill.id,))
        return [(payment, claim) for payment in found for claim in payment.claims if claim.bill.id == bill.id]

    def of_site(self, *, site: str = "", insurer: str = "") -> list[Payment]:
        """Return the payments to a site (any where it is ""), of one insurer or of all, oldest first, when all is paid
        that is due.
        """
        self.settle()
        return self._read("? in ('', site) and ? in ('', insurer)", (site, insurer))

    def newest(self, *, limit: int, offset: int) -> tuple[list[Payment], int]:
        """Return one page of all payments, newest first, and how many there are, after paying what is due."""
        self.settle()
        counted = self._ledger.row("select count(*) as payments from payments")
        found = self._read("1", (limit, offset), order="created_at desc, id desc limit ? offset ?")
        return found, counted["payments"] if counted else 0

    def by_id(self, *, payment_id: int, site: str = "") -> Payment | None:
        """Return one payment to a site, or to any where it is "", or None, after paying what is due."""
        self.settle()
        found = self._read("id = ? and ? in ('', site)", (payment_id, site))
        return found[0] if found else None

    def _plan(self, bill: KeptBill) -> tuple[str | None] | None:
        found = self._ledger.row("select due_at from plans where bill_id = ?", (bill.id,))
        return (found["due_at"],) if found else None

    def _planned(self, bill: KeptBill, due_at: str | None) -> list[Due]:
        amount = self.open_amount(bill) if due_at and bill.is_good else NOTHING
        return [Due(bill=bill, at=moment(due_at), amount=amount)] if due_at and amount > 0 else []

    def _pay(self, dues: Sequence[Due]) -> None:
        bill, at = dues[0].bill, dues[0].at
        payment_id = self._ledger.next_id("payments")
        self._ledger.write(
            "insert into payments (id, site, insurer, payee, reference, created_at, paid_on) values (?,?,?,?,?,?,?)",
            (
                payment_id,
                bill.site,
                bill.insurer,
                bill.payee,
                f"PAY{FIRST_REFERENCE + payment_id}",
                stamp(at),
                (at.astimezone(UK).date() + timedelta(days=1)).isoformat(),
            ),
        )
        for due in dues:
            self._ledger.write(
                "insert into payment_claims (payment_id, bill_id, facts) values (?, ?, ?)",
                (payment_id, due.bill.id, json.dumps(self._facts(due), ensure_ascii=False)),
            )

    def _facts(self, due: Due, *, before: int | None = None) -> dict[str, Any]:
        payments = [[NOTHING] * len(due.bill.facts["lines"]), *self._earlier(due.bill, before=before)]
        earlier = [sum(pounds, NOTHING) for pounds in zip(*payments, strict=True)]
        lines = spread(due, earlier=earlier)
        return claim_facts(
            invoice_no=due.invoice_no or due.bill.invoice_no,
            patient=due.patient or due.bill.facts["patient"],
            previously_paid=sum(earlier, NOTHING),
            note=due.note or self._note(due, lines),
            lines=lines,
        )

    def _note(self, due: Due, lines: Sequence[PaidLine]) -> str:
        short = sum((line.short for line in lines), NOTHING)
        reason = self._catalogue.shortfalls.get(due.reason)
        if reason and due.amount < 0:
            return f"{reason.title}: {-due.amount} of an earlier payment taken back"
        return f"{reason.title}: {short} not paid" if reason and short else ""

    def _earlier(self, bill: KeptBill, *, before: int | None = None) -> list[list[Decimal]]:
        wanted = "select facts from payment_claims where bill_id = ? and (? is null or id < ?) order by id"
        found = self._ledger.rows(wanted, (bill.id, before, before))
        return [paid_per_line(json.loads(row["facts"])) for row in found]

    def _read(self, where: str, values: Sequence[Any], *, order: str = "created_at, id") -> list[Payment]:
        joined = "payments left join corrections on payment_id = id"
        rows = self._ledger.rows(f"select * from {joined} where {where} order by {order}", values)  # nosec B608
        return [
            Payment(
                id=row["id"],
                site=row["site"],
                insurer=row["insurer"],
                payee=row["payee"],
                reference=row["reference"],
                created_at=moment(row["created_at"]),
                updated_at=moment(row["corrected_at"] or row["created_at"]),
                paid_on=date.fromisoformat(row["paid_on"]),
                claims=self._claims(row["id"]),
            )
            for row in rows
        ]

    def _claims(self, payment_id: int) -> tuple[PaidClaim, ...]:
        rows = self._ledger.rows("select * from payment_claims where payment_id = ? order by id", (payment_id,))
        return tuple(read_claim(row["id"], self._books.by_id(row["bill_id"]), json.loads(row["facts"])) for row in rows)


FIRST_VISIT_AS_FOLLOW_UP = "ZSF04"


def spread(due: Due, *, earlier: Sequence[Decimal]) -> list[PaidLine]:
    """Return the lines of a payment, after `earlier` pounds per line.

    A line claims its net amount less its share of what the patient has covered (taken from the last lines). Money goes
    to the first lines first, so that what is short falls on the last ones; a first visit paid as a follow-up is short
    on the first line. What is too much stands on the last line, and what is taken back comes off the last lines.
    """
    lines = due.bill.facts["lines"]
    claimed = _pour(Decimal(due.bill.facts["net_total"]), [Decimal(line["net"]) for line in lines])
    paid = _paid(due, claimed=claimed, earlier=earlier)
    return [
        _line(due, line_no=line["line_no"], claimed=claim, paid=pounds, earlier=before)
        for line, claim, pounds, before in zip(lines, claimed, paid, earlier, strict=True)
    ]


def _line(due: Due, *, line_no: int, claimed: Decimal, paid: Decimal, earlier: Decimal) -> PaidLine:
    short = max(NOTHING, claimed - earlier - paid) if due.reason else NOTHING
    return PaidLine(line_no=line_no, claimed=claimed, paid=paid, short=short, reason=due.reason if short else "")


def _paid(due: Due, *, claimed: Sequence[Decimal], earlier: Sequence[Decimal]) -> list[Decimal]:
    if due.amount < 0:
        return [-taken for taken in _pour(-due.amount, earlier[::-1])][::-1]
    rooms = [max(NOTHING, claim - before) for claim, before in zip(claimed, earlier, strict=True)]
    backwards = due.reason == FIRST_VISIT_AS_FOLLOW_UP
    paid = _pour(due.amount, rooms[::-1])[::-1] if backwards else _pour(due.amount, rooms)
    if paid:
        paid[-1] += due.amount - sum(paid, NOTHING)
    return paid


def _pour(amount: Decimal, rooms: Sequence[Decimal]) -> list[Decimal]:
    """Pour an amount into rooms, the first one first, each up to its size."""
    poured = []
    for room in rooms:
        share = min(room, amount)
        poured.append(share)
        amount -= share
    return poured
