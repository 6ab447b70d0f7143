"""One client through a new policy, a marriage, a move and a rise of prices, treated, invoiced and claimed in any order.

What is billed is what was true on the day of treatment, or somebody was asked; what was given out stays as it was.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clearbill.bill.problem import Refused
from clearbill.claims.core import services, validation
from clearbill.claims.models import Claim
from clearbill.clients import policy_services
from clearbill.clients import services as client_services
from clearbill.clients.models import Client
from clearbill.invoicing import services as invoicing_services
from clearbill.invoicing.drafts import draft_of, line_of
from clearbill.invoicing.models import InvoiceLine, IssuedPaper
from clearbill.workspace import service_rates
from clearbill.workspace.contract_prices import services as contract_prices
from tests import builders
from tests.builders import NOW
from tests.claims.desk import Desk
from tests.examples import examples

FIRST = date(2026, 11, 1)
OWN_PRICE, OWN_CODE = Decimal("70.00"), "ZPHY01"
NAMES = ("Sample", "Married", "Sample-Married", "Alone")


class History:
    """What happens to one client; `value`, 0 to 9, is the day of November that a step is about, or which of its kinds.

    Besides, it keeps by itself what is true on each day: prices and codes in the order in which they were entered.
    """

    def __init__(self) -> None:
        self.desk = Desk()
        self.client = builders.client(self.desk.practice)
        self.service = builders.service(self.desk.practice)
        self.joined = 0
        self.rises: dict[date, tuple[Decimal, str]] = {}
        self.agreed: dict[tuple[str, date], Decimal] = {}
        self.expected: dict[object, tuple[Decimal, str]] = {}
        self.given_out: dict[object, object] = {}
        self.wrong: list[str] = []

    def joins(self, value: int) -> None:
        self.joined += 1
        insurer = ("bupa", "axa-health")[self.joined % 2]
        number = f"ZZ0000010{self.joined}" if insurer == "bupa" else f"AXA-ZZ00010{self.joined}"
        details = {"insurer_slug": insurer, "membership_number": number, "valid_from": _day(value)}
        ends = self.client.policies.filter(valid_to=None).first()
        policy_services.add_policy(self.desk.actor(), client=self.client, details=details, ends=ends)

    def marries(self, value: int) -> None:
        self._change_client(last_name=NAMES[value % len(NAMES)])

    def moves(self, value: int) -> None:
        self._change_client(address_1=f"{value + 2} New Road")

    def prices_rise(self, value: int) -> None:
        rise = Decimal("71.00") + value, f"ZPHY1{value}"
        changed = dict(zip(("price", "isc"), rise, strict=True))
        service_rates.follow(self.desk.actor(), service=self.service, changed=changed, valid_from=_day(value))
        self.rises[_day(value)] = rise

    def agrees(self, value: int) -> None:
        """BUPA agrees to a price for the service's first code."""
        amount = Decimal("60.00") + value
        details = {"insurer_slug": "bupa", "code": OWN_CODE, "amount": amount, "valid_from": _day(value)}
        contract_prices.add(self.desk.actor(), details=details)
        self.agreed["bupa", _day(value)] = amount

    def treat(self, value: int) -> None:
        day = _day(value)
        builders.appointment(
            self.desk.practice,
            client=self.client,
            practitioner=self.desk.practitioner,
            service=self.service,
            starts_at=datetime(day.year, day.month, day.day, 9, tzinfo=NOW.tzinfo),
        )

    def bill(self, _value: int) -> None:
        """Invoice what is not invoiced, and make a claim of each invoice without one."""
        rows = list(self.client.appointments.filter(invoice_lines=None).select_related("service"))
        fresh = Client.objects.get(pk=self.client.pk)
        for visit in rows:
            visit.client = fresh
        made = invoicing_services.invoice_all(self.desk.actor(), appointments=rows).invoices
        for line in InvoiceLine.objects.filter(invoice__in=made).select_related("invoice"):
            truth = self.price_on(line.treated_on, line.invoice.insurer_slug)
            self.expected[line.appointment_id] = truth
            if (line.unit_price, line.item_code) != truth:
                self.wrong.append(f"{line.treated_on}: {line.unit_price} {line.item_code}, not {truth}")
        for invoice in self.client.invoices.filter(claims=None).exclude(insurer_slug=""):
            services.create(self.desk.actor(), invoice=invoice)
        self._keep_papers()

    def note(self, value: int) -> None:
        """Somebody writes a note on every invoice that can still be changed."""
        for invoice in self.client.invoices.all():
            draft, lines = draft_of(invoice), [line_of(row) for row in invoice.lines.all()]
            with suppress(Refused):
                invoicing_services.change(
                    self.desk.actor(), invoice=invoice, draft=replace(draft, note=f"Note {value}"), lines=lines
                )
        self._keep_papers()

    def collect(self, _value: int) -> None:
        for claim in Claim.objects.filter(submitted_at=None):
            with suppress(Refused):
                services.rebuild(self.desk.actor(), claim=claim)

    def submit(self, _value: int) -> None:
        for claim in Claim.objects.filter(submitted_at=None):
            try:
                services.submit(self.desk.actor(), claim_id=claim.pk, house_of=self.desk.house_of)
            except Refused:
                continue
            self.wrong += self._wrong_lines(claim)

    def price_on(self, day: date, insurer: str) -> tuple[Decimal, str]:
        """Return the price and the code of the day for this payer, by what was entered until now."""
        own = max((begins for begins in self.rises if begins <= day), default=None)
        price, code = self.rises[own] if own else (OWN_PRICE, OWN_CODE)
        agreed = max((begins for payer, begins in self.agreed if payer == insurer and begins <= day), default=None)
        return (self.agreed[insurer, agreed] if agreed and code == OWN_CODE else price), code

    def changed_papers(self) -> list[str]:
        """Return the papers on which something else stands than when they were issued."""
        papers = IssuedPaper.objects.filter(pk__in=self.given_out)
        return [one.name for one in papers if one.page != self.given_out[one.pk]]

    def _change_client(self, **details: str) -> None:
        fresh = Client.objects.get(pk=self.client.pk)
        diagnoses = [
            client_services.ChosenDiagnosis(code=row.code, scheme=row.scheme, title=row.title)
            for row in fresh.diagnoses.all()
        ]
        client_services.change(self.desk.actor(), client=fresh, details=details, diagnoses=diagnoses)

    def _keep_papers(self) -> None:
        for paper in IssuedPaper.objects.exclude(pk__in=self.given_out):
            self.given_out[paper.pk] = paper.page

    def _wrong_lines(self, claim: Claim) -> list[str]:
        """Return the lines submitted under another policy than that of their day, or at another price."""
        wrong, bill = [], validation.stored_bill(claim)
        visits = claim.invoice.lines.order_by("position").values_list("appointment", flat=True)
        for line, visit in zip(bill.lines, visits, strict=True):
            day = line.first_date_of_service or FIRST
            valid = [one for one in self.client.policies.all() if one.is_valid_on(day)]
            told = [(one.insurer_slug, one.membership_number) for one in valid]
            if told != [(claim.insurer_slug, bill.cover.registration_number)]:
                wrong.append(f"{day}: {bill.cover.registration_number}, not {told}")
            if (line.net_amount, line.service_code) != self.expected[visit]:
                wrong.append(f"{day}: {line.net_amount} {line.service_code}, not {self.expected[visit]}")
        return wrong


