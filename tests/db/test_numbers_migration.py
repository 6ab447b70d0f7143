"""An installation in which numbers were stored as they were typed: they are put as bills carry them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clearbill.clients.models import Authorisation, Policy
from clearbill.workspace.models import InsurerSetting, Payee, PayeeNumber, ProviderNumber, Site
from tests import builders, migration_history

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("practice", "0003_names"), ("clients", "0008_covers_without_authorisation")]


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


def test_numbers_of_before_are_put_as_bills_carry_them(then: Any) -> None:
    practice_id = builders.practice().pk

    def make(app: str, model: str, **fields: Any) -> Any:
        return then.get_model(app, model).objects.create(**fields)

    make("practice", "Site", practice_id=practice_id, name="Rooms", site_number="tl 000001")
    make("practice", "Site", practice_id=practice_id, name="No number")
    payee = make("practice", "Payee", practice_id=practice_id, name="Clinic", kind="organisation", number="tp000001")
    make("practice", "PayeeNumber", payee=payee, insurer_slug="bupa", number="TP‑000009a")
    rosa = make("practice", "Practitioner", practice_id=practice_id, name="Rosa")
    make("practice", "ProviderNumber", practitioner=rosa, number="tp000012")
    make("practice", "ProviderNumber", practitioner=rosa, number="TP000013", insurer_slug="bupa")
    make(
        "practice", "InsurerSetting", practice_id=practice_id, insurer_slug="bupa", controlling_specialist_number="tp1"
    )
    client = make("clients", "Client", practice_id=practice_id, number="P-1", first_name="A", last_name="B")
    policy = make("clients", "Policy", client=client, insurer_slug="axa-health", membership_number="axa\\zz0001")
    odd = make("clients", "Policy", client=client, insurer_slug="wpa", membership_number="\u200b")
    make("clients", "Authorisation", policy=policy, code="zzauth01")
    make("clients", "Authorisation", policy=policy, sessions=6)
    now()
    assert sorted(Site.objects.values_list("site_number", flat=True)) == ["", "TL000001"]
    assert Payee.objects.get().number == "TP000001"
    assert PayeeNumber.objects.get().number == "TP-000009A"
    assert sorted(ProviderNumber.objects.values_list("number", flat=True)) == ["TP000012", "TP000013"]
    assert InsurerSetting.objects.get().controlling_specialist_number == "TP1"
    assert Policy.objects.get(pk=policy.pk).membership_number == "AXA\\ZZ0001"
    assert Policy.objects.get(pk=odd.pk).membership_number == "\u200b"
    assert sorted(Authorisation.objects.values_list("code", flat=True)) == ["", "ZZAUTH01"]
