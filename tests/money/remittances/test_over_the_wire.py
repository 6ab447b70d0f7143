"""What insurers pay, fetched from the stand-in over HTTP: without the larger subscription, and corrected later."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances import poll, queries
from clearbill.money.remittances.models import ClaimPayment, PaymentCorrection, Remittance, RemittancePoll
from clearbill.people.encryption import encrypt
from clearbill.workspace.models import HealthcodeConnection
from healthcode_sandbox import server
from healthcode_sandbox.rest import endpoints
from tests import builders
from tests.claims.desk import status
from tests.journeys.conftest import Journey, journey, sandbox
from tests.money.remittances.test_allocation import books
from tests.sandbox.remittances import subscribe

__all__ = ["journey", "sandbox"]

DETAIL, ONE = "search_remittance_detail_advanced_endpoint", "get_remittance_endpoint"


@pytest.fixture
def story(journey: Journey) -> Journey:
    """A practice whose connection may ask what was paid."""
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    return journey


def fetch(story: Journey) -> None:
    for _ in range(40):
        if not poll.poll_next(now=story.now, house_of=story.house_of):
            return
    raise AssertionError("the worker found no end")


def paid(story: Journey, family_name: str = "SIM-PAID") -> Claim:
    """A claim that the insurer has collected and paid; nobody has fetched that yet."""
    claim = story.scenario(family_name)
    story.work()
    story.pass_time(days=1)
    story.work()
    assert status(claim) == Status.COLLECTED
    story.pass_time(days=15)
    return claim


def correct(story: Journey, amount: str) -> None:
    (one,) = story.bills()
    story.control(f"bills/{one['ch_claim_no']}/correct", amount=amount, reason="ZSF02")


def problem() -> str:
    return RemittancePoll.objects.get(insurer_slug="bupa").problem


@pytest.mark.parametrize("refusal", ["basic", "no address", "nothing there"])
def test_without_details_the_summary_says_what_was_paid_on_which_bill(
    story: Journey, sandbox: server.Running, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    claim = paid(story)
    if refusal == "basic":
        subscribe(sandbox.house, "basic")
    elif refusal == "no address":
        monkeypatch.delitem(endpoints.DISCOVERY, DETAIL)
    else:
        monkeypatch.setitem(endpoints.DISCOVERY, DETAIL, "/claims/no-such-service")
    fetch(story)
    assert (status(claim), books(claim), problem()) == (Status.PAID, (70, 0, 0, 0), "")
    story.wait(hours=7)
    fetch(story)
    assert (Remittance.objects.count(), ClaimPayment.objects.count(), problem()) == (1, 1, "")


def test_where_the_summary_names_no_bills_the_payment_is_asked_for_alone(
    story: Journey, sandbox: server.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = paid(story)
    subscribe(sandbox.house, "basic")
    told_alone(monkeypatch)
    fetch(story)
    assert (status(claim), books(claim), problem()) == (Status.PAID, (70, 0, 0, 0), "")


def test_a_payment_of_which_no_bills_are_told_is_shown_with_the_way_to_bring_them(
    story: Journey, sandbox: server.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = paid(story)
    subscribe(sandbox.house, "basic")
    told_alone(monkeypatch)
    monkeypatch.setitem(endpoints.DISCOVERY, ONE, "/claims/no-such-service")
    fetch(story)
    assert (status(claim), problem()) == (Status.COLLECTED, "")
    assert [one.amount for one in queries.without_bills(story.practice)] == [70]
    page = builders.signed_in(story.owner).get("/money/").content.decode()
    assert "Payment PAY900001 without its bills" in page


def told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the summaries of the stand-in name no bills; a payment asked for alone does."""
    whole = endpoints._listed
    monkeypatch.setattr(
        endpoints, "_listed", lambda entries, **given: whole([{**one, "detail": []} for one in entries], **given)
    )


@pytest.mark.parametrize("tier", ["pro", "basic"])
def test_a_payment_that_the_insurer_corrects_is_reversed_and_posted_anew_once(
    story: Journey, sandbox: server.Running, tier: str
) -> None:
    claim = paid(story)
    subscribe(sandbox.house, tier)
    fetch(story)
    story.pass_time(days=20)
    fetch(story)
    correct(story, "50.00")
    story.pass_time(hours=7)
    fetch(story)
    short = 20 if tier == "pro" else 0
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, short, 0, 20 - short))
    entries = list(LedgerEntry.objects.order_by("pk").values_list("kind", "amount"))
    assert [amount for kind, amount in entries if kind == LedgerEntry.PAID] == [70, -70, 50]
    (correction,) = queries.new_corrections(story.practice)
    assert (correction.amount_before, correction.amount, correction.changes) == (
        70,
        50,
        [
            {
                "invoice_number": claim.number,
                "paid_before": Decimal(70),
                "paid": Decimal(50),
                "short_before": Decimal(0),
                "short": Decimal(short),
                "refused": "",
            }
        ],
    )
    assert Remittance.objects.get().amount == 50
    for _ in range(3):
        story.pass_time(hours=7)
        fetch(story)
    assert (LedgerEntry.objects.count(), PaymentCorrection.objects.count()) == (len(entries), 1)
    correct(story, "70.00")
    story.pass_time(hours=7)
    fetch(story)
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0, 0))
    assert PaymentCorrection.objects.count() == 2


def test_days_of_which_healthcode_tells_nothing_any_more_are_said_until_they_are_brought(story: Journey) -> None:
    claim = paid(story)
    fetch(story)
    last = RemittancePoll.objects.get(insurer_slug="bupa").fetched_at
    assert last is not None
    story.pass_time(days=89)
    assert missed(story) is None
    story.pass_time(days=31)
    said = (last.date(), last.date() + (story.now - last - poll.LONGEST_LOOK_BACK))
    assert missed(story) == said
    fetch(story)
    assert missed(story) == said
    browser = builders.signed_in(story.owner)
    page = browser.get("/money/").content.decode()
    assert "Days without news from BUPA" in page
    for _ in range(2):
        page = browser.post("/money/missed/bupa/brought", follow=True).content.decode()
        assert "Noted that the missed days are imported." in page
        assert "Days without news" not in page
    assert status(claim) == Status.PAID


def missed(story: Journey) -> object:
    return poll.missed_days(RemittancePoll.objects.get(insurer_slug="bupa"), now=story.now)
