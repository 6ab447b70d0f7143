from __future__ import annotations

import html
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clearbill.appointments.models import Appointment
from clearbill.bill.problem import Refused
from clearbill.invoicing import credit_notes, services
from clearbill.invoicing.claimed.repeats import repeats
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft, line_for
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.workspace.pricing import PriceBook
from tests import builders
from tests.builders import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


def by_hand(visit: Appointment, **fields: Any) -> Invoice:
    """An invoice of the visit's treatment that does not name the visit, as it is typed in."""
    given = {"description": "By hand", "item_code": "zphy01 ", "treated_on": date(2026, 11, 9), **fields}
    draft = InvoiceDraft(client=visit.client, practitioner=visit.practitioner, issued_on=TODAY)
    line = LineDraft(unit_price=Decimal("70.00"), **given)
    return services.create(Actor(visit.practice, None, NOW), draft=draft, lines=[line])


def of_visit(visit: Appointment) -> Invoice:
    return services.invoice_appointments(Actor(visit.practice, None, NOW), appointments=[visit])


def numbers(invoice: Invoice) -> list[str]:
    return [one.other.number for one in repeats(invoice)]


def test_an_invoice_by_hand_and_one_of_the_visit_repeat_each_other(practice: Practice) -> None:
    visit = builders.appointment(practice)
    first = by_hand(visit)
    second = of_visit(visit)
    assert (numbers(first), numbers(second)) == ([second.number], [first.number])


@pytest.mark.parametrize("other", [{"treated_on": date(2026, 11, 8)}, {"item_code": "ZPHY02"}])
def test_another_day_or_code_is_another_treatment(practice: Practice, other: dict[str, Any]) -> None:
    visit = builders.appointment(practice)
    by_hand(visit, **other)
    assert numbers(of_visit(visit)) == []


def test_what_is_void_or_credited_asks_for_nothing(practice: Practice) -> None:
    visit, actor = builders.appointment(practice), Actor(practice, None, NOW)
    void, credited = by_hand(visit), by_hand(visit)
    services.void(actor, invoice=void, reason="Twice")
    line = credited.lines.get()
    credit_notes.create(actor, invoice=credited, amounts={line.pk: Decimal("70.00")}, reason="Twice")
    assert numbers(of_visit(visit)) == []


def test_another_client_of_the_same_day_is_no_repeat(practice: Practice) -> None:
    by_hand(builders.appointment(practice))
    assert numbers(of_visit(builders.appointment(practice))) == []


def test_a_visit_of_another_client_is_not_invoiced(practice: Practice) -> None:
    visit, other = builders.appointment(practice), builders.client(practice)
    draft = InvoiceDraft(client=other, practitioner=visit.practitioner, issued_on=TODAY)
    with pytest.raises(Refused, match="another client’s"):
        services.create(Actor(practice, None, NOW), draft=draft, lines=[line_for(visit, "", PriceBook(practice))])


def test_the_page_warns_when_the_second_one_is_made_and_keeps_saying_so(practice: Practice) -> None:
    visit = builders.appointment(practice)
    first = by_hand(visit)
    browser = builders.signed_in(builders.member(practice))
    answer = browser.post(f"/invoices/from-appointment/{visit.pk}", follow=True)
    text = html.unescape(answer.content.decode())
    assert f"the treatment of 9 Nov 2026 is also billed on invoice {first.number}" in text
    again = html.unescape(browser.get(f"/invoices/{first.pk}").content.decode())
    assert "A treatment on this invoice is billed elsewhere too" in again


def test_invoices_made_together_warn_as_well(practice: Practice) -> None:
    visit = builders.appointment(practice)
    first = by_hand(visit)
    browser = builders.signed_in(builders.member(practice))
    text = browser.post("/invoices/unbilled", {"visit": [str(visit.pk)]}, follow=True).content.decode()
    assert f"is also billed on invoice {first.number}" in text
