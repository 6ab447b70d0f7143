"""An excess taken at the visit, and what becomes of it when the insurer answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from clearbill.bill.problem import Refused
from clearbill.claims.models import Claim
from clearbill.clients.models import Policy
from clearbill.invoicing import credit_notes, payments, services
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.remittances.allocation import manual
from clearbill.money.remittances.models import ClaimPayment
from clearbill.money.shortfalls import excess, manual_deductions
from clearbill.money.shortfalls.models import Letter
from clearbill.people.models import AuditEntry, Role
from tests import builders, migration_history
from tests.builders import TODAY
from tests.claims.desk import Desk
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import collected
from tests.money.shortfalls.falling_short import ask, books, card, deduction, says, short

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def take(desk: Desk, invoice: Invoice, amount: int = 50, **given: Any) -> Invoice:
    return excess.charge(desk.actor(), invoice=invoice, amount=pounds(amount), reference="Card at the desk", **given)


def test_it_is_invoiced_and_paid_at_once(desk: Desk) -> None:
    claim = collected(desk)
    made = take(desk, claim.invoice)
    made.refresh_from_db()
    assert (made.share_of_id, made.paid_total, made.open_total) == (claim.invoice_id, pounds(50), 0)
    assert made.lines.get().description.endswith(": policy excess, taken at the visit")
    assert books(claim) == (0, 0, 0, pounds(70))
    assert (card(claim).taken_at_visit, card(claim).asked_too_much) == (pounds(50), 0)


def test_a_form_sent_twice_takes_it_once(desk: Desk) -> None:
    claim, once = collected(desk), Letter().pk
    assert take(desk, claim.invoice, 10, share_id=once) == take(desk, claim.invoice, 10, share_id=once)
    assert Invoice.objects.filter(share_of=claim.invoice_id).count() == 1


def test_never_more_than_the_invoice_comes_to(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice, 50)
    with pytest.raises(Refused, match=r"Only £20.00"):
        take(desk, claim.invoice, 21)


def test_what_the_insurer_deducts_less_is_to_be_given_back(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice)
    taken_in(desk, says(claim, deduction("ZSF01", 40)))
    now = card(claim)
    assert (now.left, now.asked_too_much) == (0, pounds(10))
    assert now.deductions[0].taken_at_visit == pounds(40)


def test_what_the_insurer_deducts_more_is_asked_of_the_patient(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice, 15)
    taken_in(desk, says(claim, deduction("ZSF01", 20)))
    assert card(claim).left == pounds(5)
    assert ask(desk, claim, amount=5).net_total == pounds(5)
    assert (card(claim).left, card(claim).asked_too_much) == (0, 0)


def test_it_is_not_set_against_what_the_patient_does_not_owe(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice)
    taken_in(desk, says(claim, deduction("ZSF03", 20)))
    now = card(claim)
    assert (now.left, now.asked_too_much) == (pounds(20), pounds(50))
    assert now.states(TODAY) == {"To decide"}


def test_an_insurer_that_pays_in_full_leaves_all_of_it_to_be_given_back(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice)
    taken_in(desk, told(claim))
    assert card(claim).asked_too_much == pounds(50)


def test_after_the_insurer_answered_it_is_a_matter_of_the_card(desk: Desk) -> None:
    with pytest.raises(Refused, match="shortfall card"):
        take(desk, short(desk).invoice)


def left(claim: Claim) -> Decimal | None:
    return Policy.objects.get(client=claim.invoice.client_id).excess_left


def knows(claim: Claim, amount: int) -> Claim:
    """Note on the client's cover how much of the excess is still to pay."""
    Policy.objects.filter(client=claim.invoice.client_id).update(excess_left=pounds(amount))
    return claim


@pytest.mark.parametrize(("known", "taken", "rest"), [(100, 30, 70), (30, 30, 0), (20, 30, 0)])
def test_what_is_taken_is_no_longer_left_of_the_policys_excess(desk: Desk, known: int, taken: int, rest: int) -> None:
    claim, once = knows(collected(desk), known), Letter().pk
    for _ in range(2):
        take(desk, claim.invoice, taken, share_id=once)
    assert left(claim) == pounds(rest)
    entry = AuditEntry.objects.get(action="took the excess")
    assert entry.subject_id == str(claim.invoice.client.policies.get().pk)


def void(desk: Desk, share: Invoice) -> None:
    services.void(desk.actor(), invoice=Invoice.objects.get(pk=share.pk), reason="Not owed after all")


def test_what_the_insurer_deducts_as_excess_is_no_longer_to_pay(desk: Desk) -> None:
    claim = knows(collected(desk), 80)
    taken_in(desk, says(claim, deduction("ZSF01", 25), deduction("ZSF03", 5)))
    assert left(claim) == pounds(55)
    share = ask(desk, claim, amount=25)
    assert left(claim) == pounds(55), "asking for it uses no more of it"
    void(desk, share)
    assert left(claim) == pounds(55), "the insurer still deducts it"
    manual.deallocate(desk.actor(), advice=ClaimPayment.objects.get())
    assert left(claim) == pounds(80)


