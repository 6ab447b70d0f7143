"""An installation with one cover for each client: it becomes a policy, and what it had authorised stands under it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clearbill.clients.models import Policy
from tests import builders, migration_history

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("clients", "0005_search_terms_of_before"), ("billing", "0009_names")]


@pytest.fixture
def then() -> Iterator[Any]:
    """The tables of then; those of now come back whatever happens."""
    migration_history.executor().migrate(BEFORE)
    try:
        yield migration_history.executor().loader.project_state(BEFORE).apps
    finally:
        now()


def now() -> None:
    executor = migration_history.executor()
    executor.migrate(executor.loader.graph.leaf_nodes())


def cover(then: Any, **fields: Any) -> Any:
    number = f"P-{then.get_model('clients', 'Client').objects.count():05}"
    names = {"first_name": "Test", "last_name": "Person", "number": number}
    client = then.get_model("clients", "Client").objects.create(practice_id=builders.practice().pk, **names)
    given = {"insurer_slug": "bupa", "membership_number": "ZZ00000001", **fields}
    return then.get_model("clients", "Cover").objects.create(client_id=client.pk, **given)


def test_a_cover_becomes_a_policy_without_a_first_day_and_an_authorisation_under_it(then: Any) -> None:
    whole = cover(
        then,
        scheme="Invented",
        group_number="ZG0001",
        valid_to=date(2027, 3, 31),
        excess_left=Decimal("30.00"),
        authorisation_code="ZZAUTH01",
        authorisation_from=date(2026, 11, 1),
        authorisation_to=date(2026, 12, 31),
        authorised_sessions=6,
    )
    bare, sessions = cover(then, insurer_slug="wpa"), cover(then, insurer_slug="aviva", authorised_sessions=8)
    now()
    policy = Policy.objects.get(pk=whole.pk)
    assert (policy.client_id, policy.insurer_slug, policy.membership_number) == (
        whole.client_id,
        "bupa",
        "ZZ00000001",
    )
    assert (policy.valid_from, policy.valid_to) == (None, date(2027, 3, 31))
    assert (policy.scheme, policy.group_number, policy.excess_left) == ("Invented", "ZG0001", Decimal("30.00"))
    assert (policy.is_primary, policy.entered_in_error, policy.holder_name) == (True, False, "")
    row = policy.authorisations.get()
    assert (row.code, row.valid_from, row.valid_to, row.sessions) == (
        "ZZAUTH01",
        date(2026, 11, 1),
        date(2026, 12, 31),
        6,
    )
    assert not Policy.objects.get(pk=bare.pk).authorisations.exists()
    alone = Policy.objects.get(pk=sessions.pk).authorisations.get()
    assert (alone.code, alone.sessions) == ("", 8)


def test_a_client_may_have_a_second_policy_afterwards(then: Any) -> None:
    first = cover(then)
    now()
    second = Policy.objects.create(
        client_id=first.client_id, insurer_slug="axa-health", membership_number="AXA-ZZ1", valid_from=date(2026, 11, 30)
    )
    assert {one.pk for one in Policy.objects.filter(client_id=first.client_id)} == {first.pk, second.pk}
