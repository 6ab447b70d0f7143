"""An installation from before the classes had the field's own names: every row stays where it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType

from clearbill.people.audit import queries
from clearbill.people.models import AuditEntry
from clearbill.people.permissions import Permission
from tests import builders, migration_history
from tests.builders import NOW

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [
    ("bank", "0001_first"),
    ("billing", "0008_invoice_short"),
    ("claims", "0008_work_of_a_sending"),
    ("expected", "0001_initial"),
    ("practice", "0002_connection_pause"),
    ("remittances", "0002_uploads"),
    ("shortfalls", "0001_initial"),
]
RENAMED = {
    ("remittances", "advice"): "claimpayment",
    ("remittances", "fetch"): "remittancepoll",
    ("bank", "arrival"): "bankreceipt",
    ("bank", "look"): "matchcursor",
    ("bank", "usualline"): "ignorerule",
    ("shortfalls", "verdict"): "liabilityoverride",
    ("claims", "workitem"): "task",
    ("claims", "batch"): "bulksubmission",
    ("claims", "batchentry"): "bulksubmissionentry",
    ("billing", "entry"): "ledgerentry",
    ("practice", "payeerule"): "payeeexception",
    ("expected", "dismissal"): "dismissedunderpayment",
}


@pytest.fixture
def then() -> Iterator[Any]:
    """The state of then; that of now comes back whatever happens."""
    migration_history.executor().migrate(BEFORE)
    try:
        yield migration_history.executor().loader.project_state(BEFORE).apps
    finally:
        now()


def now() -> None:
    executor = migration_history.executor()
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_rows_tables_and_kinds_of_before_are_there_under_the_new_names(then: Any) -> None:
    member = builders.member(builders.practice())
    practice, user = member.practice, member.user
    task = then.get_model("claims", "WorkItem").objects.create(
        practice_id=practice.pk, kind="restored", sentence="Healthcode has a bill that is not here.", created_at=NOW
    )
    rule = then.get_model("bank", "UsualLine").objects.create(
        practice_id=practice.pk, words="card takings", is_money_in=True, reason="Takings", by_id=user.pk
    )
    tables = {name: then.get_model(*name)._meta.db_table for name in RENAMED}
    now()
    for (app, former), present in RENAMED.items():
        assert apps.get_model(app, present)._meta.db_table == tables[app, former] == f"{app}_{former}"
    assert apps.get_model("claims", "Task").objects.get().sentence == task.sentence
    assert apps.get_model("bank", "IgnoreRule").objects.get().pk == rule.pk


def test_what_the_trail_wrote_under_a_former_kind_is_found_and_named_as_today() -> None:
    member = builders.member(builders.practice())
    AuditEntry.objects.create(
        practice=member.practice,
        by=member.user,
        by_name="Rosa",
        at=NOW,
        action="stopped setting lines aside",
        subject_type="usualline",
        subject_id="1",
        subject_label="card takings",
        changes={},
    )
    _, (line,) = queries.trail(member.practice, may=frozenset(Permission), kind="ignorerule")
    assert (line.kind, line.subject) == ("Everyday bank lines", "card takings")


def test_no_kind_of_row_is_left_under_a_former_name() -> None:
    kinds = set(ContentType.objects.values_list("app_label", "model"))
    assert not {(app, former) for app, former in RENAMED} & kinds
    assert {(app, present) for (app, _), present in RENAMED.items()} <= kinds
