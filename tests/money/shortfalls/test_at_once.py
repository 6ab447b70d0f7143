"""Two tabs, a double click, two people at once: one invoice, one write-off. Real threads, a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clearbill.bill.problem import Refused
from clearbill.invoicing.models import Invoice, LedgerEntry
from clearbill.money.shortfalls import excess, services
from clearbill.money.shortfalls.models import Letter
from tests import builders
from tests.claims.at_once import at_once, real_database
from tests.claims.desk import Desk
from tests.money.remittances.paying import pounds
from tests.money.remittances.test_allocation import collected
from tests.money.shortfalls.falling_short import ask, books, card, give_up, short

__all__ = ["real_database"]
AT_ONCE = 4
both = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(real_database: None) -> Desk:
    return Desk()


def failures(results: list[Any]) -> list[Any]:
    """Whatever came of the acts that is not a plain refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]


@both
def test_several_tabs_make_one_invoice_to_the_patient(desk: Desk) -> None:
    claim = short(desk)
    results = at_once(*[lambda: ask(desk, claim)] * AT_ONCE)
    assert not failures(results)
    assert [isinstance(one, Invoice) for one in results].count(True) == 1
    assert Invoice.objects.get(share_of=claim.invoice_id).net_total == pounds(20)


@both
def test_a_double_click_makes_one_invoice_and_both_are_shown_it(desk: Desk) -> None:
    claim = short(desk)
    browsers = [builders.signed_in(desk.owner) for _ in range(AT_ONCE)]
    given = {"of": card(claim).deductions[0].token, "amount": "5", "once": str(Letter().pk)}

    def post(browser: Any) -> Callable[[], Any]:
        return lambda: browser.post(f"/money/shortfalls/{claim.pk}/ask", given, follow=True)

    answers = at_once(*[post(one) for one in browsers])
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert all("made for the patient" in answer.content.decode() for answer in answers)
    assert card(claim).asked == pounds(5)


@both
def test_asking_the_patient_and_writing_off_at_once_never_decide_on_the_same_pound(desk: Desk) -> None:
    claim = short(desk)
    results = at_once(lambda: ask(desk, claim), lambda: give_up(desk, claim), lambda: give_up(desk, claim))
    assert not failures(results)
    assert len([one for one in results if isinstance(one, Refused)]) == 2
    assert (card(claim).left, card(claim).asked_too_much, card(claim).written_off_too_much) == (0, 0, 0)


@both
def test_a_write_off_is_undone_once(desk: Desk) -> None:
    claim = short(desk)
    made = give_up(desk, claim)
    undo = {"claim": claim, "decision": made}
    assert not failures(at_once(*[lambda: services.undo_write_off(desk.actor(), **undo)] * AT_ONCE))
    assert books(claim) == (pounds(50), pounds(20), 0, 0)
    assert LedgerEntry.objects.filter(invoice=claim.invoice_id).exclude(takes_back=None).count() == 2


@both
def test_an_excess_is_taken_once_by_a_double_click(desk: Desk) -> None:
    claim, once = collected(desk), Letter().pk
    take = {"invoice": claim.invoice, "amount": pounds(50), "share_id": once}
    results = at_once(*[lambda: excess.charge(desk.actor(), **take)] * AT_ONCE)
    assert not failures(results)
    assert Invoice.objects.get(share_of=claim.invoice_id).paid_total == pounds(50)