@pytest.mark.parametrize(("deducted", "rest"), [(40, 30), (55, 25), (60, 20)])
def test_what_was_taken_at_the_visit_and_is_deducted_counts_once(desk: Desk, deducted: int, rest: int) -> None:
    claim = knows(collected(desk), 80)
    share = take(desk, claim.invoice, 50)
    assert left(claim) == pounds(30)
    taken_in(desk, says(claim, deduction("ZSF01", deducted)))
    assert left(claim) == pounds(min(30, rest))
    payments.reverse_payment(desk.actor(), entry=share.entries.get())
    void(desk, share)
    assert left(claim) == pounds(80 - deducted)


def test_an_excess_of_which_the_invoice_is_void_is_to_be_paid_again_until_it_is_restored(desk: Desk) -> None:
    claim = knows(collected(desk), 80)
    share = take(desk, claim.invoice, 55)
    payments.reverse_payment(desk.actor(), entry=share.entries.get())
    assert left(claim) == pounds(25), "it is still asked for"
    void(desk, share)
    assert left(claim) == pounds(80)
    assert AuditEntry.objects.filter(action="gave the excess back").count() == 1
    services.restore(desk.actor(), invoice=Invoice.objects.get(pk=share.pk))
    assert left(claim) == pounds(25)


def test_what_is_credited_of_an_excess_is_to_be_paid_again(desk: Desk) -> None:
    claim = knows(collected(desk), 80)
    share = Invoice.objects.get(pk=take(desk, claim.invoice, 55).pk)
    lines = credit_notes.creditable_lines(share)
    amounts = credit_notes.spread_over_lines(pounds(15), lines)
    credit_notes.create(desk.actor(), invoice=share, amounts=amounts, reason="The insurer deducted less")
    assert left(claim) == pounds(40)


def test_more_taken_than_was_left_gives_back_no_more_than_that(desk: Desk) -> None:
    claim = knows(collected(desk), 20)
    share = take(desk, claim.invoice, 30)
    payments.reverse_payment(desk.actor(), entry=share.entries.get())
    void(desk, share)
    assert left(claim) == pounds(20)


def test_an_excess_that_came_by_letter_counts_and_goes_back_with_the_note(desk: Desk) -> None:
    claim = knows(collected(desk), 80)
    taken_in(desk, told(claim, 50))
    manual_deductions.record_deduction(desk.actor(), claim=claim, amount=pounds(20), words="Policy excess")
    assert left(claim) == pounds(60)
    noted = LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
    manual_deductions.reverse_deduction(desk.actor(), claim=claim, entry=noted)
    assert left(claim) == pounds(80)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_excess_that_was_taken_before_this_was_kept_counts_once() -> None:
    desk = Desk()
    claim = knows(collected(desk), 80)
    take(desk, claim.invoice, 50)
    for target in (("billing", "0014_papers_of_before"), None):
        executor = migration_history.executor()
        executor.migrate([target] if target else executor.loader.graph.leaf_nodes())
    taken_in(desk, says(claim, deduction("ZSF01", 60)))
    assert left(claim) == pounds(20)


def is_offered(claim: Claim) -> bool:
    return excess.is_offered(Invoice.objects.get(pk=claim.invoice_id))


def test_it_is_offered_while_some_is_to_pay_or_nobody_knows(desk: Desk) -> None:
    unknown, known = collected(desk), knows(collected(desk), 30)
    assert is_offered(unknown)
    assert is_offered(known)
    share = take(desk, unknown.invoice, 30)
    take(desk, known.invoice, 20)
    assert not is_offered(unknown), "it was taken, and nobody knows of more"
    assert is_offered(known)
    take(desk, known.invoice, 10)
    assert not is_offered(known)
    payments.reverse_payment(desk.actor(), entry=share.entries.get())
    void(desk, share)
    assert is_offered(unknown)


def test_an_excess_that_nobody_knows_stays_unknown(desk: Desk) -> None:
    claim = collected(desk)
    take(desk, claim.invoice)
    assert left(claim) is None


def test_one_that_is_refused_leaves_it_as_it_was(desk: Desk) -> None:
    claim = knows(collected(desk), 100)
    with pytest.raises(Refused):
        take(desk, claim.invoice, 71)
    assert left(claim) == pounds(100)


@pytest.mark.parametrize(("known", "offered"), [(50, "50.00"), (100, "70.00")])
def test_the_page_offers_what_is_left_and_no_more_than_the_invoice(desk: Desk, known: int, offered: str) -> None:
    claim = knows(collected(desk), known)
    browser = builders.signed_in(desk.owner)
    assert f"£{known}.00 of the policy’s excess is still to pay" in text(browser, f"/invoices/{claim.invoice_id}")
    said = browser.get(f"/money/excess/{claim.invoice_id}").content.decode()
    assert f'value="{offered}"' in said


def test_the_visits_panel_leads_to_it_in_one_click(desk: Desk) -> None:
    claim = knows(collected(desk), 50)
    visit = builders.appointment(desk.practice, client=claim.invoice.client, state="completed")
    browser = builders.signed_in(desk.owner)
    said = text(browser, f"/calendar/{visit.pk}")
    assert "£50.00 still to pay" in said
    assert "take it once the visit is invoiced" in said
    claim.invoice.lines.update(appointment=visit)
    assert f'href="/money/excess/{claim.invoice_id}"' in text(browser, f"/calendar/{visit.pk}")
    reader = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    assert "/money/excess/" not in text(reader, f"/calendar/{visit.pk}")


def text(browser: Browser, address: str) -> str:
    return browser.get(address).content.decode()
