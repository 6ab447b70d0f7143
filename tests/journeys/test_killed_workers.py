"""A worker is killed at each step of sending and asking; another one takes over, and each claim has one bill."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.journeys.dying_worker import ASKING, ASKING_IN_VAIN, SENDING
from tests.journeys.processes import BOTH, Stage, asked_for

pytestmark = pytest.mark.slow
CLAIMS = 2
LOST, NEVER_THERE = "drop_after", "drop_before"
DEATHS = [
    *[(step, "") for step in SENDING],
    ("bill sent", "slow"),
    *[(step, LOST) for step in ASKING],
    *[(step, NEVER_THERE) for step in ASKING_IN_VAIN],
]


def killed_and_taken_over(stage: Stage, database: str, step: str, misbehaviour: str) -> int:
    # Slow enough that the worker is dead when the bill is stored, and quick enough for “not found” to be believed.
    with stage.scene(database, claims=CLAIMS, slow_seconds=0.7) as scene:
        if misbehaviour:
            scene.house.misbehave(misbehaviour)
        scene.dying_worker(step).wait_until_killed()
        scene.worker()
        scene.wait_until_settled()
        return scene.check()


@pytest.fixture(scope="module")
def deaths(stage: Stage, request: pytest.FixtureRequest) -> Iterator[dict[tuple[str, str, str], Future[int]]]:
    """The deaths of this file: mostly they wait for a lease to end, so a few happen at a time."""
    wanted = [(given["database"], given["step"], given["misbehaviour"]) for given in asked_for(request)]
    with ThreadPoolExecutor(4) as pool:
        yield {death: pool.submit(killed_and_taken_over, stage, *death) for death in wanted}


@BOTH
@pytest.mark.parametrize(("step", "misbehaviour"), DEATHS)
def test_a_worker_killed_at_any_step_leaves_each_claim_with_one_bill(
    deaths: dict[tuple[str, str, str], Future[int]], database: str, step: str, misbehaviour: str
) -> None:
    assert deaths[database, step, misbehaviour].result() == CLAIMS
