"""What a wire contract must offer, in Clearbill's own words; no name of the wire appears outside its package."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.port import BillKey, ClearingMessage, ClearingStatus, MemberAnswer, MemberEnquiry
from clearbill.clearinghouse.remittance import RemittanceClaim, RemittanceSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who speaks: the credentials that travel inside each message of the bill service."""

    site_id: str
    user_id: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One message to the bill service: `body` goes out, `evidence` is the same without credentials.

    For one that carries a bill: its invoice number, and its live or test marker.
    """

    operation: str
    reference: str
    invoice_number: str = ""
    message_status: str = ""
    body: bytes = field(repr=False)
    evidence: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The bill service could not process the message. `ours`: it says that the message was at fault."""

    ours: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bill service says. `failed` means: refused as a request, and nothing was stored."""

    outcome: Literal["accepted", "refused", "failed"]
    reference: str = ""
    invoice_number: str = ""
    clearing_bill_number: str = ""
    status: ClearingStatus = ClearingStatus.UNSPECIFIED
    status_at: datetime | None = None
    messages: tuple[ClearingMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a list is paged: what the clearing house says of itself, None where it says nothing."""

    count: int | None = None
    all_entries: int | None = None

    def ends_with(self, found: int, on_page: int) -> bool:
        """Return whether nothing follows once `found` entries are here, `on_page` of them from this page."""
        if self.all_entries is not None:
            return found >= self.all_entries
        return self.count is not None and on_page < self.count


class Contract(Protocol):
    """One version of the wire. A package with these names at its top is one."""

    VERSION: str
    SOAP_HEADERS: dict[str, str]
    API_VERSION: str
    MEMBER_SEARCH: str
    REMITTANCE_SEARCH: str
    REMITTANCE_DETAIL: str
    REMITTANCE_ONE: str
    CODE_LISTS: str
    CODE_LIST_PATH: str
    OLDEST_SINCE_DAYS: int

    def write_bill(self, bill: Bill, *, reference: str, at: datetime, site_id: str, message_status: str) -> bytes:
        """Return the bill as a document; deterministic, without credentials."""
        ...

    def submit_request(self, document: bytes, *, login: Login, reference: str, at: datetime) -> Request:
        """Return the message that submits a bill document. Raises Unreadable."""
        ...

    def status_request(self, key: BillKey, *, login: Login, reference: str, at: datetime) -> Request:
        """Return the message that asks where one bill stands."""
        ...

    def read_answer(self, body: bytes) -> Answer | Fault:
        """Return what the bill service says. Raises Unreadable."""
        ...

    def refused_credential(self, answer: Answer) -> str:
        """Return the credential that a failed answer speaks of, or ""."""
        ...

    def try_later(self, answer: Answer) -> bool:
        """Return whether a failed answer only says that the clearing house is busy or closed."""
        ...

    def broke_down(self, answer: Answer) -> bool:
        """Return whether a failed answer is of a fault behind the clearing house's front: the bill may have arrived."""
        ...

    def member_form(self, enquiry: MemberEnquiry) -> dict[str, str]:
        """Return the form fields of a member enquiry."""
        ...

    def read_member(self, document: dict[str, Any]) -> MemberAnswer:
        """Return what the member list says. Raises Unreadable."""
        ...

    def remittance_form(self, *, insurer_id: str, since: datetime | None) -> dict[str, str]:
        """Return the form fields that ask for an insurer's payments."""
        ...

    def remittance_detail_form(self, *, insurer_id: str, payment_reference: str) -> dict[str, str]:
        """Return the form fields that ask what one payment says of each bill."""
        ...

    def page_form(self, page: int) -> dict[str, str]:
        """Return the fields that ask for one page, counted from 1."""
        ...

    def read_page(self, document: dict[str, Any]) -> Page:
        """Return how the list is paged."""
        ...

    def read_remittances(self, document: dict[str, Any]) -> list[RemittanceSummary]:
        """Return the payments of one page. Raises Unreadable."""
        ...

    def read_remittance_claims(self, document: dict[str, Any]) -> list[RemittanceClaim]:
        """Return the claims of one page. Raises Unreadable."""
        ...

    def read_issues(self, document: dict[str, Any]) -> tuple[ClearingMessage, ...]:
        """Return what the clearing house says is wrong with a question."""
        ...
