"""What proxies and monitoring are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from clearbill.claims.models import Outbox, Task
from clearbill.claims.queue import metrics
from clearbill.server.health import shutting_down
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import Desk

FROM_ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def ending() -> Iterator[None]:
    shutting_down.set()
    yield
    shutting_down.clear()


def figures(browser: Client, **request: str) -> dict[tuple[str, str], float]:
    answer = browser.get("/metrics", headers=request)
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_health_touches_no_database_and_sets_no_cookie(client: Client) -> None:
    # Without the mark that allows it, the test's database refuses every query.
    answer = client.get("/health", headers={"host": "10.0.0.3:8000"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert not answer.cookies
    assert answer.headers["Content-Length"] == "6"


@pytest.mark.django_db
def test_ready_says_so_to_anybody_under_any_host_name(client: Client) -> None:
    answer = client.get("/ready", headers={"host": "web-2.internal"}, **FROM_ELSEWHERE)
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert not answer.cookies


@pytest.mark.django_db
def test_ready_says_503_when_a_migration_is_missing(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("claims", "0001_initial")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.content.decode() == "not ready: the database is not up to date; run clearbill migrate\n"


@pytest.mark.django_db
@pytest.mark.usefixtures("ending")
def test_ready_says_503_while_the_process_is_ending_and_health_still_lives(client: Client) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.content) == (503, b"not ready: this process is ending\n")
    assert client.get("/health").status_code == 200


def test_the_three_addresses_take_no_form(client: Client) -> None:
    assert [client.post(path).status_code for path in ("/health", "/ready", "/metrics")] == [405, 405, 405]


@pytest.mark.django_db
def test_the_figures_are_for_this_machine_only_without_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", **FROM_ELSEWHERE).status_code == 403
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert client.get("/metrics", headers={header: "192.0.2.7"}).status_code == 403


@pytest.mark.django_db
def test_behind_a_proxy_only_the_token_opens_the_figures(client: Client, settings: Settings) -> None:
    settings.BEHIND_TLS = True
    assert client.get("/metrics").status_code == 403
    settings.METRICS_TOKEN = "a-long-token"
    right, wrong = {"Authorization": "Bearer a-long-token"}, {"Authorization": "Bearer a-long-tokem"}
    assert client.get("/metrics", headers=right, **FROM_ELSEWHERE).status_code == 200
    assert client.get("/metrics", headers=wrong, **FROM_ELSEWHERE).status_code == 403
    assert client.get("/metrics").status_code == 403


@pytest.mark.django_db
def test_the_figures_show_the_queue_and_what_waits_for_a_person(client: Client) -> None:
    desk = Desk()
    first = desk.submitted()
    desk.submitted()
    Outbox.objects.filter(claim=first).update(state=Outbox.UNCERTAIN)
    first.status, first.submitted_at = "Unknown (checking)", desk.now - timedelta(hours=3)
    first.save()
    desk.created()
    Task.objects.create(practice=desk.practice, claim=first, kind="lost", sentence="Ask.")
    HealthcodeConnection.objects.update(not_answering_since=desk.now)
    shown = figures(client)
    assert shown["clearbill_outbox_rows", "ready"] == 1
    assert shown["clearbill_outbox_rows", "sending"] == 0
    assert shown["clearbill_outbox_rows", "uncertain"] == 1
    assert shown["clearbill_claims", "Created"] == 1
    assert shown["clearbill_claims", "Submitted"] == 1
    assert shown["clearbill_uncertain_claims", ""] == 1
    assert shown["clearbill_open_work_items", ""] == 1
    assert shown["clearbill_connections_not_answering", ""] == 1
    assert metrics.figures(now=desk.now).oldest_seconds == 3 * 60 * 60


@pytest.mark.django_db
def test_the_figures_name_no_practice_and_no_person(client: Client) -> None:
    desk = Desk()
    claim = desk.submitted(client=builders.client(desk.practice, first_name="Zebulon", last_name="Quagmire"))
    shown = client.get("/metrics").content.decode()
    for word in ("Zebulon", "Quagmire", desk.practice.name, str(desk.practice.pk), claim.number, claim.reference):
        assert word not in shown


@pytest.mark.django_db
def test_the_figures_take_as_many_questions_for_twenty_claims_as_for_two(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk = Desk()
    for _ in range(2):
        desk.submitted()
    with django_assert_num_queries(5):
        client.get("/metrics")
    for _ in range(18):
        desk.submitted()
    with django_assert_num_queries(5):
        client.get("/metrics")
