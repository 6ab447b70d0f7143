"""The house as one object: what its web service, its REST side and its page all work with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from healthcode_sandbox.house.bills import Books
from healthcode_sandbox.house.catalogue import Catalogue, Insurer, Provider, catalogue
from healthcode_sandbox.house.clock import Clock
from healthcode_sandbox.house.ledger import Ledger
from healthcode_sandbox.house.member_register import Register
from healthcode_sandbox.house.members import generate_members
from healthcode_sandbox.house.misbehaviour import Misbehaviour
from healthcode_sandbox.house.payments import Payments
from healthcode_sandbox.house.received_bill import ReceivedBill
from healthcode_sandbox.house.tokens import Tokens

RECOGNITIONS = ("recognised", "pending", "not recognised")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything the house has. `slow_seconds` is how long SIM-SLOW and the slow switch keep a caller waiting.

    A house that does not remember references (A15 off) takes an equal message a second time; one that does not refuse
    duplicates (A14 off) takes an invoice number twice. Together they leave all care to the caller.
    """

    catalogue: Catalogue
    register: Register
    ledger: Ledger
    clock: Clock
    books: Books
    payments: Payments
    misbehaviour: Misbehaviour
    tokens: Tokens
    slow_seconds: float = 20.0
    remembers_references: bool = True
    refuses_duplicates: bool = True
    stopping: threading.Event = field(default_factory=threading.Event)

    def recognition(self, provider: Provider, insurer: str) -> str:
        """Return how an insurer sees a provider: as pressed on the page, else as seeded."""
        pressed = self.ledger.row(
            "select state from recognition where provider = ? and insurer = ?", (provider.number, insurer)
        )
        return pressed["state"] if pressed else provider.seeded_recognition(insurer)

    def recognise(self, provider: Provider, insurer: Insurer, state: str) -> None:
        """Change how an insurer sees a provider. Raises ValueError for an unknown state."""
        if state not in RECOGNITIONS:
            raise ValueError("Recognition is recognised, pending or not recognised.")
        self.ledger.write(
            "insert or replace into recognition (provider, insurer, state) values (?, ?, ?)",
            (provider.number, insurer.id, state),
        )

    def first_answer(self, *, site: str, reference: str) -> str:
        """Return what was answered to this reference before (A15), or ""."""
        return self.books.first_answer(site=site, reference=reference) if self.remembers_references else ""

    def is_duplicate(self, bill: ReceivedBill) -> bool:
        """Return whether the house refuses the bill because its invoice number is used (A14)."""
        return self.refuses_duplicates and self.books.is_duplicate(bill)

    def pause(self) -> None:
        """Keep the caller waiting, but not beyond the end of the house."""
        self.stopping.wait(self.slow_seconds)

    def reset(self) -> None:
        """Forget every bill, payment and switch, and go back to real time."""
        self.ledger.clear()
        self.clock.reset()
        self.tokens.forget()

    def close(self) -> None:
        """Let nobody wait any longer and close the ledger."""
        self.stopping.set()
        self.clock.close()
        self.ledger.close()


def open_house(
    *,
    data_folder: Path,
    clock_start: datetime | None = None,
    speed: float = 1.0,
    slow_seconds: float = 20.0,
    accepts_duplicates: bool = False,
    fresh: bool = False,
) -> House:
    """Open the house whose ledger lies in `data_folder`/sandbox, and make it where there is none.

    One that `accepts_duplicates` neither remembers references nor refuses duplicates.
    """
    ledger = Ledger(data_folder / "sandbox" / "ledger.sqlite3")
    if fresh:
        ledger.clear()
    clock = Clock(ledger, start=clock_start, speed=speed)
    # The sites are this house's own: what one of them subscribes to is changed in it alone.
    seeded = replace(catalogue(), sites=dict(catalogue().sites))
    books = Books(ledger, clock)
    return House(
        catalogue=seeded,
        register=Register(generate_members()),
        ledger=ledger,
        clock=clock,
        books=books,
        payments=Payments(ledger=ledger, clock=clock, books=books, catalogue=seeded),
        misbehaviour=Misbehaviour(ledger),
        tokens=Tokens(),
        slow_seconds=slow_seconds,
        remembers_references=not accepts_duplicates,
        refuses_duplicates=not accepts_duplicates,
    )
