"""Healthcode behind the port: the bill service and the REST services of one connection."""

from __future__ import annotations

from datetime import datetime

import httpx

from clearbill.bill.bill import Bill
from clearbill.clearing.healthcode.bills import BillService
from clearbill.clearing.healthcode.clock import Clock
from clearbill.clearing.healthcode.connection import Connection
from clearbill.clearing.healthcode.contract import Contract
from clearbill.clearing.healthcode.contracts import contract_named
from clearbill.clearing.healthcode.http import Wire
from clearbill.clearing.healthcode.members import find_member
from clearbill.clearing.healthcode.remittances import remittance_claims, remittances
from clearbill.clearing.healthcode.rest import Question, RestService
from clearbill.clearing.healthcode.trial import try_connection
from clearbill.clearing.port import BillKey, Code, MemberAnswer, MemberEnquiry, Receipt, StatusReport, Trial
from clearbill.clearing.remittance import Pages, RemittanceClaim, RemittanceSummary


class HealthcodeHouse:
    """Implements `ClearingHouse`; made by `connect`."""

    def __init__(
        self,
        connection: Connection,
        *,
        contract: Contract,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.contract_version = contract.VERSION
        self._connection, self._contract, self._clock = connection, contract, clock
        self._wire = Wire(connection, clock=clock, transport=transport)
        self._bills = BillService(connection, wire=self._wire, contract=contract, clock=clock)
        self._rest = RestService(connection, wire=self._wire, contract=contract, clock=clock)

    def try_connection(self) -> Trial:
        return try_connection(
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

    def remittances(self, *, insurer_id: str, since: datetime | None = None) -> Pages[RemittanceSummary]:
        return remittances(
            insurer_id=insurer_id, since=since, now=self._clock.now(), rest=self._rest, contract=self._contract
        )

    def remittance_claims(self, *, insurer_id: str, payment_reference: str) -> Pages[RemittanceClaim]:
        return remittance_claims(
            insurer_id=insurer_id, payment_reference=payment_reference, rest=self._rest, contract=self._contract
        )

    def codes(self, *, code_set: str, scheme: str) -> list[Code]:
        path = self._contract.code_list_path(code_set=code_set, scheme=scheme)
        question = Question(operation="codes", key=self._contract.CODE_LISTS, path=path)
        return self._rest.all_pages(question, self._contract.read_codes)

    def close(self) -> None:
        self._wire.close()


def connect(
    connection: Connection, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None
) -> HealthcodeHouse:
    """Return the clearing house of that connection; nothing is sent yet. Raises ValueError for an unknown contract.

    `transport` carries the messages; without it they go over the network.
    """
    contract = contract_named(connection.contract_version)
    return HealthcodeHouse(connection, contract=contract, clock=clock or Clock(), transport=transport)
