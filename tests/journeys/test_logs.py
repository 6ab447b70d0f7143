"""Logs carry our reference of a claim and nothing of the person it is for, whatever happens to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.test_rolling_restart import sign_in
from tests.patience import SECONDS, wait_until
from tests.ports import free_port
from tests.processes import Process, run, surroundings

pytestmark = pytest.mark.slow
PERSON = {
    "title": "Mx",
    "first_name": "Zebulon",
    "address_1": "Quagmire Cottage",
    "postcode": "ZZ9 9QQ",
    "membership_number": "ZZ77777777",
    "birth_date": "1931-02-03",
}
FATES = ["SIM-PAID", "SIM-TIMEOUT-STORED", "SIM-502", "Quagmire"]
TELL_TALES = ["zebulon", "quagmire", "zz9 9qq", "zz77777777", "1931", "m54", "low back", "sim-"]


@dataclass(frozen=True)
class Told:
    """What the processes of an installation wrote, and the worker's figures at the end."""

    lines: list[str]
    figures: str

    def logged(self) -> list[dict[str, Any]]:
        return logged(self.lines)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Four claims of one person meet four fates, while somebody uses the pages well and badly."""
    folder, port = tmp_path_factory.mktemp("logs"), free_port()
    environment = surroundings(
        folder,
        CLEARBILL_LOG_FORMAT="json",
        CLEARBILL_STATUS_PAUSES="1",
        CLEARBILL_WORKER_IDLE="0.1",
        CLEARBILL_WORKER_METRICS_PORT=str(port),
    )
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    clients = json.dumps([{**PERSON, "last_name": fate} for fate in FATES])
    prepared = run(environment, "-m", "tests.journeys.desk_with_claims", clients)
    assert prepared.returncode == 0, prepared.stderr
    desk = json.loads(prepared.stdout)
    sandbox = Process(environment, "-m", "healthcode_sandbox", "--data", str(folder / "house"))
    serve = Process(environment, "-m", "clearbill", "serve")
    with sandbox, serve:
        sandbox.wait_for("Stand-in")
        serve.wait_for("Ctrl-C")
        use_the_pages(f"http://127.0.0.1:{environment['CLEARBILL_PORT']}", desk)
        wait_until("each fate is logged", lambda: {"Receipt", "BillRejected", "ReplyLost"} <= set(logged_words(serve)))
        wait_until("both lost replies are asked about", lambda: serve.said("asked about") >= 2)
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS).text
        assert serve.end() == 0
    return Told(serve.lines, figures)


def test_nothing_of_a_patient_is_in_any_line_of_the_logs(told: Told) -> None:
    everything = "".join(told.lines).lower()
    assert len(told.logged()) > len(FATES)
    assert [word for word in TELL_TALES if word in everything] == []
    assert any(one["logger"] == "django.request" for one in told.logged())


def test_each_sending_is_logged_with_our_reference(told: Told) -> None:
    sent = [one for one in told.logged() if one["message"].startswith("sent ")]
    assert len({one["reference"] for one in sent}) == len(FATES)
    assert all(one["reference"] in one["message"] for one in sent)


def test_the_worker_counts_what_came_of_its_sendings_and_names_nobody(told: Told) -> None:
    samples = {
        (sample.name, sample.labels.get("outcome", "")): sample.value
        for family in text_string_to_metric_families(told.figures)
        for sample in family.samples
    }
    assert samples["clearbill_sendings_total", "receipt"] >= 1
    assert samples["clearbill_sendings_total", "refused"] == 1
    assert samples["clearbill_sendings_total", "reply_lost"] >= 2
    assert samples["clearbill_sending_seconds_count", ""] >= len(FATES)
    assert samples["clearbill_sending_seconds_sum", ""] > 0
    assert 'clearbill_status_questions_total{answer="' in told.figures
    assert [word for word in TELL_TALES if word in told.figures.lower()] == []


def test_a_json_line_has_its_time_in_utc_its_level_and_its_logger(tmp_path: Path) -> None:
    environment = surroundings(tmp_path, CLEARBILL_LOG_FORMAT="json")
    assert run(environment, "-m", "clearbill", "migrate", "-v0").returncode == 0
    said = run(environment, "-m", "clearbill", "worker", "--once").stderr
    line = json.loads(said.splitlines()[0])
    assert line["level"] == "INFO"
    assert line["logger"] == "clearbill.worker.loop"
    assert line["message"] == "worker started"
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)


def test_an_unknown_log_format_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = run(surroundings(tmp_path, CLEARBILL_LOG_FORMAT="xml"), "-m", "clearbill", "worker", "--once")
    assert said.returncode == 1
    assert "CLEARBILL_LOG_FORMAT is “xml”. It must be one of: line, json." in said.stderr


def use_the_pages(address: str, desk: dict[str, Any]) -> None:
    """Look for the person, open their pages, send forms that are wrong, and submit every claim."""
    cookies = sign_in(address, desk)
    token = next(value for name, value in cookies.items() if "csrf" in name)
    given = {"csrfmiddlewaretoken": token}
    with httpx.Client(base_url=address, cookies=cookies, timeout=SECONDS) as browser:
        assert "Zebulon" in browser.post("/search", data={**given, "q": "Zebulon"}).text
        client = f"/clients/{desk['claims'][0]['client']}"
        assert "Quagmire Cottage" in browser.get(client, follow_redirects=True).text
        assert browser.get("/clients/Zebulon-Quagmire").status_code == 404
        assert browser.get("/invitations/Zebulon/Quagmire").status_code == 404
        assert browser.post("/search", data={"q": "Zebulon Quagmire"}).status_code == 403
        assert browser.get("/today", headers={"host": "zebulon.example.org"}).status_code == 400
        ids = [claim["id"] for claim in desk["claims"]]
        form = {**given, "confirmed": "yes", "claim": ids}
        assert browser.post("/claims/submit", data=form).status_code == 302


def logged(lines: list[str]) -> list[dict[str, Any]]:
    """Return the lines that are log lines, as they were read by a machine."""
    return [json.loads(line) for line in list(lines) if line.startswith("{")]


def logged_words(process: Process) -> list[str]:
    return " ".join(str(line["message"]) for line in logged(process.lines)).replace(":", " ").split()
