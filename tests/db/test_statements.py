from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from clearbill.claims.models import Claim, ClaimEvent, Exchange, Outbox
from clearbill.db import statements
from clearbill.people.models import AuditEntry
from tests.claims.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def fields(row: models.Model, *, but: str = "") -> dict[str, Any]:
    row = type(row)._default_manager.get(pk=row.pk)
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != but}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in found.items()}


def samples(desk: Desk) -> list[models.Model]:
    """Unsaved rows of several kinds, with every kind of value."""
    claim, now = desk.submitted(), desk.now
    claim.outbox.update(state=Outbox.DONE)
    exchange = Exchange.objects.create(claim=claim, operation="x", sent=b"", received=b"", started_at=now)
    problems = [{"message": "“Quoted” & 100 %(odd)s %s"}]
    return [
        Exchange(
            claim=claim,
            operation="submitBill",
            sent=b"\x00%s",
            received=b"",
            http_status=None,
            started_at=now,
            seconds=0.25,
        ),
        ClaimEvent(
            claim=claim,
            at=now,
            event="x",
            source="practice",
            by=desk.owner.user,
            note="100 %",
            problems=problems,
            exchange=exchange,
        ),
        AuditEntry(
            practice=desk.practice,
            by=None,
            by_name="Clearbill",
            at=now,
            action="x",
            subject_type="claim",
            subject_id=str(claim.pk),
            changes={"status": ["a", None]},
        ),
        Outbox(
            practice=desk.practice,
            claim=claim,
            version=2,
            reference="CB2",
            document=b"<x/>",
            bill=claim.bill,
            ready_at=now,
            lease=uuid.uuid4(),
        ),
    ]


@pytest.mark.parametrize("which", range(4))
def test_an_inserted_row_is_the_same_as_one_that_was_saved(desk: Desk, which: int) -> None:
    row = samples(desk)[which]
    with transaction.atomic():
        row.save(force_insert=True)
        saved = fields(row, but="created_at")
        transaction.set_rollback(True)
    key, row.pk = row.pk, (row.pk if isinstance(row.pk, uuid.UUID) else None)
    assert statements.insert(row) is row
    inserted = fields(row, but="created_at")
    assert {**inserted, "id": key} == saved
    assert not row._state.adding


def test_an_update_writes_what_the_query_builder_would_and_counts_the_rows(desk: Desk) -> None:
    claim, lease = desk.submitted(), uuid.uuid4()
    row = claim.outbox.get()
    changes = {"lease": lease, "taken_at": desk.now, "attempts": 3, "may_have_arrived": True, "last_error": "100 %s"}
    assert statements.update(Outbox, {"id": row.pk, "state": Outbox.READY, "lease": None}, **changes) == 1
    written = fields(row)
    assert {name: written[name] for name in changes} == changes
    assert statements.update(Outbox, {"id": row.pk, "lease": None}, attempts=9) == 0
    assert statements.update(Outbox, {"id": row.pk, "lease": lease}, lease=None) == 1
    assert fields(row)["lease"] is None
    assert fields(row)["attempts"] == 3


def test_an_update_takes_rows_for_relations_and_decimals_and_json(desk: Desk) -> None:
    claim = desk.created()
    changed = {"submitted_by": desk.owner.user, "net_total": Decimal("12.50"), "bill": {"a": ["b", None]}}
    assert statements.update(Claim, {"id": claim.pk, "practice": desk.practice, "version": 1}, **changed) == 1
    claim.refresh_from_db()
    assert {name: getattr(claim, name) for name in changed} == changed


def test_constraints_hold(desk: Desk) -> None:
    row = desk.submitted().outbox.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert(row)


def test_columns_read_what_the_models_read_and_the_rest_when_it_is_used(desk: Desk) -> None:
    claim = desk.submitted()
    columns = statements.Columns(Claim, "id", "practice", "net_total", "status_at", "is_current", table="claim")
    statement = f"SELECT {columns} FROM claims_claim claim WHERE claim.number = %(number)s"
    (values,) = statements.select(statement, statements.to_database(Claim, number=claim.number))
    read = columns.row(values)
    assert (read.pk, read.practice_id, read.net_total, read.status_at, read.is_current) == (
        claim.pk,
        desk.practice.pk,
        Decimal("70.00"),
        claim.status_at,
        True,
    )
    assert "bill" in read.get_deferred_fields()
    assert read.bill == claim.bill


def test_all_columns_of_every_model_can_be_read(desk: Desk) -> None:
    claim = desk.submitted()
    desk.send()
    for model in (Claim, Outbox, Exchange, ClaimEvent):
        columns = statements.Columns(model, *(field.name for field in model._meta.concrete_fields), table="t")
        (values, *_) = statements.select(f"SELECT {columns} FROM {model._meta.db_table} t ORDER BY t.id", {})
        read = columns.row(values)
        for name, value in fields(read).items():
            here = getattr(read, name)
            assert (bytes(here) if isinstance(here, memoryview) else here) == value, (claim.number, name)
