from __future__ import annotations

from collections.abc import Iterator

import pytest

from clearbill.clearinghouse.healthcode import HealthcodeClient, connect
from tests.clearinghouse.answers import give_addresses
from tests.clearinghouse.examples import HeldClock, a_connection
from tests.fakes.raw_http_server import RawHttpServer


@pytest.fixture
def server() -> Iterator[RawHttpServer]:
    made = RawHttpServer()
    yield made
    made.stop()


@pytest.fixture
def held() -> HeldClock:
    return HeldClock()


@pytest.fixture
def house(server: RawHttpServer, held: HeldClock) -> Iterator[HealthcodeClient]:
    give_addresses(server)
    made = connect(a_connection(server.address), clock=held.clock())
    yield made
    made.close()
