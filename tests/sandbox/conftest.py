from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from healthcode_sandbox.server import Running, start
from tests.sandbox.caller import Caller

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with start(data_folder=tmp_path, clock_start=NOON, slow_seconds=0.3) as house:
        yield house


@pytest.fixture
def caller(running: Running) -> Iterator[Caller]:
    asking = Caller(running)
    yield asking
    asking.http.close()


@pytest.fixture
def clinic(running: Running) -> Iterator[Caller]:
    asking = Caller(running, "HC0CLIN", "clinic-user", "clinic-secret", ("clinic-key", "clinic-secret"))
    yield asking
    asking.http.close()