def _day(value: int) -> date:
    return FIRST + timedelta(days=value)


STEPS = [name for name in vars(History) if not name.startswith("_") and name not in ("price_on", "changed_papers")]


def tell(*steps: tuple[str, int]) -> History:
    history = History()
    for name, value in steps:
        with suppress(Refused):
            getattr(history, name)(value)
    return history


@pytest.mark.django_db
def test_a_client_who_changes_insurer_between_two_visits_has_each_billed_to_the_insurer_of_its_day() -> None:
    tell(("treat", 4), ("treat", 8), ("joins", 6), ("bill", 0), ("submit", 0))
    sent = Claim.objects.exclude(submitted_at=None).order_by("treated_on")
    told = [(claim.insurer_slug, validation.stored_bill(claim).cover.registration_number) for claim in sent]
    assert told == [("bupa", "ZZ00000001"), ("axa-health", "AXA-ZZ000101")]


@pytest.mark.django_db
def test_a_rise_from_a_day_on_leaves_the_visits_before_it_alone() -> None:
    history = tell(("treat", 4), ("treat", 8), ("prices_rise", 6), ("agrees", 2), ("bill", 0), ("submit", 0))
    lines = InvoiceLine.objects.order_by("treated_on").values_list("unit_price", "item_code")
    assert list(lines) == [(Decimal("62.00"), "ZPHY01"), (Decimal("77.00"), "ZPHY16")]
    assert history.wrong == []


class AnyOrder(TestCase):
    @given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=14))
    @settings(max_examples=examples(40), deadline=None)
    def test_what_is_billed_is_what_was_true_on_the_day_of_treatment_or_nothing_goes_out(
        self, steps: list[tuple[str, int]]
    ) -> None:
        history = tell(("treat", 5), *steps, ("bill", 0), ("submit", 0))
        assert history.wrong == []
        assert history.changed_papers() == []
