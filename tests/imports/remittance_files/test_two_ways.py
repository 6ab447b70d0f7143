"""One payment in every form that the stand-in gives: fetched, as XML, as CSV. Whatever comes second changes nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import httpx
import pytest

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances import poll
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.encryption import encrypt
from clearbill.workspace.models import HealthcodeConnection
from tests import builders, patience
from tests.claims.desk import status
from tests.imports.remittance_files.importing_files import answer, bring, take_in, text, upload
from tests.journeys.conftest import Journey, journey, sandbox  # noqa: F401

SCENARIOS = ("SIM-PAID", "SIM-PART", "SIM-DENIED", "SIM-WRONGINV")


def file_of(journey: Journey, ending: str) -> bytes:  # noqa: F811
    """The one payment of the stand-in as it is downloaded from its page."""
    answer = httpx.get(f"{journey.address}/payments/1/remittance.{ending}", timeout=patience.SECONDS)
    answer.raise_for_status()
    return answer.content


class Desktop:
    """Somebody who brings one payment by each way."""

    def __init__(self, journey: Journey) -> None:  # noqa: F811
        self.journey = journey
        self.browser = builders.signed_in(journey.owner)

    def fetch(self) -> str:
        for _ in range(40):
            if not poll.poll_next(now=self.journey.now, house_of=self.journey.house_of):
                return "fetched"
        raise AssertionError("the worker found no end")

    def xml(self) -> str:
        return self._bring("xml")

    def csv(self) -> str:
        return self._bring("csv")

    def _bring(self, ending: str) -> str:
        said = self.bring(file_of(self.journey, ending), f"payment.{ending}")
        return take_in(self.browser) if upload().found.get("good") else said

    def bring(self, content: bytes, name: str = "payment.csv") -> str:
        """Bring a file; where its dates can be read in two ways, the day comes first."""
        said = bring(self.browser, content, name)
        return answer(self.browser, order="0") if upload().found.get("questions") else said


@pytest.fixture
def paid(journey: Journey) -> Journey:  # noqa: F811
    HealthcodeConnection.objects.update(api_key_id="stand-in-key", rest_api_key_encrypted=encrypt("stand-in-secret"))
    claims = [journey.scenario(name) for name in SCENARIOS]
    journey.work()
    journey.pass_time(days=1)
    journey.work()
    assert [status(claim) for claim in claims] == [Status.COLLECTED] * len(claims)
    journey.pass_time(days=15)
    return journey


def everything() -> tuple[Any, ...]:
    """What is known of the money, but for the words in which a form gives its reasons."""
    return (
        list(Remittance.objects.values_list("insurer_slug", "payment_reference", "paid_on", "amount")),
        sorted(ClaimPayment.objects.values_list("key", "paid", "short", "claimed", "state", "why")),
        sorted(LedgerEntry.objects.values_list("invoice__number", "kind", "amount", "reference", "on")),
        sorted(Invoice.objects.values_list("number", "paid_total", "short_total", "open_total")),
        sorted(Claim.objects.values_list("number", "status")),
    )


@pytest.mark.parametrize("order", list(permutations(("fetch", "xml", "csv"))), ids="-".join)
def test_a_payment_is_one_payment_in_whatever_form_it_comes_first(paid: Journey, order: tuple[str, ...]) -> None:
    desk = Desktop(paid)
    getattr(desk, order[0])()
    first = everything()
    assert len(first[0]) == 1
    assert first[0][0][3] == 190, "paid: 70, 50, nothing, and 70 under a wrong number"
    assert [row[1:] for row in first[4]].count((Status.PAID,)) == 1
    assert [row[4] for row in first[1]].count(ClaimPayment.UNMATCHED) == 1
    for way in order[1:]:
        said = getattr(desk, way)()
        assert way == "fetch" or "Everything in this file is here already" in said
        assert everything() == first
    paid.wait(hours=7)
    desk.fetch()
    assert everything() == first


def test_what_was_wrong_in_a_file_is_brought_by_the_clearing_house(paid: Journey) -> None:
    desk = Desktop(paid)
    content = file_of(paid, "csv").decode()
    damaged = content.replace(",70.00,70.00,", ",70.00,7o.00,", 1)
    assert damaged != content
    assert "3 good, 1 wrong" in desk.bring(damaged.encode())
    take_in(desk.browser)
    assert ClaimPayment.objects.count() == 3
    desk.fetch()
    assert ClaimPayment.objects.count() == 4
    remittance = Remittance.objects.get()
    assert (remittance.amount, remittance.announced_at is not None) == (190, True)
    before = everything()
    assert "Everything in this file is here already" in desk.bring(content.encode())
    assert everything() == before


def test_a_file_that_has_a_row_for_each_line_adds_nothing_to_what_was_fetched(paid: Journey) -> None:
    desk = Desktop(paid)
    desk.fetch()
    before = everything()
    part_paid = Claim.objects.get(status=Status.PART_PAID)
    reference = Remittance.objects.get().payment_reference
    rows = [f"{part_paid.number},{paid_now},{reference},bup" for paid_now in ("10.00", "5.00", "5.00")]
    said = bring(desk.browser, "\n".join(["Invoice,Paid,Payment ref,Insurer", *rows]).encode())
    assert "Everything in this file is here already" in said
    assert "as Healthcode told it" in said
    assert everything() == before


def test_the_stand_ins_xml_is_told_to_be_a_test(paid: Journey) -> None:
    desk = Desktop(paid)
    bring(desk.browser, file_of(paid, "xml"), "payment.xml")
    assert "A test message" in text(desk.browser.get(f"/money/import/{upload().pk}"))
