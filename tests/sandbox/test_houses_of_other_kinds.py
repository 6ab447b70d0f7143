"""A house that is less careful than ours, and time that is lent to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from healthcode_sandbox.__main__ import main
from healthcode_sandbox.app import create_app
from healthcode_sandbox.house.clock import Clock
from healthcode_sandbox.house.ledger import Ledger
from healthcode_sandbox.house.tokens import LIVES_SECONDS, Tokens
from healthcode_sandbox.server import Running, start
from tests.sandbox.caller import Caller, bill


class Called:
    """The houses of other kinds, called without a socket."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._opened: list[httpx.Client] = []

    def __call__(self, *, remembers_references: bool = True, refuses_duplicates: bool = True) -> Caller:
        house = replace(
            self._running.house, remembers_references=remembers_references, refuses_duplicates=refuses_duplicates
        )
        asking = Caller(self._running)
        asking.http.close()
        asking.http = httpx.Client(transport=httpx.WSGITransport(create_app(house)), base_url="http://house")
        self._opened.append(asking.http)
        return asking

    def close(self) -> None:
        for client in self._opened:
            client.close()


@pytest.fixture
def house_that(running: Running) -> Iterator[Called]:
    houses = Called(running)
    yield houses
    houses.close()


def test_a_house_that_forgets_references_refuses_the_repeated_bill_as_a_duplicate(house_that: Called) -> None:
    caller = house_that(remembers_references=False)
    first = caller.submit(bill(), reference="one")
    again = caller.submit(bill(), reference="one")
    assert (first.outcome, again.outcome) == ("Accepted", "Refused")
    assert again.texts == ["Problem with InvoiceNo: Duplicate Invoice"]
    assert caller.status(reference="one").ch_claim_no == first.ch_claim_no


def test_a_house_that_leaves_all_care_to_the_caller_takes_a_bill_twice(house_that: Called) -> None:
    caller = house_that(remembers_references=False, refuses_duplicates=False)
    answers = [caller.submit(bill(), reference="one") for _ in range(2)]
    assert [answer.outcome for answer in answers] == ["Accepted", "Accepted"]
    assert len({answer.ch_claim_no for answer in answers}) == len(caller.bills()) == 2


def test_a_house_started_to_accept_duplicates_takes_a_bill_twice(tmp_path: Path) -> None:
    with start(data_folder=tmp_path, accepts_duplicates=True) as running:
        caller = Caller(running)
        answers = [caller.submit(bill(), reference="one") for _ in range(2)]
        assert [answer.outcome for answer in answers] == ["Accepted", "Accepted"]
        caller.http.close()


@pytest.mark.parametrize("text", ["-1", "soon", "nan", "3601"])
def test_the_command_takes_no_senseless_slowness(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--slow-seconds", text])
    assert "the seconds must be a number from 0 to 3600" in capsys.readouterr().err


def test_a_house_that_remembers_gives_the_first_answer_again(house_that: Called) -> None:
    caller = house_that(refuses_duplicates=False)
    first, again = (caller.submit(bill(), reference="one") for _ in range(2))
    assert first.raw == again.raw
    assert len(caller.bills()) == 1


def test_clock_and_tokens_go_by_the_time_they_are_lent(running: Running) -> None:
    ledger: Ledger = running.house.ledger
    ledger.clear()
    lent = [1_800_000_000.0]
    clock, tokens = Clock(ledger, seconds=lambda: lent[0]), Tokens(seconds=lambda: lent[0])
    token, before = tokens.give("HC0TEST"), clock.now()
    lent[0] += LIVES_SECONDS - 1
    assert tokens.site_of(token) == "HC0TEST"
    lent[0] += 2
    assert tokens.site_of(token) == ""
    assert (clock.now() - before).total_seconds() == LIVES_SECONDS + 1
