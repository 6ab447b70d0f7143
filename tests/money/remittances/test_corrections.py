"""A payment that the insurer tells otherwise later: bills that go, come or cannot be taken back, and who sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.claims.core import services
from clearbill.clearinghouse.remittance import RemittanceClaim
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances import corrections
from clearbill.money.remittances.models import ClaimPayment, PaymentCorrection, Remittance
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.desk import Desk, status
from tests.imports.remittance_files.importing_files import bring, csv_file, row, take_in, text
from tests.money.remittances.paying import summary, told
from tests.money.remittances.test_allocation import books, collected
from tests.money.remittances.test_two_payers import fetch

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def told_again(desk: Desk, amount: int, *claims: RemittanceClaim) -> None:
    """Healthcode announces the payment, or days later tells it otherwise, and the worker asks."""
    desk.wait(days=3)
    fetch(desk)
    desk.wait(hours=7)
    known = Remittance.objects.first()
    announced = replace(summary("PAY1", amount), created_at=known.announced_at if known else desk.now)
    desk.house.add_remittance(announced, claims, corrected_at=desk.now)
    fetch(desk)


def test_a_bill_that_is_no_longer_named_is_taken_off_and_one_that_is_new_is_put_to_its_claim(desk: Desk) -> None:
    stays, goes, comes = collected(desk), collected(desk), collected(desk)
    told_again(desk, 140, told(stays), told(goes))
    assert [status(claim) for claim in (stays, goes, comes)] == [Status.PAID, Status.PAID, Status.COLLECTED]
    told_again(desk, 140, told(stays), told(comes))
    assert [status(claim) for claim in (stays, goes, comes)] == [Status.PAID, Status.COLLECTED, Status.PAID]
    assert [books(claim)[0] for claim in (stays, goes, comes)] == [70, 0, 70]
    correction = PaymentCorrection.objects.get()
    assert [(one["invoice_number"], one["paid_before"], one["paid"]) for one in correction.bills] == [
        (goes.number, "70.00", "0.00"),
        (comes.number, "0.00", "70.00"),
    ]
    aside = ClaimPayment.objects.get(invoice_number=goes.number)
    assert (aside.state, aside.aside_reason, aside.paid) == (ClaimPayment.SET_ASIDE, corrections.NOT_NAMED, 0)


def test_what_cannot_be_taken_back_stays_and_is_said_once_until_it_can(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    told_again(desk, 0, told(claim, "0", short=70))
    follow_on = services.create_follow_on(desk.actor(), invoice=Invoice.objects.get(pk=claim.invoice_id))
    for _ in range(2):
        told_again(desk, 0, told(claim, "0", short=50))
        assert books(claim) == (0, 0, 0, 70)
    correction = PaymentCorrection.objects.get()
    assert "Cancel that one first" in correction.bills[0]["refused"]
    assert "Not yet: Another claim" in browser.get(f"/money/payments/{correction.remittance_id}").content.decode()
    services.cancel(desk.actor(), claim=follow_on)
    told_again(desk, 0, told(claim, "0", short=50))
    assert books(claim) == (0, 50, 0, 20)
    assert PaymentCorrection.objects.count() == 2


def test_a_person_sees_a_correction_on_money_and_today_until_they_say_so(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    told_again(desk, 70, told(claim))
    assert "Corrected by the insurer" not in browser.get("/money/").content.decode()
    told_again(desk, 50, told(claim, "50", short=20))
    assert "£70.00 became £50.00" in text(browser.get("/money/"))
    assert "corrected by the insurer" in browser.get("/today").content.decode()
    correction = PaymentCorrection.objects.get()
    address = f"/money/corrections/{correction.pk}/seen"
    assert builders.signed_in(desk.colleague(Role.PRACTITIONER)).post(address).status_code == 403
    assert builders.signed_in(builders.member(builders.practice())).post(address).status_code == 404
    for _ in range(2):
        page = browser.post(address, follow=True).content.decode()
        assert "Corrections by the insurer" in page
        assert "I have seen this" not in page
    assert "became £50.00" not in text(browser.get("/money/"))
    assert "corrected by the insurer" not in browser.get("/today").content.decode()
    assert AuditEntry.objects.filter(action="saw the correction of a payment").count() == 1


def test_rows_of_a_bill_from_a_file_give_way_to_the_bill_as_a_whole(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(*(row(claim, reference="PAY1", paid=paid, claimed="35.00") for paid in ("30.00", "15.00"))))
    take_in(browser)
    assert books(claim)[0] == 45
    told_again(desk, 45, told(claim, "45"))
    assert books(claim)[0] == 45


def test_an_older_payment_is_asked_about_again_because_only_changed_ones_are_told_again(desk: Desk) -> None:
    claim = collected(desk)
    announced = desk.now
    desk.house.add_remittance(replace(summary("PAY1", 70), created_at=announced), [told(claim, "50", short=20)])
    fetch(desk)
    assert books(claim) == (50, 20, 0, 0)
    remittance = Remittance.objects.get()
    same = replace(summary("PAY1", 70), created_at=announced)
    assert not corrections.may_be_corrected(remittance, same, since=announced)
    assert corrections.may_be_corrected(remittance, replace(same, amount=same.amount - 1), since=announced)
    desk.wait(hours=1)
    assert corrections.may_be_corrected(remittance, same, since=desk.now)
