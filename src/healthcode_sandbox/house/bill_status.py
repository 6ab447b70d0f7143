"""Where a bill stands: worked out from when it came, the clock, and what a person pressed on the page."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from healthcode_sandbox.house.clock import UK, midnight_after
from healthcode_sandbox.house.ledger import moment

IN_PROCESS_AFTER = timedelta(minutes=1)

VALIDATED_AFTER = timedelta(minutes=5)

AWAITING_COLLECTION_AFTER = timedelta(hours=1)

COLLECTED_AT_HOUR = 22

REMITTANCE_AFTER_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a bill, in the house's words. `line_no` None: the bill as a whole."""

    field: str
    message: str
    suggestion: str = "Amend Value"
    text: str = ""
    line_no: int | None = None

    @property
    def sentence(self) -> str:
        return self.text or f"Problem with {self.field}: {self.message}"


NO_MATCH = "No matching membership details can be found"


_LATE_FAULT = Fault(field="RegistrationNo", message=NO_MATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBill:
    """A bill in the books, with where it stands now."""

    id: int
    site: str
    ch_claim_no: str
    insurer: str
    payee: str
    invoice_no: str
    scenario: str
    received_at: datetime
    status: str
    status_at: datetime
    collected_at: datetime | None
    faults: tuple[Fault, ...]
    facts: dict[str, Any]
    document: str

    @property
    def is_good(self) -> bool:
        """Neither awaiting correction nor cancelled: its invoice number is used (A14)."""
        return self.status not in ("AwaitingCorrection", "Cancelled")

    @property
    def may_change(self) -> bool:
        """A person may still reject or cancel it."""
        return self.status not in ("Collected", "Cancelled")

    @property
    def remittance_due_at(self) -> datetime | None:
        """When the insurer pays by itself: the midnight 14 days after collection."""
        return midnight_after(self.collected_at, days=REMITTANCE_AFTER_DAYS) if self.collected_at else None


def kept_bill(row: sqlite3.Row, *, now: datetime) -> KeptBill:
    """Return a row of the books as the bill it is at `now`."""
    faults = read_faults(row["errors"])
    status, status_at, collected_at = _standing(row, now=now, refused=bool(faults))
    if status == "AwaitingCorrection" and not faults:
        faults = (_LATE_FAULT,)
    return KeptBill(
        id=row["id"],
        site=row["site"],
        ch_claim_no=row["ch_claim_no"],
        insurer=row["insurer"],
        payee=row["payee"],
        invoice_no=row["invoice_no"],
        scenario=row["scenario"],
        received_at=moment(row["received_at"]),
        status=status,
        status_at=status_at,
        collected_at=collected_at,
        faults=faults,
        facts=json.loads(row["facts"]),
        document=row["document"],
    )


def _standing(row: sqlite3.Row, *, now: datetime, refused: bool) -> tuple[str, datetime, datetime | None]:
    received_at = moment(row["received_at"])
    if row["override"]:
        pressed_at = moment(row["override_at"])
        return row["override"], pressed_at, pressed_at if row["override"] == "Collected" else None
    if refused:
        return "AwaitingCorrection", received_at, None
    return _by_the_clock(row["scenario"], received_at, now)


def _by_the_clock(scenario: str, received_at: datetime, now: datetime) -> tuple[str, datetime, datetime | None]:
    if scenario == "SIM-UNPROCESSED":
        return "Unprocessed", received_at, None
    late = scenario == "SIM-LATEFAIL"
    waiting_at = received_at + AWAITING_COLLECTION_AFTER
    steps = [
        ("Unprocessed", received_at),
        ("In-process", received_at + IN_PROCESS_AFTER),
        ("AwaitingCorrection" if late else "Validated", received_at + VALIDATED_AFTER),
    ]
    if not late:
        steps.append(("AwaitingCollection", waiting_at))
        if scenario != "SIM-NOTCOLLECTED":
            steps.append(("Collected", next_collection(waiting_at)))
    status, at = [step for step in steps if step[1] <= max(now, received_at)][-1]
    return status, at, at if status == "Collected" else None


def write_faults(faults: tuple[Fault, ...]) -> str:
    """Return faults as the ledger keeps them."""
    return json.dumps([[fault.field, fault.message, fault.suggestion, fault.text, fault.line_no] for fault in faults])


def read_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults that `write_faults` wrote."""
    return tuple(
        Fault(field=field, message=message, suggestion=suggestion, text=said, line_no=line_no)
        for field, message, suggestion, said, line_no in json.loads(text)
    )


def next_collection(after: datetime) -> datetime:
    """Return the next 22:00 in the United Kingdom at or after a moment, UTC."""
    local = after.astimezone(UK)
    evening = local.replace(hour=COLLECTED_AT_HOUR, minute=0, second=0, microsecond=0)
    if evening < local:
        evening += timedelta(days=1)
    return evening.astimezone(UTC)
