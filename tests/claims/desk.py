"""A practice that is connected to a clearing house in memory, for tests of claims."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clearbill.claims.core import services
from clearbill.claims.models import Claim
from clearbill.claims.queue import sender, status_polling
from clearbill.clearinghouse.port import ClearingHouse, ClearingMessage
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.encryption import encrypt
from clearbill.people.models import Membership, Practice, Role
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.builders import NOW
from tests.fakes.clearing_house import MemoryHouse

WRONG_MEMBER = ClearingMessage(
    field="RegistrationNo",
    error="No matching membership details can be found",
    text="Problem with RegistrationNo: No matching membership details can be found",
)


class Desk:
    """One practice, its owner, and the house it is connected to. Time stands still until `wait`."""

    def __init__(self, *, connected: bool = True) -> None:
        self.practice: Practice = builders.practice()
        self.owner: Membership = builders.member(self.practice)
        self.site = builders.site(self.practice)
        self.payee = builders.payee(self.practice)
        self.practitioner = builders.practitioner(self.practice, site=self.site)
        self.house = MemoryHouse()
        self.now: datetime = NOW
        if connected:
            self.connect()

    def connect(self) -> HealthcodeConnection:
        return HealthcodeConnection.objects.create(
            practice=self.practice,
            environment="test",
            site_id="HC0TEST",
            user_id="stand-in-user",
            api_key_encrypted=encrypt("stand-in-secret"),
            connected_at=self.now,
            connected_by=self.owner.user,
            tried_at=self.now,
        )

    def house_of(self, _connection: HealthcodeConnection) -> ClearingHouse:
        return self.house

    def actor(self) -> Actor:
        return Actor(self.practice, self.owner.user, self.now)

    def invoice(self, **fields: Any) -> Invoice:
        return builders.invoice(self.practice, **{"practitioner": self.practitioner, "site": self.site, **fields})

    def created(self, **fields: Any) -> Claim:
        return services.create(self.actor(), invoice=self.invoice(**fields))

    def submit(self, claim: Claim) -> Claim:
        return services.submit(self.actor(), claim_id=claim.pk, house_of=self.house_of)

    def submitted(self, **fields: Any) -> Claim:
        return self.submit(self.created(**fields))

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def send(self) -> bool:
        return sender.send_one(now=self.now, house_of=self.house_of)

    def ask(self) -> bool:
        return status_polling.poll_next(now=self.now, house_of=self.house_of)

    def colleague(self, role: str = Role.ACCOUNTANT) -> Membership:
        return builders.member(self.practice, role)


def events(claim: Claim) -> list[str]:
    return list(claim.events.order_by("pk").values_list("event", flat=True))


def status(claim: Claim) -> str:
    claim.refresh_from_db()
    return claim.status
