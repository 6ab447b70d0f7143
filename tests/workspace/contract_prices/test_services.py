"""Workspace Settings > Contract prices: entered, followed, ended, withdrawn, loaded and exported; never edited away."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from clearbill.fileformats.lists import price_list as price_files
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace.contract_prices import services
from clearbill.workspace.contract_prices.models import ContractPrice
from tests import builders
from tests.claims.desk import Desk
from tests.fileformats.whole_list import whole_list
from tests.money.follow_up.agreed import JANUARY, agreed
from tests.money.remittances.paying import pounds

pytestmark = pytest.mark.django_db
GOOD = "Insurer,Code,Price,Valid from,Valid to,Visit,Note\nBUPA,ZPHY01,£70,1/1/2026,,First visit,Letter\n"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any, *, code: int = 200) -> str:
    assert answer.status_code == code, answer.getvalue().decode()[:300]
    return str(answer.getvalue().decode())


def typed(**fields: str) -> dict[str, str]:
    return {"insurer_slug": "bupa", "code": "zphy 01", "amount": "£70", "valid_from": "1 Jan 2026", **fields}


def days(code: str = "ZPHY01") -> list[tuple[date, date | None, int]]:
    rows = ContractPrice.objects.filter(code=code, withdrawn_at=None).order_by("valid_from")
    return [(row.valid_from, row.valid_to, int(row.amount)) for row in rows]


def test_without_a_price_the_page_says_what_to_do(browser: Browser) -> None:
    assert "No contract prices yet" in text(browser.get("/settings/prices"))
    assert "Contract prices" in text(browser.get("/settings/"))


def test_a_price_is_entered_and_shown(browser: Browser) -> None:
    page = text(browser.post("/settings/prices/new", typed(description="First visit"), follow=True))
    assert "The price of ZPHY01 holds from 1 Jan 2026." in page
    page = text(browser.get("/settings/prices?insurer=bupa&q=zphy"))
    assert "£70.00" in page
    assert "In force" in page
    assert "No price fits" in text(browser.get("/settings/prices?q=other"))


def test_a_new_price_from_a_day_on_ends_the_old_one(browser: Browser, desk: Desk) -> None:
    old = agreed(desk)
    given = {"amount": "75", "valid_from": "1/12/2026", "note": "New contract"}
    assert "holds from 1 Dec 2026" in text(browser.post(f"/settings/prices/{old.pk}/follow", given, follow=True))
    assert days() == [(JANUARY, date(2026, 11, 30), 70), (date(2026, 12, 1), None, 75)]
    assert AuditEntry.objects.filter(action="ended the contract price").count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "There is a price from 1 Jan 2026 already"),
        ({"valid_from": "1 Dec 2025"}, "The last day of this one can be 31 Dec 2025"),
        ({"valid_from": "1 Feb 2026", "valid_to": "2 Feb 2026"}, "has no last day"),
        ({"valid_from": "1 Feb 2027", "valid_to": "2 Jan 2027"}, "The last day lies before the first"),
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "-3"}, "cannot be negative"),
        ({"valid_from": "1 Jan 2126"}, "between 2000 and 2100"),
        ({"code": "=SUM(A)"}, "only letters and digits"),
        ({"insurer_slug": ""}, "Choose the insurer."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_changes(
    browser: Browser, desk: Desk, fields: dict[str, str], words: str
) -> None:
    agreed(desk)
    page = text(browser.post("/settings/prices/new", typed(**fields)))
    assert words in page
    assert "aria-invalid" in page
    assert days() == [(JANUARY, None, 70)]


def test_amount_and_first_day_are_never_edited(browser: Browser, desk: Desk) -> None:
    row = agreed(desk)
    sent = {"description": "First", "visit": "first", "note": "Mail", "amount": "1", "valid_from": "1/1/2020"}
    assert "The words are saved." in text(browser.post(f"/settings/prices/{row.pk}/describe", sent, follow=True))
    row.refresh_from_db()
    assert (row.amount, row.valid_from, row.visit, row.description) == (70, JANUARY, "first", "First")


def test_a_price_ends_goes_on_and_keeps_out_of_the_way_of_the_next(browser: Browser, desk: Desk) -> None:
    row = agreed(desk)
    end = f"/settings/prices/{row.pk}/end"
    assert "Its last day is 30 Jun 2026." in text(browser.post(end, {"valid_to": "30/6/2026"}, follow=True))
    agreed(desk, amount=80, valid_from=date(2026, 7, 1))
    assert "There is a price from 1 Jul 2026 already" in text(browser.post(end, {"valid_to": ""}))
    assert "before it begins" in text(browser.post(end, {"valid_to": "1/1/2025"}))
    assert days() == [(JANUARY, date(2026, 6, 30), 70), (date(2026, 7, 1), None, 80)]


def test_a_mistake_is_withdrawn_with_a_reason_and_brought_back(browser: Browser, desk: Desk) -> None:
    row = agreed(desk, amount=700)
    withdraw, back = f"/settings/prices/{row.pk}/withdraw", f"/settings/prices/{row.pk}/bring-back"
    assert "Say what is wrong with it." in text(browser.post(withdraw, {"reason": ""}))
    assert "Withdrawn on" in text(browser.post(withdraw, {"reason": "Mistyped"}, follow=True))
    right = agreed(desk)
    assert "There is a price from 1 Jan 2026 already" in text(browser.post(back, follow=True))
    services.withdraw(desk.actor(), price=right, reason="Test")
    assert "measured by it again" in text(browser.post(back, follow=True))
    assert days() == [(JANUARY, None, 700)]
    assert "Mistyped" in str(AuditEntry.objects.get(action="withdrew the contract price", subject_id=row.pk).changes)


def test_the_database_itself_refuses_two_prices_from_one_day(desk: Desk) -> None:
    row = agreed(desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractPrice.objects.create(
            practice=desk.practice, insurer_slug="bupa", code="ZPHY01", amount=1, valid_from=date(2027, 1, 1)
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractPrice.objects.filter(pk=row.pk).update(valid_to=date(2025, 1, 1))


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_the_list_and_only_managers_change_it(desk: Desk, role: str) -> None:
    row = agreed(desk)
    browser = builders.signed_in(desk.colleague(role))
    text(browser.get("/settings/prices"))
    text(browser.get("/settings/prices?file=csv"))
    code = 200 if role in {Role.OWNER, Role.ADMINISTRATOR} else 403
    for address in ("/settings/prices/new", f"/settings/prices/{row.pk}"):
        text(browser.get(address), code=code)
    text(browser.get("/settings/prices/load"), code=302 if code == 200 else 403)
    for step in ("describe", "follow", "end", "withdraw", "bring-back"):
        assert (browser.post(f"/settings/prices/{row.pk}/{step}", {}).status_code == 403) == (code == 403)


def test_another_practice_finds_nothing(desk: Desk) -> None:
    row = agreed(desk)
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    text(stranger.get(f"/settings/prices/{row.pk}"), code=404)
    for step in ("describe", "follow", "end", "withdraw", "bring-back"):
        text(stranger.post(f"/settings/prices/{row.pk}/{step}", {"reason": "x"}), code=404)
    assert "ZPHY01" not in text(stranger.get("/settings/prices"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_list_is_read_however_it_was_saved(encoding: str, delimiter: str) -> None:
    content = GOOD.replace(",", delimiter).encode(encoding)
    found = whole_list(price_files.read_prices, content)
    assert not found.faults, found.faults
    (row,) = found.rows
    assert row.details == {
        "insurer_slug": "bupa",
        "code": "ZPHY01",
        "amount": pounds(70),
        "valid_from": JANUARY,
        "valid_to": None,
        "visit": "first",
        "note": "Letter",
        "description": "",
    }


def test_a_file_of_prices_is_brought_as_every_file_is(browser: Browser) -> None:
    assert browser.get("/settings/prices/load")["Location"] == "/settings/imports?kind=prices"


@pace(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_fault_of_ours(content: bytes) -> None:
    found = whole_list(price_files.read_prices, content)
    assert found.rows or found.faults or found.questions


def test_what_is_exported_loads_again_and_holds_no_formula(browser: Browser, desk: Desk) -> None:
    agreed(desk, note="=cmd()", visit="follow-up", description="@first")
    answer = browser.get("/settings/prices?file=csv")
    content = answer.getvalue().decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(content)))
    assert (row["note"], row["description"], row["price"]) == ("'=cmd()", "'@first", "70.00")
    [again] = whole_list(price_files.read_prices, content.encode()).rows
    told = [again.details[name] for name in ("note", "description", "visit", "amount")]
    assert told == ["=cmd()", "@first", "follow-up", 70]
