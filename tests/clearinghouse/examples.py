"""Bills and connections for these tests; every person and number is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from clearbill.bill.bill import Bill, Cover, Diagnosis, Episode, Line, Patient, Providers, Totals
from clearbill.clearinghouse.healthcode import Clock, Connection
from clearbill.clearinghouse.port import MemberEnquiry

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()
API_KEY = "stand-in-secret"
SECOND_KEY = "stand-in-second-secret"
_numbers = count(1)
ENQUIRY = MemberEnquiry(
    insurer_id="bup", first_name="T", last_name="Sample", sex="F", birth_date=date(1985, 4, 12), postcode="ZZ1 1ZZ"
)
COVERAGE = {
    "resourceType": "Coverage",
    "contained": [
        {
            "resourceType": "Patient",
            "birthDate": "1985-04-12",
            "name": [{"family": "Sample", "given": ["Testa", "Quill"]}],
        }
    ],
    "subscriberId": "ZZ00000001",
    "period": {"start": "2026-04-01", "end": "2027-03-31"},
    "class": [{"type": {"coding": [{"code": "group"}]}, "value": "ZG0001", "name": "Invented Corporate Plan"}],
}


def reference() -> str:
    """A reference that no test has used yet."""
    return f"ref{next(_numbers):05}x{NOW:%d%H%M%S}"


def a_bill(family_name: str = "Sample", *, treated_on: date = TODAY - timedelta(days=2), **changes: Any) -> Bill:
    """A bill of one physiotherapy visit that a house takes, with an invoice number of its own."""
    line = Line(
        line_no=1,
        service_code="ZPHY01",
        description="Physiotherapy, first visit",
        first_date_of_service=treated_on,
        last_date_of_service=treated_on,
        units=1,
        service_provider_number="TP000002",
        gross_amount=Decimal("70.00"),
        net_amount=Decimal("70.00"),
    )
    bill = Bill(
        insurer_id="bup",
        invoice_number=f"CB{next(_numbers):05}",
        invoice_date=TODAY,
        patient=Patient(
            patient_last_name=family_name,
            patient_first_name="Testa",
            patient_birth_date=date(1985, 4, 12),
            patient_sex="F",
            patient_address_1="1 Invented Street",
            patient_postcode="ZZ1 1ZZ",
        ),
        cover=Cover(registration_number="ZZ00000001"),
        providers=Providers(
            payee_provider_number="TP000001",
            controlling_specialist_number="TP000002",
            treating_site_number="TL000001",
        ),
        episode=Episode(episode_setting="O"),
        diagnoses=(Diagnosis(code="M54.5", is_primary=True),),
        lines=(line,),
        totals=Totals(gross_total=Decimal("70.00"), net_total=Decimal("70.00")),
    )
    return replace(bill, **changes)


def a_connection(address: str, **changes: Any) -> Connection:
    """A test connection to the house at this address, with both pairs of credentials."""
    given: dict[str, Any] = {
        "environment": "test",
        "site_id": "HC0TEST",
        "user_id": "stand-in-user",
        "api_key": API_KEY,
        "api_key_id": "stand-in-key",
        "rest_api_key": API_KEY,
        "soap_endpoint": f"{address}/HCWebServices/HCWebServices",
        "discovery_url": f"{address}/.well-known/discovery-document.json",
    }
    return Connection(**{**given, **changes})


class HeldClock:
    """Time that moves only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.now, self.seconds, self.slept = NOW, 1000.0, [0.0]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def move(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, seconds=lambda: self.seconds, sleep=self.sleep)
