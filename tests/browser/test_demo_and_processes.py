"""The demo is what it promises, and every process starts and ends as it should."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import httpx
import pytest

from clearbill.bill import insurers
from clearbill.bill.lifecycle import Status
from tests import patience
from tests.browser.conftest import Installation, Running, free_port

pytestmark = pytest.mark.browser


def ask(demo: Installation, question: str) -> list[tuple[object, ...]]:
    """Ask the demo as it came: other tests work in it."""
    with closing(sqlite3.connect(demo.as_it_came)) as database:
        return database.execute(question).fetchall()


def test_the_demo_has_two_hundred_clients_over_all_insurers(demo: Installation) -> None:
    assert ask(demo, "select count(*) from clients_client") == [(200,)]
    covered = {row[0] for row in ask(demo, "select distinct insurer_slug from clients_cover")}
    offered = {insurer.slug for insurer in insurers.all_insurers() if insurer.listed}
    assert offered | {"cigna", "the-exeter", "trust-in-health"} <= covered


def test_the_demo_has_a_claim_in_every_state(demo: Installation) -> None:
    states = {row[0] for row in ask(demo, "select distinct status from claims_claim")}
    assert states == {status.value for status in Status}


def test_the_demo_has_three_months_of_diary_and_both_payee_cases(demo: Installation) -> None:
    weeks = ask(demo, "select count(distinct strftime('%Y-%W', starts_at)) from diary_appointment")
    assert int(str(weeks[0][0])) >= 13
    paid = ask(demo, "select distinct kind from claims_claim join practice_payee on practice_payee.id = payee_id")
    assert {row[0] for row in paid} == {"person", "organisation"}


def test_the_demo_has_something_in_every_money_room(demo: Installation) -> None:
    assert ask(demo, "select distinct kind from shortfalls_decision where undone_at is null order by kind") == [
        ("asked",),
        ("disputed",),
        ("waiting",),
        ("written off",),
    ]
    assert ask(demo, "select distinct state from bank_bankline order by state") == [("aside",), ("matched",), ("new",)]
    for table in ("billing_creditnote", "expected_chase", "shortfalls_letter"):
        assert ask(demo, f"select count(*) from {table}") == [(1,)], table
    assert ask(demo, "select count(*) from remittances_upload where state = 'taken in'") == [(1,)]
    shares = ask(demo, "select open_total from billing_invoice where share_of_id is not null order by open_total")
    assert [open_total for (open_total,) in shares] == [0, 0, 25]


def test_the_bank_of_the_demo_has_not_seen_one_payment_for_more_than_a_week(demo: Installation) -> None:
    days = ask(
        demo,
        "select julianday('now') - julianday(paid_on) from remittances_remittance payment"
        " left join bank_arrival arrival on arrival.remittance_id = payment.id"
        " where payment.amount <> 0 and arrival.id is null",
    )
    assert len([late for (late,) in days if float(str(late)) > 7]) == 1


def test_the_insurers_of_the_demo_take_their_own_time(demo: Installation) -> None:
    found = ask(
        demo,
        'select insurer_slug, avg(julianday(entry."on") - julianday(issued_on)) from billing_entry entry'
        " join billing_invoice invoice on invoice.id = entry.invoice_id"
        " where source = 'insurer' and entry.kind = 'paid' group by insurer_slug",
    )
    days = {slug: float(str(average)) for slug, average in found}
    assert days["wpa"] + 7 < days["allianz-worldwide-care"]


def test_the_front_page_leads_to_a_page_with_sign_in(demo: Installation) -> None:
    answer = httpx.get(f"{demo.address}/", follow_redirects=True, timeout=patience.SECONDS)
    assert answer.status_code == 200
    assert "Sign in" in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_second_start_keeps_the_data_and_sigterm_ends_it_cleanly() -> None:
    running = Running()
    try:
        first = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
        running.processes[0].send_signal(signal.SIGTERM)
        assert running.processes.pop().wait(timeout=patience.SECONDS) == 0
        second = running.installation(running.start("clearbill", "serve", until="Ctrl-C"))
        assert first.set_up_code() == second.set_up_code()
    finally:
        assert running.end() == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_start_that_is_killed_takes_its_processes_with_it() -> None:
    running = Running()
    running.start("clearbill", "serve", until="Ctrl-C")
    running.processes[0].kill()
    running.processes.pop().wait(timeout=patience.SECONDS)
    try:
        running.start("clearbill", "serve", until="Ctrl-C")
    finally:
        assert running.end() == [0]


def test_a_taken_port_is_said_in_a_sentence(demo: Installation) -> None:
    said = run(demo, "serve")
    assert said.returncode == 1
    assert "is in use" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_taken_port_of_the_pages_alone_and_two_equal_ports_are_said_in_a_sentence(demo: Installation) -> None:
    alone = run(demo, "web")
    both = run(demo, "demo", CLEARBILL_SANDBOX_PORT=demo.environment["CLEARBILL_PORT"])
    assert (alone.returncode, both.returncode) == (1, 1)
    assert "The pages cannot be served at" in alone.stderr
    assert "Choose two." in both.stderr
    assert "Traceback" not in alone.stderr + both.stderr


def test_a_wrong_setting_is_said_in_a_sentence(demo: Installation) -> None:
    said = run(demo, "worker", "--once", CLEARBILL_PORT="eight")
    assert said.returncode == 1
    assert "CLEARBILL_PORT is “eight”. It must be a port number from 1 to 65535." in said.stderr


def test_the_worker_alone_ends_cleanly(demo: Installation) -> None:
    assert run(demo, "worker", "--once").returncode == 0


def run(installation: Installation, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clearbill", *words],
        env={**installation.environment, **environment},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


def test_two_demos_cannot_share_a_folder(demo: Installation) -> None:
    said = run(demo, "demo", CLEARBILL_PORT=str(free_port()), CLEARBILL_SANDBOX_PORT=str(free_port()))
    assert said.returncode == 1
    assert "Another demo uses" in said.stderr
