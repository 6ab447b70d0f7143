"""An insurer that paid too much: the pages say so, whose move it is, and how the money goes back."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing import payments
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.bank import auto_match
from clearbill.money.bank.models import BankLine
from clearbill.money.remittances import overpayments
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment, Remittance
from clearbill.people.models import Role
from tests import builders
from tests.builders import TODAY
from tests.claims.desk import Desk, events, status
from tests.imports.remittance_files.importing_files import text
from tests.money.bank import teller
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import books, collected
from tests.money.remittances.test_manual_entry import bill, form

pytestmark = pytest.mark.django_db
SAID = "BUPA paid £70.00 too much"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


@pytest.fixture
def claim(desk: Desk) -> Claim:
    """One that the insurer paid twice, which a person put to it."""
    claim = collected(desk)
    taken_in(desk, told(claim))
    taken_in(desk, told(claim), reference="PAY900002")
    manual.allocate(desk.actor(), advice=ClaimPayment.objects.latest("pk"), claim=claim)
    return claim


def invoice(claim: Claim) -> Invoice:
    return Invoice.objects.get(pk=claim.invoice_id)


def test_claim_invoice_and_payment_say_what_was_paid_too_much_and_whose_move_it_is(
    claim: Claim, browser: Browser
) -> None:
    advice = ClaimPayment.objects.latest("pk")
    for where in (f"/claims/{claim.pk}", f"/invoices/{claim.invoice_id}", f"/money/bills/{advice.pk}"):
        said = text(browser.get(where))
        assert SAID in said
        assert "BUPA’s move." in said
        assert "Record that it was paid back" in said


def test_what_the_practice_pays_back_is_recorded_as_a_payment_and_matched_with_the_banks_line(
    desk: Desk, claim: Claim, browser: Browser
) -> None:
    where = f"/money/type-in?claim={claim.pk}&back=1"
    page = browser.get(where).content.decode()
    assert "Record money paid back to BUPA" in page
    assert f'value="Refund {claim.number}"' in page
    assert 'value="-70.00"' in page
    given = form(bill(claim.number, "-70.00"), payment_reference=f"Refund {claim.number}")
    browser.post(where, given)
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0, 0))
    assert events(claim)[-2:] == ["taken back", "paid"]
    assert SAID not in text(browser.get(f"/invoices/{claim.invoice_id}"))
    on = Remittance.objects.get(amount=-70).paid_on
    teller.taken(desk, teller.csv(f"{on:%d/%m/%Y},Refund {claim.number} Bupa,-70.00"))
    assert auto_match.rematch_next(now=desk.now, house_of=desk.house_of) is False
    assert teller.line("Refund").state == BankLine.MATCHED


def test_a_claim_whose_overpayment_the_insurer_takes_back_stays_paid(desk: Desk, claim: Claim) -> None:
    taken_in(desk, told(claim, -70), reference="PAY900003")
    assert (status(claim), books(claim)) == (Status.PAID, (70, 0, 0, 0))
    assert overpayments.overpayment_on(invoice(claim)) is None
    taken_in(desk, told(claim, -20), reference="PAY900004")
    assert (status(claim), books(claim)) == (Status.PART_PAID, (50, 0, 0, 20))


def test_what_the_patient_paid_too_much_is_the_patients_and_not_the_insurers(
    desk: Desk, claim: Claim, browser: Browser
) -> None:
    payments.record_payment(
        desk.actor(), invoice=invoice(claim), amount=pounds(20), received_on=TODAY, source=LedgerEntry.PATIENT
    )
    found = overpayments.overpayment_on(invoice(claim))
    assert found
    assert found.amount == 70
    said = text(browser.get(f"/invoices/{claim.invoice_id}"))
    assert SAID in said
    assert "Record money paid back" in said


def test_an_invoice_that_is_paid_in_full_or_to_the_client_says_nothing(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    own = builders.invoice(desk.practice, client=builders.client(desk.practice, insurer=""))
    payments.record_payment(desk.actor(), invoice=own, amount=pounds(90), received_on=TODAY, source=LedgerEntry.PATIENT)
    assert overpayments.overpayment_on(invoice(claim)) is None
    assert overpayments.overpayment_on(Invoice.objects.get(pk=own.pk)) is None
    assert "Record money paid back to" not in text(browser.get(f"/money/type-in?claim={claim.pk}&back=1"))


def test_who_may_not_record_money_reads_it_without_the_button(desk: Desk, claim: Claim) -> None:
    reader = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    said = text(reader.get(f"/invoices/{claim.invoice_id}"))
    assert SAID in said
    assert "Record that it was paid back" not in said
