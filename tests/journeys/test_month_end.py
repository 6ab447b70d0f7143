"""All claims of a month in one action, queued and sent by real workers after one was killed on the way."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.journeys.dying_worker import QUEUED
from tests.journeys.processes import BOTH, PATIENT, ROOT, Scene, Stage
from tests.patience import wait_until

pytestmark = pytest.mark.slow
CLAIMS = 60
DJANGO = {"DJANGO_SETTINGS_MODULE": "clearbill.config.settings"}


def start(scene: Scene, claims: int) -> None:
    words = [sys.executable, "-m", "tests.journeys.month_end", str(claims)]
    subprocess.run(words, cwd=ROOT, env={**scene.environment, **PATIENT, **DJANGO}, check=True)


@BOTH
def test_a_killed_worker_and_two_others_queue_and_send_each_claim_of_a_month_once(stage: Stage, database: str) -> None:
    with stage.scene(database, claims=0) as scene:
        start(scene, CLAIMS)
        scene.dying_worker(QUEUED).wait_until_killed()
        assert 0 < scene.count("status = 'Created'") < CLAIMS, "it was killed while it queued them"
        scene.worker()
        scene.worker()
        wait_until("every claim is queued", lambda: scene.count("state = 'finished'", of="claims_batch") == 1)
        assert scene.count("state = 'queued'", of="claims_batchentry") == CLAIMS
        scene.wait_until_settled()
        scene.check()
