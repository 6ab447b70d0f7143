"""The front door and the pages for when something is not there."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from django.test import Client as Browser

from clearbill.config.logs import WithoutRequest
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return builders.member(builders.practice(), email="rosa@example.org")


def test_the_front_leads_to_the_sign_in_and_that_says_what_clearbill_is(member):
    answer = Browser().get("/", follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/sign-in"
    assert "Bill UK private medical insurers through Healthcode" in text
    assert "Nothing here reaches an insurer." in text


def test_the_front_leads_to_today_for_somebody_signed_in(member):
    assert builders.signed_in(member).get("/")["Location"] == "/today"


@pytest.mark.parametrize("path", ["/nothing", "/clients/not-an-id", "/%00", "/today/x", "/settings/%F0%9F%98%80"])
def test_an_address_that_is_not_there_gets_a_sentence(member, path):
    for browser, way_out in ((Browser(), "Go to the sign-in"), (builders.signed_in(member), "Go to Today")):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()
        assert way_out in answer.content.decode()


def test_a_step_of_a_form_opened_as_a_page_says_so(member):
    answer = builders.signed_in(member).get("/clients/diagnosis-search")
    assert answer.status_code == 405
    assert "This is not a page" in answer.content.decode()


@pytest.mark.parametrize(
    "ask",
    [
        lambda browser: browser.get("/sign-in", headers={"host": "elsewhere.example"}),
        lambda browser: browser.post("/sign-in", {f"field-{number}": "x" for number in range(6000)}),
        lambda browser: browser.post("/sign-in", b"no part at all", content_type="multipart/form-data; boundary="),
    ],
    ids=["a name that is not ours", "too many fields", "a form that cannot be read"],
)
def test_a_request_that_makes_no_sense_gets_a_sentence(member, ask):
    for browser in (Browser(), builders.signed_in(member)):
        answer = ask(browser)
        assert answer.status_code == 400
        assert "That did not arrive as it should" in answer.content.decode()


def test_the_icon_that_browsers_ask_for_by_themselves_is_there():
    answer = Browser().get("/favicon.ico", follow=True)
    assert [status for _, status in answer.redirect_chain] == [302]
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert b"<svg" in b"".join(answer.streaming_content)


def test_every_page_forbids_keeping_a_copy(member):
    for path in ("/sign-in", "/nothing", "/set-up"):
        assert Browser().get(path)["Cache-Control"] in {
            "no-store",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        }


@pytest.fixture
def log():
    """What the installation's log would hold, through its own filter."""
    kept, logger = io.StringIO(), logging.getLogger("django.request")
    handler = logging.StreamHandler(kept)
    handler.addFilter(WithoutRequest())
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)


@pytest.mark.parametrize("path", ["/invitations/a-very-secret-link", "/invitations/a-very-secret-link/more"])
def test_a_dead_link_never_puts_its_secret_into_the_log(path, log):
    Browser().get(path)
    Browser().post(path)
    assert log.getvalue() == "404 at /invitations/…\n" * 2


def test_the_log_line_of_a_missing_page_names_status_and_room(rf):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/clients/abc",), None)
    record.status_code, record.request = 404, rf.get("/clients/abc")
    WithoutRequest().filter(record)
    assert record.getMessage() == "404 at /clients/…"


def test_an_endless_recursion_is_logged_by_its_innermost_places() -> None:
    def call_itself() -> None:
        call_itself()

    try:
        call_itself()
    except RecursionError:
        record = logging.LogRecord("clearbill", logging.ERROR, "", 0, "It failed", (), sys.exc_info())
    WithoutRequest().filter(record)
    assert record.getMessage().startswith("It failed [RecursionError at ")
    assert record.getMessage().count("call_itself") == 30
