"""Two records of one person, and everything stored of clients, to be compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model

from clearbill.appointments.models import Appointment
from clearbill.clients.member_answers import MemberListAnswer
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy, PolicyYear
from clearbill.clients.search.search_index import SearchTerm
from clearbill.invoicing.models import Invoice, InvoiceLine, Mailing
from clearbill.people.actor import Actor
from clearbill.people.models import Membership
from tests import builders

LATER = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)

TABLES: list[type[Model]] = [
    Client,
    Policy,
    PolicyYear,
    Authorisation,
    ClientDiagnosis,
    Appointment,
    Invoice,
    InvoiceLine,
    MemberListAnswer,
    Mailing,
]


def stored() -> dict[str, Any]:
    """Every column of every row that belongs to a client; of the search index only what is found by what."""
    found: dict[str, Any] = {
        model._meta.label: {row["pk"]: row for row in model._base_manager.values("pk", *_columns(model))}
        for model in TABLES
    }
    return found | {"terms": set(SearchTerm.objects.values_list("client", "term"))}


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class Records:
    """A practice with two records of one person: `first` was entered by telephone, `second` came later."""

    def __init__(self, **second: Any) -> None:
        self.practice = builders.practice()
        self.membership: Membership = builders.member(self.practice)
        self.practitioner = builders.practitioner(self.practice)
        self.service = builders.service(self.practice)
        self.first = builders.client(self.practice, number="P-00001", phone="020 7946 0001")
        given = {"first_name": "Testa", "email": "testa@example.org", "insurer": "", **second}
        self.second = builders.client(self.practice, number="P-00002", **given)
        Client.objects.update(created_at=builders.NOW)
        self.refresh()

    def refresh(self) -> None:
        for row in (self.first, self.second):
            row.refresh_from_db()

    @property
    def actor(self) -> Actor:
        return Actor(self.practice, self.membership.user, LATER)

    def visit(self, of: Client, days_ago: int = 1, **fields: Any) -> Appointment:
        starts_at = builders.NOW - timedelta(days=days_ago)
        given = {"practitioner": self.practitioner, "service": self.service, **fields}
        return builders.appointment(self.practice, client=of, starts_at=starts_at, **given)

    def invoice(self, of: Client, visit: Appointment | None = None, **fields: Any) -> Invoice:
        row = builders.invoice(self.practice, client=of, practitioner=self.practitioner, **fields)
        if visit is not None:
            row.lines.update(appointment=visit)
        return row
