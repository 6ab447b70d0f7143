"""The clearing house stops, starts, dies in the middle of a message, and misbehaves in each way that it can."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.journeys.processes import BOTH, UNKNOWN, Scene, Stage, asked_for, waits
from tests.patience import pace, wait_until

pytestmark = pytest.mark.slow
MANY, FEW = 24, 4
CONNECTION = "practice_healthcodeconnection"
KINDS = ("drop_before", "drop_after", "bad_gateway", "too_many", "slow", "broken_answer", "down")
# Longer than a reply is waited for, and well before “not found” is believed.
SLOW_SECONDS = pace(1.9)


def is_said_not_to_answer(scene: Scene) -> bool:
    return scene.count("not_answering_since IS NOT NULL AND paused_until IS NOT NULL", of=CONNECTION) == 1


def is_well(scene: Scene) -> bool:
    well = "not_answering_since IS NULL AND paused_until IS NULL AND failures = 0 AND refusal = ''"
    return scene.count(well, of=CONNECTION) == 1


def stopped_and_started(stage: Stage, database: str, number: str) -> int:
    with stage.scene(database, claims=MANY, slow_seconds=pace(0.5)) as scene:
        scene.house.misbehave("slow", scope="all")
        scene.worker()
        wait_until("the house has 5 bills", lambda: len(scene.house.bills()) >= 5)
        scene.house.end(signal.Signals[number])
        wait_until("the page says that it does not answer", lambda: is_said_not_to_answer(scene))
        if number == "SIGKILL":
            # One that is asked to stop finishes what it has in hand, and that may be every bill. All lanes lost theirs,
            # so the connection was paused at once; the first bill that is tried after that waits with the reason.
            tried = "state = 'ready' AND last_error <> ''"
            wait_until("a bill was tried", lambda: scene.count(tried, of="claims_outbox"))
            assert scene.count("waiting_reason LIKE '%not answering%'") > 0
        scene.house.start()
        scene.wait_until_settled()
        wait_until("the page says no more that it does not answer", lambda: is_well(scene))
        return scene.check()


def killed_in_a_message(stage: Stage, database: str, _: str) -> int:
    with stage.scene(database, claims=FEW, slow_seconds=pace(30)) as scene:
        scene.house.misbehave("slow")
        scene.worker(**waits(reply_seconds=5))
        wait_until("a bill is on its way", lambda: scene.count("state = 'sending'", of="claims_outbox"))
        wait_until("the house has it in hand", lambda: not scene.house.is_to_misbehave())
        scene.house.end(signal.SIGKILL)
        wait_until("the claim is Unknown", lambda: scene.count(f"status = '{UNKNOWN}'"))
        scene.house.start()
        scene.wait_until_settled()
        assert scene.count("may_have_arrived AND attempts > 1", of="claims_outbox") > 0
        return scene.check()


def misbehaved_once(stage: Stage, database: str, kind: str) -> int:
    with stage.scene(database, claims=FEW, slow_seconds=SLOW_SECONDS, refuses_duplicates=kind == "slow") as scene:
        scene.house.misbehave(kind)
        scene.worker()
        scene.wait_until_settled()
        wait_until("the page says no more that it does not answer", lambda: is_well(scene))
        return scene.check()


def misbehaved_for_a_while(stage: Stage, database: str, kind: str) -> int:
    with stage.scene(database, claims=FEW, slow_seconds=SLOW_SECONDS, refuses_duplicates=kind == "slow") as scene:
        scene.house.misbehave(kind, scope="all", target="every")
        scene.worker()
        if kind == "too_many":
            asked = "paused_until IS NOT NULL AND failures = 0 AND not_answering_since IS NULL"
            wait_until("the practice waits as asked", lambda: scene.count(asked, of=CONNECTION))
        else:
            wait_until("the page says that it does not answer", lambda: is_said_not_to_answer(scene))
        assert not scene.is_settled()
        scene.house.behave()
        scene.wait_until_settled()
        wait_until("the page says no more that it does not answer", lambda: is_well(scene))
        return scene.check()


STORIES = {
    "stopped": stopped_and_started,
    "killed in a message": killed_in_a_message,
    "once": misbehaved_once,
    "for a while": misbehaved_for_a_while,
}
Stories = dict[tuple[str, str, str], Future[int]]


@pytest.fixture(scope="module")
def stories(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Stories]:
    """The stories of this file: mostly they wait for a pause to end, so several happen at a time."""
    wanted = [(given["story"], given["database"], given["how"]) for given in asked_for(request)]
    with ThreadPoolExecutor(6) as pool:
        yield {(story, *how): pool.submit(STORIES[story], stage, *how) for story, *how in wanted}


@BOTH
@pytest.mark.parametrize(("story", "how"), [("stopped", "SIGTERM"), ("stopped", "SIGKILL")])
def test_a_house_that_stops_and_comes_back_gets_each_claim_once(
    stories: Stories, story: str, database: str, how: str
) -> None:
    assert stories[story, database, how].result() == MANY


@BOTH
@pytest.mark.parametrize(("story", "how"), [("killed in a message", "SIGKILL")])
def test_a_house_that_dies_in_the_middle_of_a_message_is_asked_before_the_bill_goes_again(
    stories: Stories, story: str, database: str, how: str
) -> None:
    assert stories[story, database, how].result() == FEW


@BOTH
@pytest.mark.parametrize(("story", "how"), [("once", kind) for kind in KINDS])
def test_a_house_that_misbehaves_once_gets_each_claim_once(
    stories: Stories, story: str, database: str, how: str
) -> None:
    assert stories[story, database, how].result() == FEW


@BOTH
@pytest.mark.parametrize(("story", "how"), [("for a while", kind) for kind in KINDS])
def test_a_house_that_misbehaves_for_a_while_is_left_alone_and_then_gets_each_claim_once(
    stories: Stories, story: str, database: str, how: str
) -> None:
    assert stories[story, database, how].result() == FEW
