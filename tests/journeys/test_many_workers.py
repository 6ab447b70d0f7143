"""Several workers share one database; some are killed, some stand still for ever, some wake up much too late."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.journeys.processes import BOTH, PATIENT, Stage, asked_for
from tests.patience import wait_until

pytestmark = pytest.mark.slow
CLAIMS, FEW = 64, 3
# Claims that are settled are asked about seldom, so that the sending is what happens.
SELDOM = {"CLEARBILL_STATUS_PAUSES": "0.5,1,20"}
STILL = ("bill taken", "half of the bill sent", "bill sent", "answer to the bill read")


@BOTH
@pytest.mark.parametrize("workers", [2, 4])
def test_workers_on_one_database_send_each_claim_once(stage: Stage, database: str, workers: int) -> None:
    with stage.scene(database, claims=CLAIMS, **SELDOM, **PATIENT) as scene:
        scene.hold()
        for _ in range(workers):
            scene.worker()
        for worker in scene.workers:
            worker.wait_until_said("worker started")
        scene.try_now()
        scene.wait_until_settled()
        scene.check()
        assert scene.database.value("SELECT count(DISTINCT worker) FROM claims_outbox") > 1
        assert scene.database.value("SELECT max(attempts) FROM claims_outbox") == 1


@BOTH
def test_workers_killed_at_random_and_started_anew_send_each_claim_once(stage: Stage, database: str) -> None:
    chance = random.Random(20261123)
    with stage.scene(database, claims=CLAIMS, slow_seconds=0.03, **SELDOM) as scene:
        scene.house.misbehave("slow", scope="all")
        for _ in range(3):
            scene.worker()
        goal = 0
        while (goal := goal + chance.randint(6, 14)) < CLAIMS:
            wait_until(f"the house has {goal} bills", lambda: len(scene.house.bills()) >= goal or scene.is_settled())
            chance.choice([worker for worker in scene.workers if worker.is_to_live]).kill()
            scene.worker()
        scene.wait_until_settled()
        scene.check()


def stopped_for_ever(stage: Stage, database: str, step: str) -> int:
    with stage.scene(database, claims=FEW) as scene:
        still = scene.dying_worker(step, signal.SIGSTOP)
        still.wait_until_stopped()
        scene.worker()
        scene.wait_until_settled()
        still.kill()
        return scene.check()


def woken_too_late(stage: Stage, database: str, step: str) -> int:
    # What was half sent goes on when the machine wakes: only the house's care for references saves that.
    with stage.scene(database, claims=FEW, refuses_duplicates=step == "half of the bill sent") as scene:
        still = scene.dying_worker(step, signal.SIGSTOP)
        still.wait_until_stopped()
        scene.worker()
        scene.wait_until_settled()
        still.wake()
        still.wait_until_said("attempt 1: ")
        scene.wait_until_settled()
        return scene.check()


ENDS = {"never returns": stopped_for_ever, "wakes": woken_too_late}
Stops = dict[tuple[str, str, str], Future[int]]


@pytest.fixture(scope="module")
def stops(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Stops]:
    """The machines that stand still: mostly the others wait for a lease to end, so a few do at a time."""
    wanted = [(given["end"], given["database"], given["step"]) for given in asked_for(request) if "end" in given]
    with ThreadPoolExecutor(4) as pool:
        yield {(end, *stop): pool.submit(ENDS[end], stage, *stop) for end, *stop in wanted}


@BOTH
@pytest.mark.parametrize("step", ["bill sent"])
@pytest.mark.parametrize("end", ["never returns"])
def test_a_machine_that_never_returns_keeps_no_bill(stops: Stops, end: str, database: str, step: str) -> None:
    assert stops[end, database, step].result() == FEW


@BOTH
@pytest.mark.parametrize("step", STILL)
@pytest.mark.parametrize("end", ["wakes"])
def test_a_machine_that_wakes_after_its_bill_went_to_another_changes_nothing(
    stops: Stops, end: str, database: str, step: str
) -> None:
    assert stops[end, database, step].result() == FEW


@pytest.mark.parametrize("step", ["bill taken, not committed", "outcome written, not committed"])
def test_a_machine_that_stands_still_in_a_transaction_does_not_hold_up_the_others(stage: Stage, step: str) -> None:
    with stage.scene("postgres") as scene:
        still = scene.dying_worker(step, signal.SIGSTOP)
        still.wait_until_stopped()
        scene.worker()
        scene.wait_until_settled()
        still.kill()
        scene.check()


@pytest.mark.parametrize("step", ["bill taken, not committed", "outcome written, not committed"])
def test_on_one_machine_the_others_wait_for_a_worker_that_holds_the_file_and_then_go_on(
    stage: Stage, step: str
) -> None:
    with stage.scene("sqlite") as scene:
        still = scene.dying_worker(step, signal.SIGSTOP)
        still.wait_until_stopped()
        other = scene.worker()
        other.wait_until_said("worker started")
        still.wake()
        scene.wait_until_settled()
        scene.check()
