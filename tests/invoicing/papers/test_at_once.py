"""Several people at one paper at once: each edition has its number once. Real threads, a real database."""

from __future__ import annotations

from typing import Any

import pytest

from clearbill.bill.problem import Refused
from clearbill.clients.models import Client
from clearbill.invoicing import services
from clearbill.invoicing.drafts import draft_of, line_of
from clearbill.invoicing.models import Invoice, IssuedPaper
from clearbill.invoicing.papers import issued
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from tests import builders
from tests.builders import NOW
from tests.claims.at_once import at_once, real_database

__all__ = ["real_database"]
AT_ONCE = 4
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invoice(real_database: None) -> Invoice:
    """An invoice to a client who has moved since it was issued."""
    made = builders.invoice(builders.practice())
    issued.of_invoice(acting(), made)
    Client.objects.update(address_1="New Road 2")
    return made


def acting() -> Actor:
    return Actor(Practice.objects.get(), None, NOW)


def failures(results: list[Any]) -> list[Any]:
    """Whatever came of the acts that is not a plain refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]


def numbers(invoice: Invoice) -> list[int]:
    return [one.edition for one in issued.editions(invoice)]


def test_a_new_edition_is_issued_once(invoice: Invoice) -> None:
    results = at_once(*[lambda: services.reissue(acting(), invoice=invoice)] * AT_ONCE)
    assert not failures(results)
    assert len([one for one in results if isinstance(one, Refused)]) == AT_ONCE - 1
    assert numbers(invoice) == [1, 2]


def test_a_correction_and_a_new_edition_at_once_are_one_after_the_other(invoice: Invoice) -> None:
    def correct() -> None:
        row = Invoice.objects.get()
        lines = [line_of(line) for line in row.lines.all()]
        services.change(acting(), invoice=row, draft=draft_of(row), lines=[*lines, lines[0]])

    results = at_once(correct, lambda: services.reissue(acting(), invoice=invoice))
    assert not failures(results)
    assert numbers(invoice) in ([1, 2], [1, 2, 3])
    assert issued.editions(invoice).latest("edition").page["blocks"][0]["rows"][1]


def test_a_paper_that_several_open_for_the_first_time_is_kept_once(invoice: Invoice) -> None:
    IssuedPaper.objects.all().delete()
    browsers = [builders.signed_in(builders.member(invoice.practice)) for _ in range(AT_ONCE)]
    addresses = [f"/invoices/{invoice.pk}/pdf", f"/invoices/statements/{invoice.client_id}/pdf"]
    for address in addresses:
        answers = at_once(*[lambda one=one, at=address: one.get(at) for one in browsers])
        assert [answer.status_code for answer in answers] == [200] * AT_ONCE
        assert len({answer.content for answer in answers}) == 1
    assert IssuedPaper.objects.count() == len(addresses)
