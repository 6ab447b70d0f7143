"""Bills in the ledger: finding them, keeping them, and what a person may do to one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from healthcode_sandbox.house.bill_status import Fault, KeptBill, kept_bill, write_faults
from healthcode_sandbox.house.clock import Clock
from healthcode_sandbox.house.ledger import Ledger, stamp
from healthcode_sandbox.house.received_bill import ReceivedBill, Request

_LIKE = "site || ' ' || ch_claim_no || ' ' || insurer || ' ' || payee || ' ' || invoice_no || ' ' || facts like ?"


def clearing_number(day: datetime, serial: int) -> str:
    """Return the number of a bill received on that UK day: year, day of the year and seven digits (A12)."""
    return f"{day:%Y%j}{serial:07d}"


class NotPossible(ValueError):
    """The bill is not in a state for this; the message is a plain sentence."""


class Books:
    """Every bill received. Statuses are those of the clock's present moment."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    def is_duplicate(self, bill: ReceivedBill) -> bool:
        """Return whether a good bill of the same payee carries the invoice number (A14)."""
        return any(kept.is_good for kept in self._numbered(bill.payee, bill.invoice_no))

    def keep(self, bill: ReceivedBill, *, request: Request, faults: tuple[Fault, ...]) -> KeptBill:
        """Keep a bill, good or refused; one that awaited correction is replaced and keeps its clearing number."""
        now = self._clock.now()
        values: tuple[Any, ...] = (
            bill.insurer,
            bill.payee,
            bill.invoice_no,
            bill.scenario,
            stamp(now),
            write_faults(faults),
            json.dumps(bill.facts(), ensure_ascii=False),
            etree.tostring(request.payload[0], encoding="unicode"),
        )
        awaiting = [
            kept
            for kept in self._numbered(bill.payee, bill.invoice_no)
            if kept.status == "AwaitingCorrection" and kept.site == request.site
        ]
        with self._ledger.transaction():
            bill_id = awaiting[-1].id if awaiting else self._new_row(request.site)
            self._ledger.write(
                "update bills set insurer=?, payee=?, invoice_no=?, scenario=?, received_at=?, errors=?, facts=?,"
                " document=?, override='', override_at=null where id=?",
                (*values, bill_id),
            )
        return self.by_id(bill_id)

    def _new_row(self, site: str) -> int:
        bill_id = self._ledger.next_id("bills")
        self._ledger.write(
            "insert into bills (id, site, ch_claim_no, insurer, payee, invoice_no, scenario, received_at, errors,"
            " facts, document) values (?, ?, ?, '', '', '', '', '', '[]', '{}', '')",
            (bill_id, site, clearing_number(self._clock.today(), bill_id)),
        )
        return bill_id

    def by_id(self, bill_id: int) -> KeptBill:
        """Return one bill. Raises LookupError where there is none."""
        found = self._select("id = ?", (bill_id,))
        if not found:
            raise LookupError("There is no such bill.")
        return found[0]

    def by_number(self, ch_claim_no: str) -> KeptBill | None:
        """Return the bill with a clearing number, or None."""
        return next(iter(self._select("ch_claim_no = ?", (ch_claim_no,))), None)

    def find(self, *, site: str, ch_claim_no: str, reference: str, invoice_no: str) -> KeptBill | None:
        """Return a site's bill by the most precise key that is given (A16), or None."""
        if ch_claim_no:
            found = self._select("site = ? and ch_claim_no = ?", (site, ch_claim_no))
        elif reference:
            found = self._select(
                "id in (select bill_id from attempts where site = ? and reference = ?)", (site, reference)
            )
        else:
            found = self._select("site = ? and invoice_no = ?", (site, invoice_no))
        good = [kept for kept in found if kept.is_good]
        return next(reversed(good or found), None)

    def all_of(self, *, site: str = "") -> list[KeptBill]:
        """Return the bills of one site, or of all where it is ""."""
        return self._select("site = ?", (site,)) if site else self._select("1", ())

    def newest(self, *, text: str, limit: int, offset: int) -> tuple[list[KeptBill], int]:
        """Return one page of bills that mention `text`, newest first, and how many there are."""
        like = (f"%{text}%",)
        counted = self._ledger.row(f"select count(*) as bills from bills where {_LIKE}", like)  # nosec B608
        found = self._select(f"{_LIKE} order by received_at desc, id desc limit ? offset ?", (*like, limit, offset))
        return found, counted["bills"] if counted else 0

    def collect(self, bill: KeptBill) -> None:
        """Let the insurer fetch the bill now. Raises NotPossible where it is not good or already fetched."""
        if not bill.is_good or bill.status == "Collected":
            raise NotPossible("Only a bill that has passed and is not yet collected can be collected.")
        self._press(bill, "Collected", ())

    def reject(self, bill: KeptBill, fault: Fault) -> None:
        """Send the bill back with a fault of a person's choosing. Raises NotPossible after collection."""
        if not bill.may_change:
            raise NotPossible("A bill that is collected or cancelled cannot be rejected.")
        self._press(bill, "AwaitingCorrection", (fault,))

    def say_nothing_clear(self, bill: KeptBill) -> None:
        """Answer “Unspecified” when asked about the bill, until a person presses something else for it."""
        if not bill.may_change:
            raise NotPossible("A bill that is collected or cancelled has a clear status.")
        self._press(bill, "Unspecified", bill.faults)

    def cancel(self, bill: KeptBill) -> None:
        """Withdraw the bill (A19). Raises NotPossible after collection."""
        if not bill.may_change:
            raise NotPossible("A bill that is collected or cancelled cannot be cancelled.")
        self._press(bill, "Cancelled", bill.faults)

    def _press(self, bill: KeptBill, status: str, faults: tuple[Fault, ...]) -> None:
        self._ledger.write(
            "update bills set override=?, override_at=?, errors=? where id=?",
            (status, stamp(self._clock.now()), write_faults(faults), bill.id),
        )

    def remember_attempt(self, *, request: Request, bill: KeptBill, answer: str) -> None:
        """Keep the answer, so that the same reference gets it again (A15). Where a house takes a reference twice, the
        first good bill is the one that it names.
        """
        found = self._ledger.row(
            "select bill_id from attempts where site = ? and reference = ?", (request.site, request.reference)
        )
        if found and found["bill_id"] != bill.id and self.by_id(found["bill_id"]).is_good:
            return
        self._ledger.write(
            "insert or replace into attempts (site, reference, bill_id, answer) values (?, ?, ?, ?)",
            (request.site, request.reference, bill.id, answer),
        )

    def first_answer(self, *, site: str, reference: str) -> str:
        """Return what was answered to this reference before, or ""."""
        found = self._ledger.row("select answer from attempts where site = ? and reference = ?", (site, reference))
        return found["answer"] if found else ""

    def keep_messages(self, *, operation: str, incoming: str, outgoing: str, bill_id: int | None) -> None:
        """Keep what came in (without credentials) and what went out."""
        self._ledger.write(
            "insert into messages (at, bill_id, operation, incoming, outgoing) values (?, ?, ?, ?, ?)",
            (stamp(self._clock.now()), bill_id, operation, incoming, outgoing),
        )

    def messages_of(self, bill: KeptBill) -> list[dict[str, Any]]:
        """Return the last raw messages about a bill, newest first."""
        found = self._ledger.rows("select * from messages where bill_id = ? order by id desc limit 20", (bill.id,))
        return [{**dict(row), "at": datetime.fromisoformat(row["at"])} for row in found]

    def _numbered(self, payee: str, invoice_no: str) -> list[KeptBill]:
        return self._select("payee = ? and invoice_no = ?", (payee, invoice_no))

    def _select(self, where: str, values: Sequence[Any]) -> list[KeptBill]:
        now = self._clock.now()
        return [kept_bill(row, now=now) for row in self._ledger.rows(f"select * from bills where {where}", values)]  # nosec B608
