"""The houses that the contract tests run against, each with the same levers beside the port."""

from __future__ import annotations

import socket
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.healthcode import HealthcodeClient, connect
from clearbill.clearinghouse.port import ClearingHouse, ClearingStatus, MemberAnswer
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceDeduction, RemittanceLine, RemittanceSummary
from healthcode_sandbox.server import start
from tests.clearinghouse.examples import NOW, a_connection
from tests.fakes.clearing_house import MemoryHouse


class Levers(Protocol):
    """A house and what a test may do to it."""

    house: ClearingHouse

    def lose_next_reply(self, *, stored: bool) -> None: ...

    def tell_next_to_wait(self) -> None: ...

    def collect(self, bill: Bill) -> None: ...

    def pay_short(self, bill: Bill) -> None:
        """Collect the bill and pay it all but an excess of £20.00. The patient is called SIM-PART."""
        ...

    def with_wrong(self, credential: str) -> ClearingHouse: ...

    def unreachable(self) -> ClearingHouse: ...

    def stop(self) -> None: ...


class MemoryLevers:
    """The house in memory."""

    def __init__(self, _folder: Path) -> None:
        self.house: MemoryHouse = MemoryHouse()
        self.house.add_member(
            "bup",
            MemberAnswer(
                outcome="match",
                membership_number="ZZ00000001",
                last_name="Sample",
                first_names="Testa Quill",
                birth_date=date(1985, 4, 12),
            ),
        )

    def lose_next_reply(self, *, stored: bool) -> None:
        self.house.lose_next_reply(stored=stored)

    def tell_next_to_wait(self) -> None:
        self.house.tell_next_to_wait(5)

    def collect(self, bill: Bill) -> None:
        self.house.advance(bill.invoice_number, ClearingStatus.COLLECTED)

    def pay_short(self, bill: Bill) -> None:
        self.collect(bill)
        excess = RemittanceDeduction(code="ZSF01", reason="Excess", amount=Decimal("20.00"), patient_liable=True)
        line = RemittanceLine(line_no=1, claimed=Decimal("70.00"), paid=Decimal("50.00"), deductions=(excess,))
        summary = RemittanceSummary(
            remittance_id="pr-1",
            insurer_id=bill.insurer_id,
            payment_reference="PAY1",
            created_at=NOW + timedelta(days=15),
            amount=Decimal("50.00"),
            claims=(RemittanceClaim(invoice_number=bill.invoice_number, paid=Decimal("50.00")),),
        )
        claim = RemittanceClaim(
            invoice_number=bill.invoice_number, claimed=Decimal("70.00"), paid=Decimal("50.00"), lines=(line,)
        )
        self.house.add_remittance(summary, [claim])

    def with_wrong(self, credential: Any) -> ClearingHouse:
        self.house.refuse_credential(credential)
        return self.house

    def unreachable(self) -> ClearingHouse:
        self.house.be_unreachable()
        return self.house

    def stop(self) -> None:
        """Nothing runs."""


class SandboxLevers:
    """The adapter over real HTTP to a stand-in house with a ledger of its own."""

    def __init__(self, folder: Path) -> None:
        self._running = start(data_folder=folder)
        self._opened: list[HealthcodeClient] = []
        self.house: ClearingHouse = self._connect()

    def _connect(self, address: str = "", **changes: Any) -> HealthcodeClient:
        self._opened.append(connect(a_connection(address or self._running.address, **changes)))
        return self._opened[-1]

    def lose_next_reply(self, *, stored: bool) -> None:
        self._running.house.misbehaviour.switch_on(kind="drop_after" if stored else "drop_before")

    def tell_next_to_wait(self) -> None:
        self._running.house.misbehaviour.switch_on(kind="too_many")

    def collect(self, bill: Bill) -> None:
        self._running.house.clock.move(timedelta(days=2))

    def pay_short(self, bill: Bill) -> None:
        self._running.house.clock.move(timedelta(days=20))

    def with_wrong(self, credential: str) -> ClearingHouse:
        field = {"api_key_id": "rest_api_key"}.get(credential, credential)
        return self._connect(**{field: "wrong"})

    def unreachable(self) -> ClearingHouse:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return self._connect(f"http://127.0.0.1:{port}")

    def stop(self) -> None:
        for house in self._opened:
            house.close()
        self._running.stop()
