"""The practices of a simulation: made once per process, emptied of claims between trials."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from clearbill.claims.models import Claim, ClaimEvent, Exchange, MappingRefusal, Outbox, Task
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people.encryption import encrypt
from clearbill.people.models import AuditEntry, Practice, User
from clearbill.workspace.models import HealthcodeConnection
from tests import builders

RIGHT_NUMBER, WRONG_NUMBER = "ZZ00000001", "ZZ99999999"
KINDS = (
    ("good", "Sample", RIGHT_NUMBER),
    ("good", "Sample", RIGHT_NUMBER),
    ("wrong number", "Sample", WRONG_NUMBER),
    ("good", "Sample", RIGHT_NUMBER),
    ("rejected late", "SIM-LATEFAIL", RIGHT_NUMBER),
    ("never collected", "SIM-NOTCOLLECTED", RIGHT_NUMBER),
)
_ACCOUNTS = (("HC0TEST", "stand-in"), ("HC0CLIN", "clinic"), ("HC0TEST", "stand-in"))
_EMPTIED = (MappingRefusal, Task, ClaimEvent, Outbox, Exchange, Claim, AuditEntry)


@dataclass(slots=True)
class Office:
    """One practice with its invoices, each of a kind that the house treats in its own way."""

    practice: Practice
    user: User
    invoices: list[tuple[str, Invoice]] = field(default_factory=list)


def open_offices() -> list[Office]:
    """Make the practices, connected, each with an invoice of every kind."""
    return [_open_office(place, site, name) for place, (site, name) in enumerate(_ACCOUNTS)]


def _open_office(place: int, site: str, account: str) -> Office:
    practice = builders.practice(f"Practice {place}")
    owner = builders.member(practice, email=f"owner{place}@example.org").user
    treating = builders.site(practice)
    clinic = site == "HC0CLIN"
    builders.payee(practice, number="TP000051" if clinic else "TP000001")
    practitioner = builders.practitioner(practice, number="TP000011" if clinic else "TP000002", site=treating)
    HealthcodeConnection.objects.create(
        id=uuid.UUID(int=place + 1),  # the order of turns must not hang on a random id
        practice=practice,
        environment="test",
        site_id=site,
        user_id=f"{account}-user",
        api_key_encrypted=encrypt(f"{account}-secret"),
        api_key_id=f"{account}-key",
        rest_api_key_encrypted=encrypt(f"{account}-secret"),
        connected_at=builders.NOW,
        connected_by=owner,
        tried_at=builders.NOW,
    )
    office = Office(practice, owner)
    for number, (kind, family_name, membership_number) in enumerate(KINDS):
        client = builders.client(practice, last_name=family_name, membership_number=membership_number)
        office.invoices.append(
            (
                kind,
                builders.invoice(
                    practice, number=f"S{place}{number:02}", client=client, practitioner=practitioner, site=treating
                ),
            )
        )
    return office


def empty(start: datetime) -> None:
    """Forget every claim, put the connections right, and let all treatment have been a week ago."""
    with connection.cursor() as cursor:
        for model in _EMPTIED:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    HealthcodeConnection.objects.update(
        refusal="",
        not_answering_since=None,
        failures=0,
        paused_until=None,
        served_at=None,
        tried_at=start - timedelta(days=1),
    )
    today = start.date()
    Invoice.objects.update(issued_on=today - timedelta(days=6))
    InvoiceLine.objects.update(treated_on=today - timedelta(days=7))
