"""Money > Expected: seen, let go, asked about, undone; by those who may."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from python_calamine import CalamineWorkbook

from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.money.follow_up.models import Chase, DismissedUnderpayment
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.desk import Desk
from tests.money.follow_up.agreed import agreed, collected, line, paid

pytestmark = pytest.mark.django_db
PAGE = "/money/expected"


@pytest.fixture
def desk() -> Desk:
    """Its pages are asked about the last year, so what happens there happens now."""
    cache.clear()
    desk = Desk()
    desk.now = timezone.now()
    return desk


def billed(desk: Desk) -> Claim:
    """A claim about yesterday's visit."""
    today = dates.today()
    return collected(desk, issued_on=today, treated_on=today - timedelta(days=1))


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any, *, code: int = 200) -> str:
    assert answer.status_code == code, answer.getvalue().decode()[:300]
    return str(answer.getvalue().decode())


def underpaid(desk: Desk, *, by: int = 10, reference: str = "PAY900001") -> Claim:
    claim = billed(desk)
    paid(desk, claim, line(1, 70 - by, short=by), reference=reference)
    return claim


def late(desk: Desk, days: int = 60) -> Claim:
    claim = billed(desk)
    Claim.objects.filter(pk=claim.pk).update(submitted_at=timezone.now() - timedelta(days=days))
    return claim


def dismissal(claim: Claim, **fields: str) -> tuple[str, dict[str, str]]:
    return f"{PAGE}/claims/{claim.pk}/lines/1/dismiss", {"missing": "10.00", "reason": "Too small", **fields}


def test_an_empty_practice_is_told_what_to_do(desk: Desk, browser: Browser) -> None:
    assert "Enter contract prices" in text(browser.get(PAGE))
    assert "Nothing is late" in text(browser.get(f"{PAGE}?show=late"))
    assert "No contract prices yet" in text(browser.get(f"{PAGE}?show=billed"))
    assert "Nothing to tell yet" in text(browser.get(f"{PAGE}?show=pace"))
    agreed(desk)
    assert "Nothing is underpaid" in text(browser.get(PAGE))
    assert "You bill what was agreed" in text(browser.get(f"{PAGE}?show=billed"))


def test_an_underpaid_line_is_shown_let_go_with_a_reason_and_brought_back(desk: Desk, browser: Browser) -> None:
    agreed(desk)
    claim = underpaid(desk)
    page = text(browser.get(PAGE))
    assert f'href="/claims/{claim.pk}"' in page
    assert "£10.00" in page
    address, fields = dismissal(claim)
    assert "Let go on claim" in text(browser.post(address, fields, follow=True))
    assert claim.number not in text(browser.get(PAGE + "?number=CB"))
    assert "Let go: Too small" in text(browser.get(f"{PAGE}?state=dismissed"))
    back = f"{PAGE}/dismissed/{DismissedUnderpayment.objects.get().pk}/bring-back"
    assert "among the underpaid again" in text(browser.post(back, follow=True))
    assert claim.number in text(browser.get(PAGE))
    assert AuditEntry.objects.filter(subject_id=claim.pk, action__contains="underpayment").count() == 2


@pytest.mark.parametrize(
    ("fields", "words"), [({"reason": " "}, "Say why"), ({"missing": "9.00"}, "has changed meanwhile")]
)
def test_nothing_is_let_go_without_a_reason_or_at_another_amount(
    desk: Desk, browser: Browser, fields: dict[str, str], words: str
) -> None:
    agreed(desk)
    address, sent = dismissal(underpaid(desk), **fields)
    assert words in text(browser.post(address, sent, follow=True))
    assert not DismissedUnderpayment.objects.exists()


def test_a_code_without_a_contract_price_is_told_with_the_way_to_enter_it(desk: Desk, browser: Browser) -> None:
    underpaid(desk)
    page = text(browser.get(PAGE))
    assert "Not measured" in page
    assert "/settings/prices/new?insurer=bupa&amp;code=ZPHY01" in page
    assert 'value="ZPHY01"' in text(browser.get("/settings/prices/new?insurer=bupa&code=ZPHY01"))


def test_the_list_can_be_taken_to_the_insurer_and_names_no_patient(desk: Desk, browser: Browser) -> None:
    agreed(desk)
    claim = underpaid(desk)
    answer = browser.get(f"{PAGE}?file=csv")
    content = answer.getvalue().decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(content)))
    assert (row["Invoice number"], row["Missing"], row["Insurer"]) == (claim.number, "10.00", "BUPA")
    assert "Sample" not in content


@pytest.mark.parametrize("show", ["", "late", "billed"])
def test_each_list_has_both_forms(desk: Desk, browser: Browser, show: str) -> None:
    agreed(desk, amount=80)
    claim = late(desk) if show == "late" else underpaid(desk)
    assert 'details class="menu export' in text(browser.get(f"{PAGE}?show={show}"))
    as_csv = browser.get(f"{PAGE}?show={show}&file=csv").getvalue().decode("utf-8-sig")
    as_excel = browser.get(f"{PAGE}?show={show}&file=xlsx").getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(as_excel)).get_sheet_by_index(0).to_python()
    (header, first) = list(csv.reader(io.StringIO(as_csv)))
    assert (rows[0], len(rows)) == (header, 2)
    assert ("ZPHY01" if show == "billed" else claim.number) in first


