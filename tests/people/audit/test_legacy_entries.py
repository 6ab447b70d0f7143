"""Entries of earlier versions, with values as plain text, are told as before; those of today keep the types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from clearbill.people import audit
from clearbill.people.audit import queries, values
from clearbill.people.models import AuditEntry, Membership
from clearbill.people.permissions import Permission
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    return builders.member(builders.practice())


def told(owner: Membership) -> dict[str, str]:
    """What the page tells of the newest entry: each field with its value, or with both."""
    [line, *_] = queries.trail(owner.practice, may=frozenset(Permission))[1]
    return {one.field: one.after if one.before is None else f"{one.before} → {one.after}" for one in line.changes}


def kept(owner: Membership, kind: str, label: str = "", **changes: Any) -> AuditEntry:
    """An entry as an earlier version wrote it."""
    return AuditEntry.objects.create(
        practice=owner.practice,
        by=owner.user,
        by_name="Rosa",
        at=builders.NOW,
        action="did it",
        subject_type=kind,
        subject_id="1",
        subject_label=label,
        changes=changes,
    )


def test_an_entry_of_an_earlier_version_is_told_as_before(owner: Membership) -> None:
    client = builders.client(owner.practice)
    kept(
        owner,
        "appointment",
        client=str(client.pk),
        starts_at=["2026-07-01 08:30:00+00:00", "2026-07-01T09:30:00.000001+00:00"],
        day="2026-11-30",
        note="2026-02-30",
        total="70.00",
        short="0.00",
        vat_rate="17.50",
        price="much",
        insurer="bupa",
        lines=["2026-11-09 Report ZREP01 2 x 60.00 - 5.00, VAT 20.00%", "2026-11-09 Talk  1 x 60.00 - 0.00, VAT 0.00%"],
    )
    assert told(owner) == {
        "Client": "Ms Testa Sample",
        "Starts": "1 Jul 2026 09:30 → 1 Jul 2026 10:30",
        "Day": "30 Nov 2026",
        "Note": "2026-02-30",
        "Total": "£70.00",
        "VAT rate": "17.5%",
        "Price": "much",
        "Insurer": "BUPA",
        "Lines": "9 Nov 2026, Report ZREP01, 2 × £60.00, less £5.00, VAT 20%; 9 Nov 2026, Talk, 1 × £60.00",
    }


def test_an_entry_of_today_keeps_days_times_pounds_rates_and_ids_with_their_types(owner: Membership) -> None:
    row = builders.appointment(owner.practice)
    changes = {
        "client": row.client_id,
        "starts_at": [None, datetime(2026, 7, 1, 8, 30, tzinfo=UTC)],
        "day": date(2026, 11, 30),
        "cover": {"valid_to": date(2027, 3, 31), "excess_left": Decimal("100.00"), "membership_number": ""},
        "amount": Decimal("-5.00"),
        "vat_rate": Decimal("20.00"),
        "is_billed": True,
        "lines": ["One", "Two"],
    }
    entry = audit.write(
        practice=owner.practice, by=owner.user, at=builders.NOW, action="changed it", subject=row, changes=changes
    )
    entry.refresh_from_db()
    assert entry.changes == {
        "client": {"$id": str(row.client_id)},
        "starts_at": [None, {"$moment": "2026-07-01 08:30:00+00:00"}],
        "day": {"$day": "2026-11-30"},
        "cover": {"valid_to": {"$day": "2027-03-31"}, "excess_left": {"$pounds": "100.00"}, "membership_number": ""},
        "amount": {"$pounds": "-5.00"},
        "vat_rate": {"$rate": "20.00"},
        "is_billed": True,
        "lines": ["One", "Two"],
    }
    assert told(owner) == {
        "Client": "Ms Testa Sample",
        "Starts": "empty → 1 Jul 2026 09:30",
        "Day": "30 Nov 2026",
        "Valid to": "31 Mar 2027",
        "Excess left": "£100.00",
        "Amount": "−£5.00",
        "VAT rate": "20%",
        "Is billed": "yes",
        "Lines": "One, Two",
    }
    assert values.without_types(entry.changes) == {
        "client": str(row.client_id),
        "starts_at": [None, "2026-07-01 08:30:00+00:00"],
        "day": "2026-11-30",
        "cover": {"valid_to": "2027-03-31", "excess_left": "100.00", "membership_number": ""},
        "amount": "-5.00",
        "vat_rate": "20.00",
        "is_billed": True,
        "lines": ["One", "Two"],
    }


@pytest.mark.parametrize(
    ("kind", "label", "told_as"),
    [
        ("contractprice", "ZPHY01 with bupa from 2026-01-01", "ZPHY01 with BUPA from 1 Jan 2026"),
        ("bankline", "Bank line of 03 Nov 2026", "Bank line of 3 Nov 2026"),
        ("batch", "1 claims", "1 claim"),
        ("batch", "12 claims", "12 claims"),
        ("workitem", "WorkItem object (6f1c)", ""),
        ("client", "Ms Testa Sample", "Ms Testa Sample"),
    ],
)
def test_a_thing_that_an_earlier_version_named_is_called_as_today(
    owner: Membership, kind: str, label: str, told_as: str
) -> None:
    kept(owner, kind, label)
    [line] = queries.trail(owner.practice, may=frozenset(Permission))[1]
    assert line.subject == told_as
