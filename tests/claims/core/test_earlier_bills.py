from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clearbill.bill import dates
from clearbill.claims.core import validation
from tests.claims.desk import Desk

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
pytestmark = pytest.mark.django_db


@pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL chooses by how many rows there are, and here are few")
def test_a_check_looks_at_the_clients_claims_and_not_at_all_of_the_practice() -> None:
    desk = Desk()
    claim = desk.created()
    with CaptureQueriesContext(connection) as asked:
        validation.problems_today(claim, on=dates.uk_day(desk.now))
    plans = [plan_of(query["sql"]) for query in asked.captured_queries if "claims_claim" in query["sql"]]
    assert len(plans) == 2
    assert "claims_claim USING INDEX claims_claim_invoice" in plans[0]
    assert "claims_claim USING INDEX claim_by_number" in plans[1]


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(str(row[-1]) for row in cursor.fetchall())
