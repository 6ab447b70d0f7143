"""The restore drill: the machine dies, last night’s backup is restored, and nothing is sent twice or forgotten."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from healthcode_sandbox import server
from tests import migrated, patience
from tests.backups.installation import Installation
from tests.postgres import Cluster


class Books:
    """The ledger of the stand-in, and every bill that was ever sent to it."""

    def __init__(self, house: server.Running, folder: Path) -> None:
        self._address, self._folder = house.address, folder

    def bills(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self._address}/sandbox/bills.json", timeout=patience.SECONDS).json()["bills"])

    def numbers(self) -> Counter[str]:
        return Counter(bill["invoice_no"] for bill in self.bills())

    def sendings(self) -> int:
        with closing(sqlite3.connect(self._folder / "sandbox" / "ledger.sqlite3")) as ledger:
            return int(ledger.execute("select count(*) from messages where operation = 'submitBill'").fetchone()[0])


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, house: server.Running) -> Installation:
    url = ""
    if request.param == "postgresql":
        running: Cluster = request.getfixturevalue("cluster")
        url = running.new_database("drill")
    made = Installation(tmp_path / "data", house=house.address, url=url)
    if url:
        made.do("migrate", "-v0")
    else:
        migrated.put_into(made.folder)
    made.act("set_up")
    return made


@pytest.mark.slow
def test_after_a_restore_every_bill_is_at_the_house_exactly_once(
    desk: Installation, house: server.Running, tmp_path: Path
) -> None:
    books = Books(house, tmp_path / "house")
    # The day before: one claim is sent, two are rejected, five wait as Created, one invoice has no claim yet.
    sent, *created = desk.act("bill", "SIM-PAID", "6")
    fixed, replaced = desk.act("bill", "Unknown", "2")
    [unclaimed] = desk.act("invoice", "SIM-PAID")
    desk.act("submit", sent, fixed, replaced)
    desk.work_until("is_quiet")
    late, never = desk.act("bill", "SIM-PAID", "2")
    desk.act("submit", late, never)
    # In the night a backup is made while one bill waits that is sent afterwards; another is still unsent.
    backup = desk.backup()
    desk.work_until("is_quiet")
    # The next morning: of all kinds something is sent.
    assert desk.act("submit", *created[:2]) == {}
    desk.act("submit", *desk.act("create", unclaimed))
    assert desk.act("correct", fixed)
    further = desk.act("claim_anew", replaced)
    lost = desk.act("bill", "SIM-PAID", "3")
    refused = desk.act("bill", "Unknown")
    desk.act("submit", *lost, *refused)
    desk.work_until("is_quiet")
    before = books.numbers()
    sendings = books.sendings()
    assert set(before.values()) == {1}

    # At noon the machine dies.
    said = desk.do("restore", "--yes", str(backup))
    assert "nothing is sent twice" in said
    held_back = desk.act("submit", *created)
    assert set(held_back) == set(created)
    desk.work_until("is_reconciled")
    assert books.numbers() == before
    assert books.sendings() == sendings

    stands = desk.act("claims")
    for number in (*created[:2], unclaimed, fixed, late, never, further):
        assert stands[number]["status"] == "Submitted", number
        assert stands[number]["house"], number
    assert not stands[replaced]["current"]
    assert {stands[number]["status"] for number in created[2:]} == {"Created"}
    told = " ".join(desk.act("work_items"))
    for number in (*lost, *refused):
        assert f"has the bill {number}" in told
    assert "compare the two" in told

    # In the afternoon the practice goes on: what was never sent goes, each once.
    assert desk.act("submit", *created[2:]) == {}
    fresh = desk.act("bill", "SIM-PAID")
    assert not set(fresh) & set(before)
    desk.act("submit", *fresh)
    desk.work_until("is_quiet")
    assert books.numbers() == before + Counter([*created[2:], *fresh])
    assert books.sendings() == sendings + len(created[2:]) + 1


@pytest.mark.slow
def test_a_house_that_is_away_is_asked_when_it_is_back(tmp_path: Path) -> None:
    with server.start(data_folder=tmp_path / "house") as house:
        desk = Installation(tmp_path / "data", house=house.address)
        migrated.put_into(desk.folder)
        desk.act("set_up")
        [number] = desk.act("bill", "SIM-PAID")
        backup = desk.backup()
        desk.act("submit", number)
        desk.work_until("is_quiet")
        port = house.address.rsplit(":", 1)[1]
    desk.do("restore", "--yes", str(backup))
    with desk.worker():
        assert "restored from a backup" in desk.act("submit", number)[number]
    with server.start(data_folder=tmp_path / "house", port=int(port)) as house:
        desk.work_until("is_reconciled")
        assert desk.act("claims")[number]["status"] == "Submitted"
        assert Books(house, tmp_path / "house").numbers() == {number: 1}
