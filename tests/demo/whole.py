"""The demo, loaded at a moment in this process against a stand-in of its own, and what is missing in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from lxml import html

from clearbill.bill import dates
from clearbill.demo import loader
from clearbill.demo.workspace import SIGN_IN
from clearbill.people.models import User
from healthcode_sandbox.server import start
from tests.demo.pages import FIRST_OF, GUIDE, PAGES, one_of_each
from tests.demo.promises import PROMISES, Ask, broken


def faults_at(moment: datetime, *, folder: Path, settings: Any) -> list[str]:
    """Load the demo at this moment, from which the clock goes on, and return what is missing or wrong in it."""
    with time_machine.travel(moment, tick=True):
        with start(data_folder=folder, clock_start=loader.begins_at(timezone.now())) as house:
            settings.HEALTHCODE_SOAP_ENDPOINT = f"{house.address}/HCWebServices/HCWebServices"
            settings.HEALTHCODE_DISCOVERY_URL = f"{house.address}/.well-known/discovery-document.json"
            loader.load(stand_in_address=house.address, now=timezone.now(), say=lambda words: None)
        with as_it_came(folder / "as-it-came.sqlite3") as ask:
            said = [broken(promise, ask, dates.today()) for promise in PROMISES]
            return [*filter(None, said), *_faulty_pages(ask)]


@contextmanager
def as_it_came(file: Path) -> Iterator[Ask]:
    """Give what answers questions about the tests' database as it is now."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as kept:
        connection.connection.backup(kept)
        yield lambda question: kept.execute(question).fetchall()


def _faulty_pages(ask: Ask) -> Iterator[str]:
    browser = Browser()
    browser.force_login(User.objects.get(email=SIGN_IN), backend="django.contrib.auth.backends.ModelBackend")
    wanted = {**dict.fromkeys(PAGES, ""), **dict.fromkeys(one_of_each(ask), "")}
    wanted |= dict.fromkeys(FIRST_OF, "//main//table//tbody//a") | GUIDE
    for path, link in wanted.items():
        answer = browser.get(path)
        if answer.status_code != (404 if path == "/nothing-here" else 200):
            yield f"{path}: {answer.status_code}"
        elif link and not html.fromstring(answer.content).xpath(link):
            yield f"{path}: nothing at {link}"
