"""PostgreSQL is restarted, and crashes, while workers send: they go on by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.processes import Scene, Stage, wait_until

pytestmark = pytest.mark.slow
CLAIMS = 60


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A stage with a server of its own: with few files, because one that has crashed goes through all it has."""
    with Stage() as stage:
        stage.start_postgres()
        yield stage


def wait_for_bills(scene: Scene, count: int) -> None:
    wait_until(f"the house has {count} bills", lambda: len(scene.house.bills()) >= count)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_workers_outlive_two_restarts_under_load(stage: Stage, mode: str) -> None:
    with stage.scene("postgres", claims=CLAIMS, slow_seconds=0.1, CLEARBILL_STATUS_PAUSES="0.5,1,20") as scene:
        scene.house.misbehave("slow", scope="all")
        for worker in [scene.worker(), scene.worker()]:
            # One that is only starting ends with a sentence, and is started again by whatever runs it.
            worker.wait_until_said("worker started")
        for count in (8, 24):
            wait_for_bills(scene, count)
            assert len(scene.house.bills()) < CLAIMS
            stage.cluster.restart(mode)
        scene.wait_until_settled()
        scene.check()


def test_workers_wait_for_a_server_that_is_away_and_then_go_on(stage: Stage) -> None:
    with stage.scene("postgres", claims=CLAIMS, slow_seconds=0.1, CLEARBILL_STATUS_PAUSES="0.5,1,20") as scene:
        scene.house.misbehave("slow", scope="all")
        worker = scene.worker()
        wait_for_bills(scene, 8)
        stage.cluster.stop("immediate")
        worker.wait_until_said("the database cannot be used")
        stage.cluster.start()
        scene.wait_until_settled()
        scene.check()
