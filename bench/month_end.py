"""Month end: 10,000 claims submitted in one action, while people go on using the pages.

The same pages are asked for over HTTP from `clearbill web`, first while nothing else happens, then while the worker
queues the claims and sends them.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx

from bench import canned_answers, installation
from bench.figure import Figure
from bench.processes import PATIENCE_SECONDS, clearbill, wait_until

CLAIMS, IDLE_ROUNDS = 10_000, 60
PAUSE_SECONDS = 0.05
LONGEST_SECONDS = 3600.0
GOAL = 2.0
Times = dict[str, list[float]]


def run(claims: int = CLAIMS, idle_rounds: int = IDLE_ROUNDS) -> list[Figure]:
    with ExitStack() as stack:
        os.environ["CLEARBILL_HEALTHCODE_SOAP"] = stack.enter_context(canned_answers.serving())
        os.environ["CLEARBILL_PORT"] = str(_free_port())
        installation.begin()
        desk = installation.Desk()
        desk.created(claims)
        stack.enter_context(clearbill("web", "--quiet"))
        stack.enter_context(clearbill("worker"))
        address = f"http://127.0.0.1:{os.environ['CLEARBILL_PORT']}"
        # A page that takes long is a figure, not a failure.
        browser = stack.enter_context(httpx.Client(base_url=address, timeout=PATIENCE_SECONDS))
        return _measure(desk, browser, claims, idle_rounds)


def _measure(desk: installation.Desk, browser: httpx.Client, claims: int, idle_rounds: int) -> list[Figure]:
    from clearbill.claims.models import BulkSubmission
    from clearbill.clients.models import Client

    _sign_in(browser, desk.owner.user.email)
    pages = {
        "claims list": "/claims/",
        "client page": f"/clients/{Client.objects.filter(practice=desk.practice)[5].pk}",
        "Today": "/today",
    }
    rounds = iter(range(idle_rounds))
    idle = _times(browser, pages, lambda: next(rounds, None) is not None)
    batch_id, action_seconds = _submit_all(browser)
    began = time.monotonic()
    running = BulkSubmission.objects.filter(pk=batch_id, state=BulkSubmission.RUNNING)
    busy = _times(browser, pages, lambda: running.exists() and time.monotonic() - began < LONGEST_SECONDS)
    queued_seconds = time.monotonic() - began
    _check(batch_id, claims)
    print(
        f"month end: {claims:,} claims accepted by one action in {action_seconds:.1f} s and queued in "
        f"{queued_seconds:.0f} s, while {sum(map(len, busy.values()))} pages were asked for"
    )
    return [
        Figure(
            name=f"{page} while {claims:,} claims are queued, {word}",
            ours=1000 * measure(busy[page]),
            denominator=1000 * measure(idle[page]),
            unit="ms",
            goal=GOAL,
            at_least=False,
        )
        for page in pages
        for word, measure in (("median", statistics.median), ("p95", _p95))
    ]


def _times(browser: httpx.Client, pages: dict[str, str], goes_on: Callable[[], bool]) -> Times:
    """Ask for the pages in turn, as a person does with a pause between them, and return how long each took.

    Each is asked for at least twice, so that there is a median and a percentile of it.
    """
    times: Times = {page: [] for page in pages}
    for address in pages.values():
        _page(browser, address)
    while goes_on() or any(len(one) < 2 for one in times.values()):
        for page, address in pages.items():
            start = time.perf_counter()
            _page(browser, address)
            times[page].append(time.perf_counter() - start)
            time.sleep(PAUSE_SECONDS)
    return times


def _page(browser: httpx.Client, address: str) -> str:
    answer = browser.get(address)
    if answer.status_code != 200:
        raise AssertionError(f"{address} must be shown before it is timed, and answers {answer.status_code}.")
    return answer.text


def _sign_in(browser: httpx.Client, email: str) -> None:
    from tests import builders

    wait_until("the pages are served", lambda: _answers(browser))
    form = {"username": email, "password": builders.PASSWORD, "csrfmiddlewaretoken": _token(_page(browser, "/sign-in"))}
    answer = browser.post("/sign-in", data=form)
    if answer.status_code != 302:
        raise AssertionError("The sign-in must succeed.")


def _submit_all(browser: httpx.Client) -> tuple[str, float]:
    """Press the one button, and return the batch's id and how long the answer took."""
    token = _token(_page(browser, "/claims/"))
    start = time.perf_counter()
    answer = browser.post("/claims/submit-ready", data={"confirmed": "yes", "csrfmiddlewaretoken": token})
    return answer.headers["Location"].rpartition("/")[2], time.perf_counter() - start


def _check(batch_id: str, claims: int) -> None:
    from clearbill.claims.models import BulkSubmissionEntry

    queued = BulkSubmissionEntry.objects.filter(batch=batch_id, state=BulkSubmissionEntry.QUEUED).count()
    if queued != claims:
        raise AssertionError(f"All {claims} claims must have been queued, and {queued} were.")


def _answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/sign-in").status_code == 200
    except httpx.TransportError:
        return False


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return found[1] if found else ""


def _p95(times: list[Any]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    for line in run():
        print(line)
