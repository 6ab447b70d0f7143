"""One worker process has several claims on their way at once, and ends with all of them in good order."""

from __future__ import annotations

import pytest

from tests.journeys.processes import BOTH, PATIENT, Scene, Stage
from tests.patience import pace, wait_until

pytestmark = pytest.mark.slow
CLAIMS = 24


def on_their_way(scene: Scene) -> int:
    return scene.count("state = 'sending'", of="claims_outbox")


@BOTH
def test_a_slow_house_is_given_several_claims_at_once_and_a_stop_waits_for_each(stage: Stage, database: str) -> None:
    with stage.scene(database, claims=CLAIMS, slow_seconds=pace(0.5), **PATIENT) as scene:
        scene.house.misbehave("slow", scope="all")
        worker = scene.worker(CLEARBILL_WORKER_LANES="3")
        wait_until("three claims are on their way at once", lambda: on_their_way(scene) == 3)
        worker.end()
        assert on_their_way(scene) == 0
        done = scene.count("state = 'done'", of="claims_outbox")
        assert 3 <= done < CLAIMS, "it ended before all was sent, and what it had taken was finished"
        assert scene.count("state = 'ready'", of="claims_outbox") == CLAIMS - done
        scene.worker(CLEARBILL_WORKER_LANES="3")
        scene.wait_until_settled()
        scene.check()


def test_a_number_of_lanes_that_is_none_is_refused_in_a_sentence(stage: Stage) -> None:
    with stage.scene("sqlite", claims=0, port=1) as scene:
        worker = scene.worker(CLEARBILL_WORKER_LANES="many")
        worker.is_to_live = False
        wait_until("the worker ends", worker.has_died)
        assert "CLEARBILL_WORKER_LANES is “many”. It must be a whole number from 1 to 64." in worker.said()
