from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from clearbill.worker.database_clock import DatabaseClock

pytestmark = pytest.mark.django_db


def test_a_worker_on_a_machine_whose_clock_is_wrong_goes_by_the_databases_time() -> None:
    right = datetime.now(UTC)
    wrong = right + timedelta(hours=3)
    with time_machine.travel(wrong):
        told = DatabaseClock()()
    shared = right if connection.vendor == "postgresql" else wrong
    assert abs(told - shared) < timedelta(seconds=10)
    assert told.tzinfo is not None