def test_the_pages_hold_25_rows_and_turn(desk: Desk, browser: Browser) -> None:
    agreed(desk)
    for number in range(26):
        underpaid(desk, reference=f"PAY9000{number:02}")
    assert "1 to 25 of 26" in text(browser.get(PAGE))
    assert "26 to 26 of 26" in text(browser.get(f"{PAGE}?page=2"))
    assert "26 to 26 of 26" in text(browser.get(f"{PAGE}?page=99999"))
    assert "1 to 25 of 26" in text(browser.get(f"{PAGE}?page=²"))


def test_a_late_claim_is_asked_about_and_the_note_taken_back(desk: Desk, browser: Browser) -> None:
    claim = late(desk)
    address = f"{PAGE}/claims/{claim.pk}/asked"
    assert claim.number in text(browser.get(f"{PAGE}?show=late"))
    assert "What to do next" in text(browser.get(address))
    sent = {"chased_on": dates.show(dates.today()), "again_on": "", "note": "Ida at BUPA: will look"}
    page = text(browser.post(address, sent, follow=True))
    assert "Ida at BUPA" in page
    chase = Chase.objects.get()
    assert chase.again_on == dates.today() + timedelta(days=14)
    assert claim.number not in text(browser.get(f"{PAGE}?show=late&number=CB"))
    assert claim.number in text(browser.get(f"{PAGE}?show=late&move=asked"))
    assert "Asked on" in text(browser.get(f"/claims/{claim.pk}"))
    assert "Taken back" in text(browser.post(f"{PAGE}/asked/{chase.pk}/take-back", follow=True))
    assert not Chase.objects.exists()


@pytest.mark.parametrize(
    ("days", "again", "words"),
    [
        (1, None, "still to come"),
        (-400, None, "more than a year ago"),
        (0, 0, "must be after"),
        (0, 400, "must be after"),
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(
    desk: Desk, browser: Browser, days: int, again: int | None, words: str
) -> None:
    today = dates.today()
    sent = {"chased_on": dates.show(today + timedelta(days=days))}
    sent |= {} if again is None else {"again_on": dates.show(today + timedelta(days=again))}
    assert words in text(browser.post(f"{PAGE}/claims/{late(desk).pk}/asked", sent))
    assert not Chase.objects.exists()


@pytest.mark.parametrize(
    ("insurer", "status", "words"),
    [
        ("bupa", Status.COLLECTED, "Not known yet: BUPA has made fewer than 5 payments"),
        (
            "axa-health",
            Status.COLLECTED,
            "AXA Health asks for 30 days from the invoice date before questions; expected by",
        ),
        ("bupa", Status.PAID, None),
        ("bupa", Status.REJECTED, None),
    ],
)
def test_the_claim_page_says_when_the_payment_is_expected(
    desk: Desk, browser: Browser, insurer: str, status: Status, words: str | None
) -> None:
    claim = billed(desk)
    Claim.objects.filter(pk=claim.pk).update(status=status, insurer_slug=insurer)
    page = text(browser.get(f"/claims/{claim.pk}"))
    assert (words in page) if words else ("<dt>Payment</dt>" not in page)


def test_how_fast_they_pay_is_told_in_figures_and_a_picture_with_its_table(desk: Desk, browser: Browser) -> None:
    agreed(desk)
    for number in range(5):
        claim = billed(desk)
        paid(desk, claim, line(1, 70), reference=f"PAY90000{number}")
        sent = timezone.now() - timedelta(days=400)
        Claim.objects.filter(pk=claim.pk).update(submitted_at=sent)
    page = text(browser.get(f"{PAGE}?show=pace"))
    assert "Late after" in page
    assert "<title" in page
    assert "84 days or more" in page


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_claims_sees_and_only_who_records_money_changes(desk: Desk, role: str) -> None:
    agreed(desk)
    claim = underpaid(desk)
    address, fields = dismissal(claim)
    browser = builders.signed_in(desk.colleague(role))
    if role == Role.ACCOUNTANT:
        assert browser.get(PAGE).status_code == 403
        return
    for show in ("", "?show=late", "?show=billed", "?show=pace", "?show=nothing"):
        text(browser.get(f"{PAGE}{show}"))
    text(browser.get(f"{PAGE}/claims/{claim.pk}/asked"))
    may = role in {Role.OWNER, Role.ADMINISTRATOR, Role.RECEPTIONIST}
    assert ("Let it go" in text(browser.get(PAGE))) == may
    assert browser.post(address, fields).status_code == (302 if may else 403)
    chased = browser.post(f"{PAGE}/claims/{claim.pk}/asked", {"chased_on": dates.show(dates.today())})
    assert chased.status_code == (302 if may else 403)


def test_another_practice_finds_nothing(desk: Desk) -> None:
    agreed(desk)
    claim = underpaid(desk)
    address, fields = dismissal(claim)
    builders.signed_in(desk.owner).post(address, fields)
    chase = Chase.objects.create(
        practice=desk.practice,
        claim=claim,
        chased_on=dates.today(),
        again_on=dates.today() + timedelta(days=1),
        at=desk.now,
        by=desk.owner.user,
    )
    stranger = builders.signed_in(builders.member(builders.practice("Beech Rooms")))
    assert claim.number not in text(stranger.get(PAGE))
    text(stranger.get(f"{PAGE}/claims/{claim.pk}/asked"), code=404)
    for path in (
        address,
        f"{PAGE}/claims/{claim.pk}/asked",
        f"{PAGE}/asked/{chase.pk}/take-back",
        f"{PAGE}/dismissed/{DismissedUnderpayment.objects.get().pk}/bring-back",
    ):
        text(stranger.post(path, fields), code=404)
    assert DismissedUnderpayment.objects.count() == Chase.objects.count() == 1
