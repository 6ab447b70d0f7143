"""The real stand-in house on virtual time, without sockets; its ledger is the truth that all else is measured by."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from lxml import etree

from healthcode_sandbox.app import create_app
from healthcode_sandbox.house import received_bill
from healthcode_sandbox.house.bill_status import Fault, KeptBill
from healthcode_sandbox.house.bills import Books, NotPossible
from healthcode_sandbox.house.catalogue import catalogue
from healthcode_sandbox.house.clock import Clock
from healthcode_sandbox.house.house import House
from healthcode_sandbox.house.ledger import Ledger
from healthcode_sandbox.house.member_register import Register
from healthcode_sandbox.house.members import generate_members
from healthcode_sandbox.house.misbehaviour import Misbehaviour
from healthcode_sandbox.house.payments import Payments
from healthcode_sandbox.house.tokens import Tokens
from healthcode_sandbox.wire import messages
from tests.simulation.world import World


@dataclass(slots=True, kw_only=True)
class Judged:
    """One bill that the house has looked at, as its ledger shows it; `set_off` is when its message left us."""

    set_off: float
    reference: str
    invoice_no: str
    bill_id: int
    accepted: bool
    document: bytes
    is_forgotten: bool = False


@cache
def _register() -> Register:
    return Register(generate_members())


class StandIn:
    """The house of one trial."""

    def __init__(self, world: World, folder: Path, *, remembers: bool, refuses: bool) -> None:
        self._world, self._ledger_file = world, folder / "house" / "ledger.sqlite3"
        shutil.rmtree(self._ledger_file.parent, ignore_errors=True)
        self.judged: list[Judged] = []
        self.lag_seconds = 0.0
        self._backup: sqlite3.Connection | None = None
        self._last_message = 0
        self._begun: dict[str, float] = {}
        self._set_off = 0.0
        self._by_message: list[tuple[int, Judged]] = []
        self.is_restored = False
        ledger = Ledger(self._ledger_file)
        clock = Clock(ledger, seconds=self._seconds)
        books = Books(ledger, clock)
        self.house = House(
            catalogue=catalogue(),
            register=_register(),
            ledger=ledger,
            clock=clock,
            books=books,
            payments=Payments(ledger=ledger, clock=clock, books=books, catalogue=catalogue()),
            misbehaviour=Misbehaviour(ledger),
            tokens=Tokens(seconds=self._seconds),
            remembers_references=remembers,
            refuses_duplicates=refuses,
        )
        self._transport = httpx.WSGITransport(app=create_app(self.house))

    def close(self) -> None:
        self.house.close()
        if self._backup is not None:
            self._backup.close()

    def answer(self, method: str, url: str, headers: httpx.Headers, body: bytes, *, set_off: float) -> httpx.Response:
        """Let the house answer a message that left us at `set_off`, and note every bill that it judged."""
        self._set_off = set_off
        response = self._transport.handle_request(httpx.Request(method, url, headers=headers, content=body))
        response.read()
        self._note_judged()
        return response

    def answer_late(
        self, method: str, url: str, headers: httpx.Headers, body: bytes, lag_seconds: float
    ) -> httpx.Response:
        """Let a part of the house answer that is behind the rest by so many seconds."""
        self.lag_seconds = lag_seconds
        try:
            return self.answer(method, url, headers, body, set_off=self._world.elapsed)
        finally:
            self.lag_seconds = 0.0

    def says_of_it(self, body: bytes, *, status: str) -> bytes:
        """Return the answer to a status question that names this status, whatever the ledger has."""
        asked = messages.read_request(body)
        number = received_bill.text_of(asked.payload[0], "InvoiceNo")
        document = messages.answer(
            operation=asked.operation,
            site=asked.site,
            reference=asked.reference,
            at=self.house.clock.now(),
            outcome="Accepted",
            result=messages.BillResult(status=status, invoice_no=number),
        )
        return messages.envelope(asked.operation, document)

    def fails(self, body: bytes, text: str) -> bytes:
        """Return an answer that refuses a request as a whole, in words of the house."""
        asked = messages.read_request(body)
        document = messages.answer(
            operation=asked.operation,
            site=asked.site,
            reference=asked.reference,
            at=self.house.clock.now(),
            outcome="Failed",
            errors=(text,),
        )
        return messages.envelope(asked.operation, document)

    def note_begun(self, body: bytes) -> None:
        """Note when a sending began."""
        self._begun[messages.read_request(body).reference] = self._world.elapsed

    def may_be_under_way(self, body: bytes, longest_seconds: float) -> bool:
        """Say whether a status question is about a bill whose sending began only just now."""
        asked = received_bill.text_of(messages.read_request(body).payload[0], "OriginalRequestorTransId")
        return self._world.elapsed - self._begun.get(asked, -1e9) < longest_seconds

    def take_backup(self) -> None:
        """Copy the ledger."""
        self._backup = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self._ledger_file)) as file:
            file.backup(self._backup)

    def restore(self) -> list[Judged]:
        """Go back to the copy; return the bills that were accepted and are now forgotten."""
        assert self._backup is not None
        with closing(sqlite3.connect(self._ledger_file)) as file:
            self._backup.backup(file)
        self.house.tokens.forget()
        self.is_restored = True
        kept = {row["id"] for row in self.house.ledger.rows("select id from messages where operation = 'submitBill'")}
        forgotten = [one for message, one in self._by_message if message not in kept and not one.is_forgotten]
        for one in forgotten:
            one.is_forgotten = True
        self._last_message = max(kept, default=0)
        self._by_message = [pair for pair in self._by_message if pair[0] in kept]
        return [one for one in forgotten if one.accepted]

    def press(self, dice: random.Random) -> str:
        """Let a person at the house press a button for one of its bills; say what came of it."""
        bills = [bill for bill in self.house.books.all_of() if bill.may_change]
        if not bills:
            return ""
        bill, act = dice.choice(bills), dice.choice(["reject", "cancel", "collect", "unspecified"])
        if act == "unspecified" and not bill.is_good:
            return ""
        fault = Fault(field="RegistrationNo", message="No matching membership details can be found")
        books = self.house.books
        try:
            {
                "reject": lambda: books.reject(bill, fault),
                "cancel": lambda: books.cancel(bill),
                "collect": lambda: books.collect(bill),
                "unspecified": lambda: books.say_nothing_clear(bill),
            }[act]()
        except NotPossible:
            return ""
        return f"{act} {bill.invoice_no}"

    def bill_of(self, reference: str) -> KeptBill | None:
        """Return the bill that lives in the ledger under a reference."""
        row = self.house.ledger.row("select site from attempts where reference = ?", (reference,))
        if row is None:
            return None
        return self.house.books.find(site=row["site"], ch_claim_no="", reference=reference, invoice_no="")

    def good_bills(self) -> list[KeptBill]:
        """Return every bill that the house would pass on or has passed on."""
        return [bill for bill in self.house.books.all_of() if bill.is_good]

    def accepted(self, reference: str) -> list[Judged]:
        """Return each time the house took a bill under this reference."""
        return [one for one in self.judged if one.accepted and one.reference == reference]

    def _seconds(self) -> float:
        return self._world.start.timestamp() + self._world.elapsed - self.lag_seconds

    def _note_judged(self) -> None:
        rows = self.house.ledger.rows(
            "select * from messages where operation = 'submitBill' and id > ? order by id", (self._last_message,)
        )
        for row in rows:
            self._last_message = row["id"]
            incoming, outgoing = etree.fromstring(row["incoming"]), etree.fromstring(row["outgoing"])
            message = incoming.find("PayLoad")[0]
            one = Judged(
                set_off=self._set_off,
                reference=received_bill.text_of(incoming, "RequestorTransId"),
                invoice_no=received_bill.text_of(message, "Claim/InvoiceDetail/InvoiceNo"),
                bill_id=row["bill_id"],
                accepted=received_bill.text_of(outgoing, "Outcome") == "Accepted",
                document=plain(message),
            )
            self.judged.append(one)
            self._by_message.append((row["id"], one))
            verdict = "accepted" if one.accepted else "refused"
            self._world.say(f"{verdict} invoice {one.invoice_no}", who="house", kind="" if one.accepted else "refused")


def plain(element: etree._Element) -> bytes:
    """Return a document in the one form that two equal documents share."""
    return bytes(etree.tostring(element, method="c14n"))
