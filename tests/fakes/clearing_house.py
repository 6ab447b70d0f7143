"""A whole clearing house in dictionaries: the same port, the same rules, no network. For tests.

It keeps its ledger as a real one does, and misbehaves on request: it loses replies, refuses, or is not there at all.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.port import (
    BillKey,
    BillRejected,
    ClearingMessage,
    ClearingStatus,
    ConnectionTest,
    ConnectionTestStep,
    CredentialsRefused,
    Exchange,
    MemberAnswer,
    MemberEnquiry,
    NotSent,
    Receipt,
    ReplyLost,
    StatusReport,
)
from clearbill.clearinghouse.remittance import PagedList, RemittanceClaim, RemittanceSummary

Document = dict[str, Any]

Rule = Callable[[Document, datetime], Iterable[ClearingMessage]]

Credential = Literal["site_id", "user_id", "api_key", "api_key_id"]

CREDENTIALS: tuple[Credential, ...] = ("site_id", "user_id", "api_key", "api_key_id")

FREE_NUMBER = (ClearingStatus.AWAITING_CORRECTION, ClearingStatus.CANCELLED)


@dataclass(slots=True, kw_only=True)
class StoredBill:
    """One bill in the ledger, with the answer its first reference was given."""

    clearing_bill_number: str
    references: list[str]
    document: Document
    status: ClearingStatus
    status_at: datetime
    messages: tuple[ClearingMessage, ...] = ()

    @property
    def invoice_number(self) -> str:
        return str(self.document["invoice_number"])

    @property
    def payee(self) -> str:
        return str(self.document["providers"]["payee_provider_number"])


def _says(field: str, error: str, *, line_no: int | None = None) -> ClearingMessage:
    return ClearingMessage(
        level="line" if line_no else "bill",
        line_no=line_no,
        field=field,
        error=error,
        text=f"Problem with {field}: {error}",
    )


def setting_is_known(document: Document, _at: datetime) -> Iterable[ClearingMessage]:
    """The setting is I, D or O."""
    if document["episode"]["episode_setting"] not in ("I", "D", "O"):
        yield _says("Setting", "Must be I, D or O")


def service_dates_are_past(document: Document, at: datetime) -> Iterable[ClearingMessage]:
    """No service lies after today."""
    for line in document["lines"]:
        if (line["first_date_of_service"] or "") > at.date().isoformat():
            yield _says("FDOS", "May not be after Today", line_no=line["line_no"])


RULES: tuple[Rule, ...] = (setting_is_known, service_dates_are_past)


class MemoryHouse:
    """Implements `ClearingHouse`. `ledger` holds every stored bill, oldest first; `sent` counts what reached it."""

    def __init__(self, *, rules: Sequence[Rule] = RULES) -> None:
        self.rules = tuple(rules)
        self.ledger: list[StoredBill] = []
        self.sent = 0
        self._answers: dict[str, Receipt | BillRejected] = {}
        self._members: list[tuple[str, MemberAnswer]] = []
        self._remittances: list[tuple[RemittanceSummary, tuple[RemittanceClaim, ...]]] = []
        self._corrected_at: dict[str, datetime] = {}
        self._reachable = True
        self._wrong: Credential | None = None
        self._next_refusal: tuple[ClearingMessage, ...] = ()
        self._lose: Literal["", "before storing", "after storing"] = ""
        self._wait_seconds: float | None = None

    # What a test can make of it

    def be_unreachable(self, unreachable: bool = True) -> None:
        """From now on nobody gets through, until told otherwise."""
        self._reachable = not unreachable

    def refuse_credential(self, credential: Credential | None) -> None:
        """From now on this credential is wrong; None mends it."""
        self._wrong = credential

    def refuse_next(self, messages: Sequence[ClearingMessage]) -> None:
        """The next bill is refused with these messages, whatever the rules say."""
        self._next_refusal = tuple(messages)

    def lose_next_reply(self, *, stored: bool) -> None:
        """The reply to the next bill is lost, after the bill was stored or before."""
        self._lose = "after storing" if stored else "before storing"

    def tell_next_to_wait(self, seconds: float) -> None:
        """The next bill is not taken: the house is busy for that long."""
        self._wait_seconds = seconds

    def advance(
        self,
        invoice_number: str,
        status: ClearingStatus,
        *,
        messages: Sequence[ClearingMessage] = (),
        at: datetime | None = None,
    ) -> None:
        """Move the newest bill of that number on. Raises KeyError where there is none."""
        bill = next((bill for bill in reversed(self.ledger) if bill.invoice_number == invoice_number), None)
        if bill is None:
            raise KeyError(invoice_number)
        bill.status, bill.messages, bill.status_at = status, tuple(messages), at or datetime.now(UTC)

    def add_member(self, insurer_id: str, answer: MemberAnswer) -> None:
        """Put a member on the insurer's list, found by membership number or by family name."""
        self._members.append((insurer_id, answer))

    def add_remittance(
        self,
        summary: RemittanceSummary,
        claims: Sequence[RemittanceClaim] = (),
        *,
        corrected_at: datetime | None = None,
    ) -> None:
        """Announce a payment, and what it says of each bill; one announced before is corrected."""
        self._remittances = [one for one in self._remittances if one[0].payment_reference != summary.payment_reference]
        self._remittances.append((summary, tuple(claims)))
        if corrected_at:
            self._corrected_at[summary.payment_reference] = corrected_at

    # The port

    def try_connection(self) -> ConnectionTest:
        if not self._reachable:
            return ConnectionTest(
                steps=(ConnectionTestStep(credential="address", ok=False, sentence="The house is not answering."),)
            )
        steps = []
        for credential in CREDENTIALS:
            ok = credential != self._wrong
            steps.append(ConnectionTestStep(credential=credential, ok=ok, sentence="Taken." if ok else "Not taken."))
            if not ok:
                break
        return ConnectionTest(steps=tuple(steps))

    def prepare(self, bill: Bill, *, reference: str, at: datetime) -> bytes:
        document = {**asdict(bill), "reference": reference, "issued_at": at}
        return json.dumps(document, default=str, sort_keys=True, ensure_ascii=False).encode()

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        self._open("submitBill", at)
        self.sent += 1
        exchange = Exchange(operation="submitBill", sent=document, started_at=at, http_status=200)
        wait_seconds, self._wait_seconds = self._wait_seconds, None
        if wait_seconds is not None:
            raise NotSent("The house is busy.", retry_after_seconds=wait_seconds, exchange=exchange)
        lose, self._lose = self._lose, ""
        if lose == "before storing":
            raise ReplyLost("The reply was lost.", exchange=exchange)
        if reference not in self._answers:
            self._answers[reference] = self._judge(json.loads(document), reference, exchange, at)
        if lose == "after storing":
            raise ReplyLost("The reply was lost.", exchange=exchange)
        answer = self._answers[reference]
        if isinstance(answer, BillRejected):
            raise BillRejected(
                answer.sentence,
                messages=answer.messages,
                clearing_bill_number=answer.clearing_bill_number,
                exchange=exchange,
            )
        return answer

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        self._open("billStatus", at)
        exchange = Exchange(operation="billStatus", started_at=at, http_status=200)
        bill = self._find(key)
        if bill is None:
            return StatusReport(status=ClearingStatus.NOT_FOUND, exchange=exchange)
        return StatusReport(
            status=bill.status,
            clearing_bill_number=bill.clearing_bill_number,
            invoice_number=bill.invoice_number,
            status_at=bill.status_at,
            messages=bill.messages,
            exchange=exchange,
        )

    def find_member(self, enquiry: MemberEnquiry) -> MemberAnswer:
        self._open("findMember", datetime.now(UTC))
        if not enquiry.insurer_id:
            raise BillRejected(
                "The house did not take the question.", messages=(_says("Insurer", "Must be specified"),)
            )
        for insurer_id, member in self._members:
            same_number = enquiry.membership_number in ("", member.membership_number)
            same_name = enquiry.last_name.casefold() in ("", member.last_name.casefold())
            if insurer_id == enquiry.insurer_id and same_number and same_name:
                return member
        return MemberAnswer(outcome="no_match", message="No matching membership details can be found")

    def remittances(self, *, insurer_id: str, since: datetime | None = None) -> PagedList[RemittanceSummary]:
        self._open("remittances", datetime.now(UTC))
        found = [
            summary
            for summary, _ in self._remittances
            if summary.insurer_id == insurer_id
            and (since is None or (told_at := self._told_at(summary)) is None or told_at >= since)
        ]
        return PagedList(found, received=[repr(found).encode()])

    def remittance_claims(self, *, insurer_id: str, payment_reference: str) -> PagedList[RemittanceClaim]:
        self._open("remittanceClaims", datetime.now(UTC))
        wanted = (insurer_id, payment_reference)
        found = [
            claim
            for summary, claims in self._remittances
            if (summary.insurer_id, summary.payment_reference) == wanted
            for claim in claims
        ]
        return PagedList(found, received=[repr(found).encode()])

    def remittance(self, *, remittance_id: str) -> PagedList[RemittanceSummary]:
        self._open("remittance", datetime.now(UTC))
        found = [summary for summary, _ in self._remittances if summary.remittance_id == remittance_id]
        return PagedList(found, received=[repr(found).encode()])

    def close(self) -> None:
        """Nothing is held."""

    def _told_at(self, summary: RemittanceSummary) -> datetime | None:
        return self._corrected_at.get(summary.payment_reference, summary.created_at)

    def _open(self, operation: str, at: datetime) -> None:
        exchange = Exchange(operation=operation, started_at=at)
        if not self._reachable:
            raise NotSent("The house is not answering. Nothing was sent.", exchange=exchange)
        rest_only = operation not in ("submitBill", "billStatus")
        if self._wrong is not None and (self._wrong == "api_key_id") == rest_only:
            raise CredentialsRefused("The house did not take a credential.", credential=self._wrong, exchange=exchange)

    def _judge(self, document: Document, reference: str, exchange: Exchange, at: datetime) -> Receipt | BillRejected:
        messages, self._next_refusal = self._next_refusal, ()
        messages = messages or tuple(message for rule in self.rules for message in rule(document, at))
        earlier = self._earlier(document)
        if earlier is not None and earlier.status not in FREE_NUMBER:
            # A duplicate leaves no trace in the ledger: the earlier bill stands.
            return BillRejected("The house did not take the bill.", messages=(_says("InvoiceNo", "Duplicate Invoice"),))
        bill = StoredBill(
            clearing_bill_number=f"9{secrets.randbelow(10**6):06}{len(self.ledger):03}",
            references=[reference],
            document=document,
            status=ClearingStatus.AWAITING_CORRECTION if messages else ClearingStatus.UNPROCESSED,
            status_at=at,
            messages=messages,
        )
        self._store(bill, earlier)
        number = bill.clearing_bill_number
        if messages:
            return BillRejected("The house did not take the bill.", messages=messages, clearing_bill_number=number)
        return Receipt(reference=reference, clearing_bill_number=number, status=bill.status, exchange=exchange)

    def _store(self, bill: StoredBill, earlier: StoredBill | None) -> None:
        if earlier is not None and earlier.status is ClearingStatus.AWAITING_CORRECTION:
            # A corrected bill takes the place of the earlier one and keeps its number.
            self.ledger.remove(earlier)
            bill.clearing_bill_number = earlier.clearing_bill_number
            bill.references = [*earlier.references, *bill.references]
        self.ledger.append(bill)

    def _earlier(self, document: Document) -> StoredBill | None:
        same = (str(document["invoice_number"]), str(document["providers"]["payee_provider_number"]))
        return next((bill for bill in reversed(self.ledger) if (bill.invoice_number, bill.payee) == same), None)

    def _find(self, key: BillKey) -> StoredBill | None:
        """Return the bill by its most precise key that we were given and know."""
        newest_first = list(reversed(self.ledger))
        matches: tuple[Callable[[StoredBill], bool], ...] = (
            lambda bill: bill.clearing_bill_number == key.clearing_bill_number != "",
            lambda bill: key.reference in bill.references,
            lambda bill: bill.invoice_number == key.invoice_number != "",
        )
        return next((bill for match in matches for bill in newest_first if match(bill)), None)
