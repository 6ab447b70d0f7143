"""The page while the database is away: clear, kept small, and nothing that was typed is lost."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client as Browser

from clearbill.backups.folder_lock import RestoreUnderWay
from clearbill.clients.models import Client
from tests import builders

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
TYPED = {"first_name": "Zoë", "last_name": "O’Kept", "notes": "first line\nsecond <line>"}


class Hidden(HTMLParser):
    """The hidden fields of a page’s form, and where it goes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.to = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.to = given["action"]
        if given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]


@pytest.fixture
def desk():
    return builders.member(builders.practice(), email="rosa@example.org")


@pytest.fixture
def browser(desk):
    found = builders.signed_in(desk)
    found.raise_request_exception = False
    return found


def failing(fault, *, words=""):
    """Fail each statement that has these words in it."""

    def run(execute, sql, params, many, context):
        if words in sql:
            raise fault
        return execute(sql, params, many, context)

    return connection.execute_wrapper(run)


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), InterfaceError("connection already closed")])
def test_what_was_typed_is_in_the_page_and_can_be_sent_again(browser, fault):
    with failing(fault, words="INSERT INTO"):
        answer = browser.post("/clients/new", TYPED, headers={"Origin": HERE})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Nothing was saved." in page
    assert "locked" not in page
    form = Hidden(page)
    assert form.to == "/clients/new"
    assert {name: form.fields[name] for name in TYPED} == TYPED
    assert not Client.objects.exists()
    saved = browser.post(form.to, form.fields)
    assert saved.status_code == 302
    assert Client.objects.get().last_name == "O’Kept"


@pytest.mark.parametrize("path", ["/", "/today", "/clients/new?again=yes", "/nothing"])
def test_a_page_says_so_without_asking_the_database_for_anything(browser, path):
    with failing(OperationalError("the server closed the connection")):
        answer = browser.get(path)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "cannot use its database just now" in page
    assert f'href="{path}">Try again' in page
    assert "Nothing was saved" not in page


def test_a_restore_under_way_is_named(browser):
    with failing(RestoreUnderWay()):
        assert "A backup is being restored" in browser.get("/today").content.decode()


def test_a_password_is_never_put_into_the_page(browser, desk):
    given = {"username": desk.user.email, "password": builders.PASSWORD}
    with failing(OperationalError("away")):
        signing_in = Browser(raise_request_exception=False).post("/sign-in", given, headers={"Origin": HERE})
        changing = browser.post("/account/password", {"old_password": "old-and-kept"}, headers={"Origin": HERE})
    for answer, secret in [(signing_in, builders.PASSWORD), (changing, "old-and-kept")]:
        page = answer.content.decode()
        assert answer.status_code == 503
        assert secret not in page
        assert "Go back, and send it again" in page


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
def test_what_another_site_sent_is_not_offered_to_be_sent(browser, origin):
    with failing(OperationalError("away")):
        answer = browser.post("/clients/new", TYPED, headers={"Origin": origin} if origin else {})
    assert "O’Kept" not in answer.content.decode()
    assert "Send it again" not in answer.content.decode()


def test_another_fault_is_not_blamed_on_the_database(browser):
    with failing(ZeroDivisionError("ours"), words="clients_client"):
        answer = browser.get("/clients/")
    assert answer.status_code == 500
    assert "Clearbill could not do that" in answer.content.decode()
