"""Where the money is: each pound that is owed is in one place, whatever happened to its invoice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing import queries
from clearbill.invoicing.claimed.outstanding import PLACES, Place, outstanding, owed_sum
from clearbill.invoicing.models import Invoice
from clearbill.invoicing.queries import InvoiceFilter
from clearbill.people.models import Practice
from clearbill.web.today.queries import money_by_place
from tests import builders
from tests.examples import examples

pytestmark = pytest.mark.django_db

PENCE = st.integers(0, 7_000).map(lambda pence: Decimal(pence) / 100)
NONE = "no claim"


@dataclass(frozen=True)
class Story:
    """What happened to one invoice of £70.00, and what the client was asked for of it and paid of that."""

    status: str
    is_clients: bool
    is_void: bool
    paid: Decimal
    short: Decimal
    written_off: Decimal
    credited: Decimal
    asked: Decimal
    share_paid: Decimal


STORIES = st.builds(
    Story,
    status=st.sampled_from([NONE, *(status.value for status in Status)]),
    is_clients=st.booleans(),
    is_void=st.booleans(),
    paid=PENCE,
    short=PENCE | st.just(Decimal(0)),
    written_off=PENCE | st.just(Decimal(0)),
    credited=PENCE | st.just(Decimal(0)),
    asked=PENCE | st.just(Decimal(0)),
    share_paid=PENCE,
)


@pytest.fixture
def practice() -> Practice:
    return builders.practice()


def claim(invoice: Invoice, status: str, *, is_current: bool = True) -> Claim:
    return Claim.objects.create(
        practice=invoice.practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug=invoice.insurer_slug,
        status=status,
        is_current=is_current,
        bill={},
        practitioner=invoice.practitioner,
        net_total=invoice.net_total,
        status_at=builders.NOW,
    )


def tell(practice: Practice, story: Story) -> None:
    """Make the invoice of the story, with the client's share of it where one was asked."""
    invoice = builders.invoice(
        practice,
        insurer_slug="" if story.is_clients else "bupa",
        paid_total=story.paid,
        short_total=story.short,
        written_off_total=story.written_off,
        credited_total=story.credited,
        voided_at=builders.NOW if story.is_void else None,
    )
    if story.status != NONE and not story.is_clients:
        claim(invoice, story.status)
    if story.asked and not story.is_clients and not story.is_void:
        builders.invoice(
            practice,
            client=invoice.client,
            insurer_slug="",
            share_of=invoice,
            gross_total=story.asked,
            net_total=story.asked,
            paid_total=min(story.share_paid, story.asked),
        )


def owed(practice: Practice) -> Decimal:
    """What is owed by the books alone: of each invoice what is open and short, a share once, what was paid too much
    not."""
    total = Decimal(0)
    rows = list(Invoice.objects.filter(practice=practice, voided_at=None))
    for row in rows:
        asked = sum((one.net_total - one.credited_total for one in rows if one.share_of_id == row.pk), Decimal(0))
        left, short = max(row.open_total, Decimal(0)), max(row.short_total, Decimal(0))
        total += max(left - max(asked - short, Decimal(0)), Decimal(0)) + max(short - asked, Decimal(0))
    return total


@given(stories=st.lists(STORIES, max_size=8), visits=st.integers(0, 2))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_places_of_money_add_up_to_what_is_owed(practice: Practice, stories: list[Story], visits: int) -> None:
    with transaction.atomic():
        for story in stories:
            tell(practice, story)
        for _ in range(visits):
            builders.appointment(practice, state=Appointment.COMPLETED)
        found = money_by_place(practice, on=builders.TODAY)
        assert found["together"] == owed(practice) + 70 * visits
        listed = [row.pk for place in PLACES for row in queries.listed(practice, InvoiceFilter(place=place))]
        assert len(listed) == len(set(listed)), "one invoice is in two places"
        for place in PLACES:
            rows = queries.listed(practice, InvoiceFilter(place=place))
            assert queries.summary(rows) == {
                "count": found["places"][place]["count"],
                "amount": found["places"][place]["amount"],
            }
        assert sum(bar["total"] for bar in found["insurers"]) == found["total"]
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("status", "place"),
    [
        (NONE, Place.NO_CLAIM),
        (Status.CANCELLED, Place.NO_CLAIM),
        (Status.CREATED, Place.PRACTICE),
        (Status.REJECTED, Place.PRACTICE),
        (Status.DECLINED, Place.PRACTICE),
        (Status.SUBMITTED, Place.HEALTHCODE),
        (Status.UNKNOWN, Place.HEALTHCODE),
        (Status.AWAITING_COLLECTION, Place.INSURERS),
        (Status.COLLECTED, Place.INSURERS),
        (Status.PART_PAID, Place.INSURERS),
        (Status.PAID, Place.INSURERS),
    ],
)
def test_an_invoice_to_an_insurer_is_with_whoever_has_its_claim(practice: Practice, status: str, place: Place) -> None:
    invoice = builders.invoice(practice)
    if status != NONE:
        claim(invoice, status)
    assert [row.place for row in outstanding(practice)] == [place]


def test_a_claim_that_another_replaced_says_nothing_about_where_the_money_is(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    claim(invoice, Status.COLLECTED, is_current=False)
    assert [row.place for row in outstanding(practice)] == [Place.NO_CLAIM]


def test_what_the_client_was_asked_for_beforehand_is_owed_by_the_client_alone(practice: Practice) -> None:
    invoice = builders.invoice(practice)
    share = Decimal("20.00")
    builders.invoice(
        practice, client=invoice.client, insurer_slug="", share_of=invoice, gross_total=share, net_total=share
    )
    sums = {place: owed_sum(outstanding(practice).filter(place=place)) for place in PLACES}
    assert sums[Place.NO_CLAIM] == Decimal("50.00")
    assert sums[Place.CLIENTS] == Decimal("20.00")


def test_what_is_paid_void_or_another_practices_is_owed_nowhere(practice: Practice) -> None:
    builders.invoice(practice, paid_total=Decimal("70.00"))
    builders.invoice(practice, voided_at=builders.NOW)
    builders.invoice(builders.practice("Beech Rooms"))
    assert not outstanding(practice)
