"""Rows for tests: each builder makes one real row with sensible, obviously invented values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.test import Client as Browser

from clearbill.appointments.models import Appointment
from clearbill.clients.models import Authorisation, Client, ClientDiagnosis, Policy
from clearbill.clients.search.search_index import reindex
from clearbill.invoicing import ledger
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.people.models import Membership, Practice, Role, SecondFactorFor, User
from clearbill.workspace.models import Payee, Practitioner, ProviderNumber, Service, ServiceRate, Site
from clearbill.workspace.service_rates import FIELDS

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 10)
PASSWORD = "correct horse battery"
_numbers = count(1)


def practice(name: str = "Riverside Physiotherapy", **fields: Any) -> Practice:
    given = {"address_1": "1 Invented Street", "postcode": "ZZ1 1ZZ", "phone": "020 7946 0000"}
    given |= {"second_factor_for": SecondFactorFor.NOBODY, "idle_minutes": 720, **fields}
    return Practice.objects.create(**{"name": name, "email": "desk@example.org", "vat_number": "GB123456789", **given})


def user(email: str = "") -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.org", PASSWORD, full_name="Rosa Example")


def member(of: Practice, role: str = Role.OWNER, email: str = "") -> Membership:
    return Membership.objects.create(practice=of, user=user(email), role=role)


def signed_in(membership: Membership) -> Browser:
    browser = Browser()
    browser.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def shown_to(membership: Membership) -> dict[str, str]:
    """What a form carries that was shown to this person in this practice."""
    return {"shown_to": f"{membership.user_id}.{membership.practice_id}"}


@contextmanager
def holding(*invoices: Invoice) -> Iterator[None]:
    """A transaction that holds the invoices, as whoever writes to their ledger or moves their claims must."""
    with transaction.atomic():
        ledger.hold_invoices([invoice.pk for invoice in invoices])
        yield


def site(of: Practice, **fields: Any) -> Site:
    return Site.objects.create(practice=of, **{"name": "Riverside Rooms", "site_number": "TL000001", **fields})


def practitioner(of: Practice, number: str = "TP000002", **fields: Any) -> Practitioner:
    given = {"name": "Rosa Therapist", "profession": "Physiotherapist", **fields}
    row = Practitioner.objects.create(practice=of, **given)
    if number:
        ProviderNumber.objects.create(practitioner=row, number=number)
    return row


def payee(of: Practice, **fields: Any) -> Payee:
    given = {"name": of.name, "kind": Payee.ORGANISATION, "number": "TP000001", "is_default": True, **fields}
    return Payee.objects.create(practice=of, **given)


def service(of: Practice, **fields: Any) -> Service:
    given = {
        "name": "Physiotherapy, first visit",
        "isc": "ZPHY01",
        "procedure_code": "Z9911",
        "price": Decimal("70.00"),
        **fields,
    }
    first = {name: given.pop(name) for name in FIELDS if name in given}
    row = Service.objects.create(practice=of, **given)
    ServiceRate.objects.create(practice=of, service=row, **first)
    return row


def client(of: Practice, *, insurer: str = "bupa", membership_number: str = "ZZ00000001", **fields: Any) -> Client:
    given = {
        "number": f"P-{next(_numbers):05}",
        "title": "Ms",
        "first_name": "Testa",
        "last_name": "Sample",
        "birth_date": date(1985, 4, 12),
        "sex": "F",
        "address_1": "1 Invented Street",
        "postcode": "ZZ1 1ZZ",
        **fields,
    }
    row = Client.objects.create(practice=of, **given)
    if insurer:
        Policy.objects.create(client=row, insurer_slug=insurer, membership_number=membership_number)
        ClientDiagnosis.objects.create(client=row, position=1, code="M54.5", title="Low back pain")
    return row


def indexed(row: Client) -> Client:
    """Let the client be found by name and the rest, as one who was added on a page is."""
    reindex([row.pk])
    return row


def appointment(of: Practice, *, starts_at: datetime = NOW - timedelta(days=1), **fields: Any) -> Appointment:
    given = {
        "client": fields.pop("client", None) or client(of),
        "practitioner": fields.pop("practitioner", None) or practitioner(of),
        "service": fields.pop("service", None) or service(of),
        "ends_at": starts_at + timedelta(minutes=30),
        "state": Appointment.COMPLETED,
        **fields,
    }
    return Appointment.objects.create(practice=of, starts_at=starts_at, **given)


def invoice(of: Practice, *, number: str = "", treated_on: date = date(2026, 11, 9), **fields: Any) -> Invoice:
    """An invoice of one line, £70.00, to the client's insurer."""
    billed = fields.pop("client", None) or client(of)
    given = {
        "number": number or f"CB{50000 + next(_numbers)}",  # far from those that a practice gives itself
        "client": billed,
        "practitioner": fields.pop("practitioner", None) or practitioner(of),
        "insurer_slug": next((one.insurer_slug for one in billed.policies.all()), ""),
        "issued_on": TODAY,
        "gross_total": Decimal("70.00"),
        "net_total": Decimal("70.00"),
        **fields,
    }
    row = Invoice.objects.create(practice=of, **given)
    InvoiceLine.objects.create(
        invoice=row,
        position=1,
        description="Physiotherapy, first visit",
        item_code="ZPHY01",
        procedure_code="Z9911",
        treated_on=treated_on,
        unit_price=Decimal("70.00"),
        gross=Decimal("70.00"),
        net=Decimal("70.00"),
    )
    return row


def policy(of: Client, insurer: str = "axa-health", number: str = "AXA-ZZ000001", **fields: Any) -> Policy:
    return Policy.objects.create(client=of, insurer_slug=insurer, membership_number=number, **fields)


def authorisation(of: Client | Policy, code: str = "ZZAUTH01", **fields: Any) -> Authorisation:
    """What the insurer authorised under the policy; of a client, under the one there is."""
    under = of.policies.get() if isinstance(of, Client) else of
    return Authorisation.objects.create(policy=under, code=code, **fields)
