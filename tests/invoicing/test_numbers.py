"""The numbers of invoices and credit notes: no gaps, none twice, and never more than the ten characters of AXA."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from clearbill.bill.problem import Refused
from clearbill.db.number_sequences import NumberSequence
from clearbill.invoicing import credit_notes, services
from clearbill.invoicing.drafts import InvoiceDraft, LineDraft
from clearbill.invoicing.models import CreditNote, Invoice
from clearbill.people.actor import Actor
from clearbill.people.models import Practice
from clearbill.web.workspace.practice_details import PracticeForm
from tests import builders
from tests.builders import NOW, TODAY
from tests.claims.at_once import at_once, real_database  # noqa: F401

PREFIXES = ["C", "CB", "ZRX", "1A", "99Z"]
LAST_OF_FIVE_DIGITS = 89_999
P = Decimal


def draft(practice: Practice) -> tuple[InvoiceDraft, list[LineDraft]]:
    head = InvoiceDraft(
        client=builders.client(practice, insurer=""), practitioner=builders.practitioner(practice), issued_on=TODAY
    )
    return head, [LineDraft(description="Visit", treated_on=date(2026, 11, 9), unit_price=P("70.00"))]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_number_a_practice_can_come_to_is_short_enough_and_its_own(prefix: str) -> None:
    practice = Practice(name="Any", invoice_prefix=prefix)
    places = [1, 2, LAST_OF_FIVE_DIGITS, LAST_OF_FIVE_DIGITS + 1, 989_999, 990_000, 9_989_999]
    numbers = [services.format_number(practice, place) for place in places]
    assert all(re.fullmatch(r"[A-Z0-9]{2,10}", number) for number in numbers)
    assert [int(number.removeprefix(prefix)) for number in numbers] == [place + 10_000 for place in places]


@pytest.mark.django_db
def test_after_99999_the_numbers_go_on_with_six_digits() -> None:
    practice = builders.practice()
    NumberSequence.objects.create(practice=practice, kind="invoice", next_value=LAST_OF_FIVE_DIGITS)
    made = [
        services.create(Actor(practice, None, NOW), draft=head, lines=lines).number
        for head, lines in [draft(practice), draft(practice)]
    ]
    assert made == ["CB99999", "CB100000"]


@pytest.mark.django_db
def test_a_number_that_would_be_too_long_is_refused_in_words_and_uses_nothing_up() -> None:
    practice = builders.practice(invoice_prefix="ABC")
    NumberSequence.objects.create(practice=practice, kind="invoice", next_value=9_990_000)
    head, lines = draft(practice)
    with pytest.raises(Refused, match="longer than insurers take"):
        services.create(Actor(practice, None, NOW), draft=head, lines=lines)
    assert NumberSequence.objects.get().next_value == 9_990_000
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("ABCD", "3 at most"),
        ("A-", "1 to 3 letters or digits"),
        ("A1", "End it with a letter"),
        ("7", "End it with a letter"),
        ("CN", "credit notes"),
    ],
)
def test_a_prefix_by_which_two_papers_could_have_one_number_is_refused_at_its_field(prefix: str, words: str) -> None:
    form = PracticeForm({"name": "Any", "invoice_prefix": prefix})
    assert words in str(form.errors["invoice_prefix"])
    for good in PREFIXES:
        assert PracticeForm({"name": "Any", "invoice_prefix": good}).is_valid()


def test_no_two_prefixes_that_are_allowed_come_to_the_same_number() -> None:
    places = [1, 99, 1_000, 90_000, 100_001, 1_000_001]
    numbers = [
        services.format_number(Practice(name="Any", invoice_prefix=prefix), place)
        for prefix in [*PREFIXES, "ZZC", "2B"]
        for place in places
    ]
    numbers += [f"CN{credit_notes.FIRST_NUMBER + place}" for place in places]
    assert len(set(numbers)) == len(numbers)


def _all_at_once() -> tuple[list[str], list[str]]:
    """Make invoices, then credit notes of one invoice, eight at the same moment."""
    practice = builders.practice()
    drafts = [draft(practice) for _ in range(8)]

    def invoice(place: int) -> Invoice:
        head, lines = drafts[place]
        return services.create(Actor(practice, None, NOW), draft=head, lines=lines)

    invoices = at_once(*(lambda place=place: invoice(place) for place in range(8)))
    first = Invoice.objects.order_by("number")[0]
    pk = first.lines.get().pk

    def credit() -> CreditNote:
        return credit_notes.create(Actor(practice, None, NOW), invoice=first, amounts={pk: P("10.00")}, reason="Wrong")

    credits = at_once(*[credit] * 8)
    refused = [one for one in credits if isinstance(one, Refused)]
    assert len(refused) == 1  # seventy pounds are seven times ten
    assert Invoice.objects.get(pk=first.pk).open_total == 0
    return sorted(one.number for one in invoices), sorted(one.number for one in credits if one not in refused)


def test_people_at_the_same_moment_leave_no_gap_and_share_no_number(real_database: None) -> None:  # noqa: F811
    invoices, credits = _all_at_once()
    assert invoices == [f"CB{10_001 + place}" for place in range(8)]
    assert credits == [f"CN{10_001 + place}" for place in range(7)]
