"""The port to the clearing house: what can be asked of it, what it answers, and how it can fail.

A failure names the next act, not the technology. Whatever was not foreseen once bytes have gone out is
ReplyLost: it may have worked and it may not, and is never taken for either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.remittance import PagedList, RemittanceClaim, RemittanceSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The bytes that went out and came back, without credentials; kept as evidence. Health data: never logged."""

    operation: str
    sent: bytes = b""
    received: bytes = b""
    http_status: int | None = None
    started_at: datetime
    seconds: float = 0.0


Reason = Literal["", "missing", "not supported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingMessage:
    """One message of the clearing house, in its own words; `clearbill.bill.messages` puts it into plain ones.

    On a question, `item` is what it is about by the port's own name, such as that of a field of `MemberEnquiry`, and
    `reason` why it was not taken, both "" where the clearing house does not say.
    """

    level: Literal["bill", "line", "request"] = "bill"
    line_no: int | None = None
    field: str = ""
    error: str = ""
    text: str = ""
    item: str = ""
    reason: Reason = ""


class ClearingStatus(StrEnum):
    """What the clearing house says of a bill, whatever its spelling on the wire."""

    UNPROCESSED = "Unprocessed"
    IN_PROCESS = "In-process"
    VALIDATED = "Validated"
    AWAITING_CORRECTION = "Awaiting correction"
    AWAITING_COLLECTION = "Awaiting collection"
    COLLECTED = "Collected"
    CANCELLED = "Cancelled"
    NOT_REQUIRED = "Not required"
    NOT_FOUND = "Not found"
    UNSPECIFIED = "Unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The clearing house has the bill. `clearing_bill_number` is its own number for it, "" where it gave none."""

    reference: str
    clearing_bill_number: str = ""
    status: ClearingStatus = ClearingStatus.UNPROCESSED
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class BillKey:
    """How a bill is asked for, most precise first; "" where we do not have it."""

    clearing_bill_number: str = ""
    reference: str = ""
    invoice_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What the clearing house says of one bill. `status_at` is its own time for it (UTC), None where it gave none."""

    status: ClearingStatus
    clearing_bill_number: str = ""
    invoice_number: str = ""
    status_at: datetime | None = None
    messages: tuple[ClearingMessage, ...] = ()
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEnquiry:
    """A question to the insurer's member list."""

    insurer_id: str
    first_name: str = ""
    last_name: str = ""
    sex: str = ""
    birth_date: date | None = None
    postcode: str = ""
    membership_number: str = ""
    group_number: str = ""
    active_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAnswer:
    """What the member list says. `outcome` "processing" means: ask again after `retry_after_seconds`."""

    outcome: Literal["match", "no_match", "processing", "failed"]
    membership_number: str = ""
    last_name: str = ""
    first_names: str = ""
    birth_date: date | None = None
    postcode: str = ""
    group_number: str = ""
    scheme: str = ""
    cover_from: date | None = None
    cover_to: date | None = None
    message: str = ""
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTestStep:
    """One thing tried while connecting: `credential` names what was tried, `ok` whether the clearing house took it."""

    credential: Literal["site_id", "user_id", "api_key", "api_key_id", "address"]
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTest:
    """Every credential tried against the clearing house, for the connection page."""

    steps: tuple[ConnectionTestStep, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps)


class ClearingError(Exception):
    """Base of every way the clearing house can fail. Its text is a plain sentence without secrets or health data."""

    def __init__(self, sentence: str, *, exchange: Exchange | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exchange = exchange


class BillRejected(ClearingError):
    """The clearing house looked at the bill and did not take it. A person corrects it."""

    def __init__(
        self,
        sentence: str,
        *,
        messages: Sequence[ClearingMessage] = (),
        clearing_bill_number: str = "",
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(sentence, exchange=exchange)
        self.messages = tuple(messages)
        self.clearing_bill_number = clearing_bill_number


class NotSent(ClearingError):
    """The clearing house certainly does not have the bill. Send it again, after `retry_after_seconds` where given."""

    def __init__(
        self, sentence: str, *, retry_after_seconds: float | None = None, exchange: Exchange | None = None
    ) -> None:
        super().__init__(sentence, exchange=exchange)
        self.retry_after_seconds = retry_after_seconds


class CredentialsRefused(NotSent):
    """The clearing house did not take our credentials; `credential` says which, as far as it tells.

    Nothing was stored, so the bill waits until a person has fixed the connection.
    """

    def __init__(self, sentence: str, *, credential: str = "", exchange: Exchange | None = None) -> None:
        super().__init__(sentence, exchange=exchange)
        self.credential = credential


class NotPermitted(CredentialsRefused):
    """The clearing house knows us, and does not let us use this service: it may be no part of our subscription."""


class NotOffered(NotSent):
    """The clearing house has no such service, or nothing under the address that it gave for it."""


class ReplyLost(ClearingError):
    """The bill may or may not have arrived. Ask for its status before anything is sent again."""


class ClearingHouse(Protocol):
    """A clearing house for one connection of one practice."""

    def try_connection(self) -> ConnectionTest:
        """Try every credential for real. Never raises for a refused one: the Trial says which."""
        ...

    def prepare(self, bill: Bill, *, reference: str, at: datetime) -> bytes:
        """Return the document that `submit` will send for this bill; deterministic, without credentials."""
        ...

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        """Send a prepared bill once. Raises Refused, NotSent, CredentialsRefused or ReplyLost."""
        ...

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        """Ask where one bill stands; NOT_FOUND is an answer. Raises NotSent, CredentialsRefused or ReplyLost."""
        ...

    def find_member(self, enquiry: MemberEnquiry) -> MemberAnswer:
        """Ask the insurer's member list. Raises Refused (bad question), NotSent, CredentialsRefused."""
        ...

    def remittances(self, *, insurer_id: str, since: datetime | None = None) -> PagedList[RemittanceSummary]:
        """Return the payments of one insurer, all pages. Raises Refused, NotSent, CredentialsRefused."""
        ...

    def remittance_claims(self, *, insurer_id: str, payment_reference: str) -> PagedList[RemittanceClaim]:
        """Return what one payment says of each bill.

        Raises BillRejected, NotPermitted or NotOffered where details are not to be had, NotSent, CredentialsRefused.
        """
        ...

    def remittance(self, *, remittance_id: str) -> PagedList[RemittanceSummary]:
        """Return one payment as its summary tells it, alone in a list. Raises as `remittance_claims`."""
        ...

    def close(self) -> None:
        """Give back the connections held."""
        ...
