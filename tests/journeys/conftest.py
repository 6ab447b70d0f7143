"""A practice, the real worker steps, and the real stand-in clearing house over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from clearbill.claims.models import Claim
from clearbill.claims.queue.client_pool import ConnectionPool
from clearbill.clearinghouse.port import ClearingHouse
from clearbill.workspace.models import HealthcodeConnection
from healthcode_sandbox import server
from tests import builders, patience
from tests.claims.desk import Desk
from tests.journeys.processes import Stage


class Journey(Desk):
    """A desk whose house is the stand-in, reached over HTTP. `pass_time` moves the house's clock and ours."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.now = timezone.now()
        self.houses = ConnectionPool()

    def house_of(self, connection: HealthcodeConnection) -> ClearingHouse:
        return self.houses(connection)

    def control(self, path: str, **given: Any) -> Any:
        answer = httpx.post(f"{self.address}/sandbox/{path}", json=given, timeout=patience.SECONDS)
        answer.raise_for_status()
        return answer.json()

    def bills(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.address}/sandbox/bills.json", timeout=patience.SECONDS).json()["bills"])

    def member(self, insurer: str) -> dict[str, Any]:
        """One member whose cover is in force, as the insurer's file has them."""
        asked = {"insurer": insurer}
        answer = httpx.get(f"{self.address}/sandbox/members.json", params=asked, timeout=patience.SECONDS)
        people = answer.json()["members"]
        return next(one for one in people if not one["Lapsed"] and not one["PatientSays"])

    def client_like(self, member: dict[str, Any], **fields: Any) -> Any:
        given = {
            "first_name": member["GivenName"],
            "other_names": member["OtherInitials"],
            "last_name": member["FamilyName"],
            "birth_date": date.fromisoformat(member["DateofBirth"]),
            "sex": member["BirthSex"],
            "postcode": member["Postcode"],
            "membership_number": member["MembershipID"],
            **fields,
        }
        return builders.client(self.practice, **given)

    def scenario(self, family_name: str) -> Claim:
        """A submitted claim for a patient by whose name the stand-in plays a scenario."""
        return self.submitted(
            client=builders.client(self.practice, last_name=family_name),
            treated_on=self.yesterday,
            issued_on=self.today,
        )

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    def pass_time(self, **duration: float) -> None:
        self.control("clock", **duration)
        self.wait(**duration)

    def work(self) -> None:
        """Let the worker do all that is due."""
        for _ in range(20):
            if not any([self.send(), self.ask()]):
                return
        raise AssertionError("the worker found no end")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[server.Running]:
    with server.start(data_folder=tmp_path) as running:
        yield running


@pytest.fixture
def journey(db: None, sandbox: server.Running, settings: Settings) -> Iterator[Journey]:
    point_at(settings, sandbox.address)
    settings.HEALTHCODE_REPLY_SECONDS = patience.pace(15)
    settings.STATUS_PAUSES_SECONDS = [60.0, 300.0]
    journey = Journey(sandbox.address)
    journey.pass_time(hours=_hours_to_morning(journey.now))
    yield journey
    journey.houses.close()


def _hours_to_morning(now: datetime) -> float:
    """Insurers fetch their bills at night: a story of hours begins in the morning, whenever it is told."""
    morning = timezone.localtime(now).replace(hour=9, minute=0, second=0) + timedelta(days=1)
    return (morning - now) / timedelta(hours=1)


def point_at(settings: Settings, address: str) -> None:
    settings.HEALTHCODE_SOAP_ENDPOINT = f"{address}/HCWebServices/HCWebServices"
    settings.HEALTHCODE_DISCOVERY_URL = f"{address}/.well-known/discovery-document.json"


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with Stage() as stage:
        if any("postgres" in item.nodeid for item in request.session.items):
            stage.start_postgres()
        yield stage
