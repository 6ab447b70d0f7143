"""PostgreSQL is restarted, and crashes, while workers send and people type: all goes on by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.processes import Scene, Stage
from tests.journeys.test_rolling_restart import sign_in
from tests.patience import SECONDS, pace, wait_until
from tests.processes import Process, run, surroundings

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
    with stage.scene("postgres", claims=CLAIMS, slow_seconds=pace(0.3), CLEARBILL_STATUS_PAUSES="0.5,1,20") as scene:
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
    with stage.scene("postgres", claims=CLAIMS, slow_seconds=pace(0.3), CLEARBILL_STATUS_PAUSES="0.5,1,20") as scene:
        scene.house.misbehave("slow", scope="all")
        worker = scene.worker()
        wait_for_bills(scene, 8)
        stage.cluster.stop("immediate")
        worker.wait_until_said("the database cannot be used")
        stage.cluster.start()
        scene.wait_until_settled()
        scene.check()


def test_what_somebody_types_outlives_a_server_that_is_away(stage: Stage, tmp_path: Path) -> None:
    environment = surroundings(tmp_path, CLEARBILL_DATABASE_URL=stage.cluster.new_database("typed"))
    address = f"http://127.0.0.1:{environment['CLEARBILL_PORT']}"
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    desk = json.loads(run(environment, "-m", "tests.journeys.desk_with_claims", "[]").stdout)
    with Process(environment, "-m", "clearbill", "web") as web:
        wait_until("pages are served", lambda: is_ready(address))
        cookies, origin = sign_in(address, desk), {"Origin": address}
        with httpx.Client(base_url=address, cookies=cookies, timeout=SECONDS) as browser:
            token = next(value for name, value in cookies.items() if "csrf" in name)
            typed = {"first_name": "Zoë", "last_name": "Away", "csrfmiddlewaretoken": token}
            stage.cluster.stop("immediate")
            answer = browser.post("/clients/new", data=typed, headers=origin)
            assert answer.status_code == 503
            assert 'name="last_name" value="Away"' in answer.text
            stage.cluster.start()
            saved = browser.post("/clients/new", data=typed, headers=origin)
            assert saved.status_code == 302, saved.text
            assert "Zoë Away" in browser.get(saved.headers["location"]).text
        assert web.said("Away") == 0


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=SECONDS).status_code == 200
    except httpx.HTTPError:
        return False
