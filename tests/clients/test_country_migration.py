"""Addresses of before get their country where the last line names it; what was typed stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from clearbill.clients.models import Client
from tests import builders, migration_history

BEFORE = [("clients", "0011_merges")]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_address_that_ends_with_a_country_abroad_is_there() -> None:
    addresses: dict[str, dict[str, Any]] = {
        "AE": {"address_1": "Villa 3", "address_3": "Dubai, U.A.E."},
        "FR": {"address_1": "1 Rue X", "address_2": "Paris, France", "postcode": "75008"},
        "JE": {"address_1": "1 Sea Road", "address_4": "Jersey", "postcode": "JE2 3AB"},
        "GB": {"address_1": "1 Mill Lane", "address_2": "Malta", "postcode": "ZZ1 1ZZ"},
    }
    try:
        migration_history.executor().migrate(BEFORE)
        then = migration_history.executor().loader.project_state(BEFORE).apps
        practice = builders.practice()
        for place, (country, given) in enumerate(addresses.items()):
            row = {"number": f"P-0000{place}", "first_name": country, "last_name": "Test", **given}
            then.get_model("clients", "Client").objects.create(practice_id=practice.pk, **row)
    finally:
        executor = migration_history.executor()
        executor.migrate(executor.loader.graph.leaf_nodes())
    rows = list(Client.objects.all())
    assert [row.country for row in rows] == [row.first_name for row in rows]
    for row in rows:
        given = addresses[row.country]
        assert {name: getattr(row, name) for name in given} == given
