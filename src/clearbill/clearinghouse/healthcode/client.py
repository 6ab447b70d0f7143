"""Healthcode behind the port: the bill service and the REST services of one connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import quote

import httpx

from clearbill.bill.bill import Bill
from clearbill.clearinghouse.healthcode import assumed_2026_11
from clearbill.clearinghouse.healthcode.bill_service import BillService
from clearbill.clearinghouse.healthcode.connection import Clock, Connection
from clearbill.clearinghouse.healthcode.contract import Contract
from clearbill.clearinghouse.healthcode.credential_check import check_credentials
from clearbill.clearinghouse.healthcode.http import HttpClient
from clearbill.clearinghouse.healthcode.rest import UNREADABLE, Question, RestService
from clearbill.clearinghouse.healthcode.xml import Malformed
from clearbill.clearinghouse.port import (
    BillKey,
    ConnectionTest,
    MemberAnswer,
    MemberEnquiry,
    NotSent,
    Receipt,
    StatusReport,
)
from clearbill.clearinghouse.remittance import PagedList, RemittanceClaim, RemittanceSummary

CONTRACTS: dict[str, Contract] = {assumed_2026_11.VERSION: assumed_2026_11}


def contract_named(version: str) -> Contract:
    """Return the contract of that version. Raises ValueError with a sentence that lists the known ones."""
    try:
        return CONTRACTS[version]
    except KeyError:
        known = ", ".join(sorted(CONTRACTS))
        raise ValueError(f"There is no wire contract “{version}”. This installation knows: {known}.") from None


class HealthcodeClient:
    """Implements `ClearingHouse`; made by `connect`."""

    def __init__(
        self,
        connection: Connection,
        *,
        contract: Contract,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection, self._contract, self._clock = connection, contract, clock
        self._wire = HttpClient(connection, clock=clock, transport=transport)
        self._bills = BillService(connection, wire=self._wire, contract=contract, clock=clock)
        self._rest = RestService(connection, wire=self._wire, contract=contract, clock=clock)

    def try_connection(self) -> ConnectionTest:
        return check_credentials(
            self._connection, bills=self._bills, rest=self._rest, contract=self._contract, at=self._clock.now()
        )

    def prepare(self, bill: Bill, *, reference: str, at: datetime) -> bytes:
        return self._contract.write_bill(
            bill,
            reference=reference,
            at=at,
            site_id=self._connection.site_id,
            message_status=bill.sender.message_status or self._connection.message_status,
        )

    def submit(self, document: bytes, *, reference: str, at: datetime) -> Receipt:
        return self._bills.submit(document, reference=reference, at=at)

    def status_of(self, key: BillKey, *, at: datetime) -> StatusReport:
        return self._bills.status_of(key, at=at)

    def find_member(self, enquiry: MemberEnquiry) -> MemberAnswer:
        return find_member(enquiry, rest=self._rest, contract=self._contract)

    def remittances(self, *, insurer_id: str, since: datetime | None = None) -> PagedList[RemittanceSummary]:
        return remittances(
            insurer_id=insurer_id, since=since, now=self._clock.now(), rest=self._rest, contract=self._contract
        )

    def remittance_claims(self, *, insurer_id: str, payment_reference: str) -> PagedList[RemittanceClaim]:
        return remittance_claims(
            insurer_id=insurer_id, payment_reference=payment_reference, rest=self._rest, contract=self._contract
        )

    def remittance(self, *, remittance_id: str) -> PagedList[RemittanceSummary]:
        return remittance(remittance_id=remittance_id, rest=self._rest, contract=self._contract)

    def close(self) -> None:
        self._wire.close()


def connect(
    connection: Connection, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None
) -> HealthcodeClient:
    """Return the clearing house of that connection; nothing is sent yet. Raises ValueError for an unknown contract.

    `transport` carries the messages; without it they go over the network.
    """
    contract = contract_named(connection.contract_version)
    return HealthcodeClient(connection, contract=contract, clock=clock or Clock(), transport=transport)


ASK_AGAIN_SECONDS = 30


def find_member(enquiry: MemberEnquiry, *, rest: RestService, contract: Contract) -> MemberAnswer:
    """Return what the member list says. Raises Refused, NotSent or CredentialsRefused."""
    question = Question(operation="findMember", key=contract.MEMBER_SEARCH, form=contract.member_form(enquiry))
    reply = rest.ask(question)
    try:
        answer = contract.read_member(reply.document)
    except Malformed as exc:
        raise NotSent(UNREADABLE) from exc
    if answer.outcome != "processing" and not (reply.unfinished and answer.outcome != "match"):
        return answer
    return replace(
        answer, outcome="processing", retry_after_seconds=ceil(reply.retry_after_seconds or ASK_AGAIN_SECONDS)
    )


def remittances(
    *, insurer_id: str, since: datetime | None, now: datetime, rest: RestService, contract: Contract
) -> PagedList[RemittanceSummary]:
    """Return the payments of one insurer, all pages; `since` reaches back as far as Healthcode allows, no further.

    Raises Refused, NotSent or CredentialsRefused.
    """
    if since is not None:
        # An hour to spare, so that clocks which differ a little do not make the question a wrong one.
        since = max(since, now - timedelta(days=contract.OLDEST_SINCE_DAYS) + timedelta(hours=1))
    question = Question(
        operation="remittances",
        key=contract.REMITTANCE_SEARCH,
        form=contract.remittance_form(insurer_id=insurer_id, since=since),
    )
    return rest.all_pages(question, contract.read_remittances)


def remittance_claims(
    *, insurer_id: str, payment_reference: str, rest: RestService, contract: Contract
) -> PagedList[RemittanceClaim]:
    """Return what one payment says of each bill, all pages.

    Raises BillRejected, NotPermitted, NotOffered, NotSent or CredentialsRefused.
    """
    form = contract.remittance_detail_form(insurer_id=insurer_id, payment_reference=payment_reference)
    question = Question(operation="remittanceClaims", key=contract.REMITTANCE_DETAIL, form=form)
    return rest.all_pages(question, contract.read_remittance_claims)


def remittance(*, remittance_id: str, rest: RestService, contract: Contract) -> PagedList[RemittanceSummary]:
    """Return one payment, alone in a list. Raises as `remittance_claims`."""
    path = f"/{quote(remittance_id, safe='')}"
    reply = rest.ask(Question(operation="remittance", key=contract.REMITTANCE_ONE, path=path))
    try:
        return PagedList(contract.read_remittances(reply.document), received=[reply.body])
    except Malformed as exc:
        raise NotSent(UNREADABLE) from exc
