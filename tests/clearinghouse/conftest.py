from __future__ import annotations

from collections.abc import Iterator

import pytest

from clearbill.clearinghouse.healthcode import HealthcodeClient, connect
from tests.clearinghouse.examples import HeldClock, a_connection
from tests.clearinghouse.strange_house import StrangeHouse


@pytest.fixture
def strange() -> Iterator[StrangeHouse]:
    house = StrangeHouse()
    yield house
    house.stop()


@pytest.fixture
def held() -> HeldClock:
    return HeldClock()


@pytest.fixture
def house(strange: StrangeHouse, held: HeldClock) -> Iterator[HealthcodeClient]:
    strange.with_addresses()
    made = connect(a_connection(strange.address), clock=held.clock())
    yield made
    made.close()
