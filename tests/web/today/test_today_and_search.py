"""Today and the search: what they show, whose it is, and that they stay quick."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from clearbill.appointments.models import Appointment
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.invoicing import ledger
from clearbill.money.remittances.models import ClaimPayment, Document, Remittance
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.NOW


@pytest.fixture
def member():
    return builders.member(builders.practice())


def claim(practice, status=Status.CREATED, bill_by_on=None, **given):
    invoice = builders.invoice(practice, **given)
    return Claim.objects.create(
        practice=practice,
        invoice=invoice,
        number=invoice.number,
        insurer_slug="bupa",
        status=status,
        bill={},
        practitioner=invoice.practitioner,
        net_total=Decimal("70.00"),
        treated_on=date(2026, 11, 9),
        status_at=NOW,
        bill_by_on=bill_by_on,
    )


def page(member, path="/today", **post):
    browser = builders.signed_in(member)
    answer = browser.post(path, post) if post else browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def queries(member, path, **post):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        page(member, path, **post)
    return len(caught)


def test_an_empty_practice_is_told_what_to_do_next(member):
    text = page(member)
    assert "Nothing waits for you" in text
    assert "Healthcode is not connected yet" in text
    assert "No insurer owes anything" in text


def test_hardly_any_time_left_comes_before_rejected_and_rejected_before_the_rest(member):
    today = timezone.localdate()
    calm = claim(member.practice, number="CB1", bill_by_on=today + timedelta(days=90))
    rejected = claim(member.practice, Status.REJECTED, number="CB2", bill_by_on=today + timedelta(days=95))
    urgent = claim(member.practice, number="CB3", bill_by_on=today + timedelta(days=1))
    over = claim(member.practice, number="CB4", bill_by_on=today - timedelta(days=1))
    text = page(member)
    places = [text.index(f"/claims/{one.pk}") for one in (over, urgent, rejected, calm)]
    assert places == sorted(places)
    assert ">Over<" in text
    assert "1 day<" in text


def test_the_counts_say_the_same_as_the_list_of_claims_they_lead_to(member):
    for times, status in enumerate(set(Status) - {Status.PAID, Status.CANCELLED}, start=1):
        for number in range(times):
            today = timezone.localdate()
            claim(member.practice, status, bill_by_on=today + timedelta(days=30 * (number % 3) - 20))
    browser = builders.signed_in(member)
    links = html.fromstring(browser.get("/today").content.decode()).xpath("//main//a[starts-with(@href, '/claims/?')]")
    led = {link.get("href"): int(link.text_content().split()[0]) for link in links if link.text_content() != "Show all"}
    assert len(led) == 12
    assert 0 not in led.values()
    for address, count in led.items():
        assert browser.get(address).context["page"].paginator.count == count, address


def test_nothing_of_another_practice_is_shown(member):
    other = builders.practice("Beech Rooms")
    theirs = claim(other, number="CB777", client=builders.client(other, last_name="Stranger"))
    builders.appointment(other, starts_at=timezone.now() + timedelta(minutes=1), state=Appointment.BOOKED)
    assert str(theirs.pk) not in page(member)
    assert "Nothing found" in page(member, "/search", q="Stranger")
    assert "Nothing found" in page(member, "/search", q="CB777")


def test_an_invoice_of_long_ago_is_old_and_no_error(member):
    claim(member.practice, Status.COLLECTED, issued_on=date(1950, 1, 1))
    assert "£70.00 of it older than 90 days" in page(member)


def test_it_says_what_there_is_to_do_with_how_much_and_where(member):
    practice = member.practice
    short = builders.invoice(practice)
    with builders.holding(short):
        ledger.post(short, kind="short", amount=Decimal("12.00"), on=builders.TODAY, source="insurer", by=None, now=NOW)
    builders.appointment(practice)
    remittance = Remittance.objects.create(
        practice=practice,
        insurer_slug="bupa",
        payment_reference="PAY1",
        document=Document.objects.create(practice=practice, way="typed", content=b"1", sha256="1", received_at=NOW),
    )
    ClaimPayment.objects.create(
        practice=practice,
        remittance=remittance,
        key="1",
        position=1,
        paid=Decimal("33.00"),
        state=ClaimPayment.UNMATCHED,
    )
    text = page(member)
    for said in ("1 bill in payments", "£33.00", "1 shortfall<", "£12.00", "1 completed visit<", "£70.00"):
        assert said in text


def test_it_says_how_long_there_is_for_what_is_not_sent(member):
    today = timezone.localdate()
    for number, (status, days) in enumerate(
        [(Status.CREATED, -3), (Status.REJECTED, 14), (Status.CREATED, 15), (Status.COLLECTED, -3)]
    ):
        claim(member.practice, status, number=f"CB{number}", bill_by_on=today + timedelta(days=days))
    answer = builders.signed_in(member).get("/today")
    assert answer.context["deadlines"] == {"over": 1, "soon": 1}
    assert "past the insurer’s limit" in answer.content.decode()


def test_what_a_client_owes_is_the_clients_move_and_not_the_insurers_money(member):
    builders.invoice(member.practice, insurer_slug="")
    claim(member.practice, Status.COLLECTED)
    answer = builders.signed_in(member).get("/today")
    money = answer.context["money"]
    assert (money["client_count"], money["clients"], money["total"]) == (1, Decimal("70.00"), Decimal("70.00"))
    listed = builders.signed_in(member).get("/invoices/?insurer=client&paid=open")
    assert listed.context["page"].paginator.count == 1


def test_today_takes_the_same_number_of_queries_however_much_there_is(member):
    def add(count):
        for _ in range(count):
            claim(member.practice, Status.REJECTED)
            soon = timezone.now() + timedelta(minutes=5)
            builders.appointment(member.practice, starts_at=soon, state=Appointment.BOOKED)

    add(2)
    few = queries(member, "/today")
    add(10)
    assert queries(member, "/today") == few


def test_the_search_takes_the_same_number_of_queries_however_much_it_finds(member):
    for _ in range(2):
        claim(member.practice)
    few = queries(member, "/search", q="sample")
    for _ in range(12):
        claim(member.practice)
    assert queries(member, "/search", q="sample") == few


@pytest.mark.parametrize("typed", ["zoe", "ZOË", "Zoë Łukasz", "lukasz", "o'brien", "O’BRIEN", "muller", "MÜLLER"])
def test_names_are_found_whatever_accents_case_and_apostrophes_are_typed(member, typed):
    first, last = ("Zoë", "Łukasz-O’Brien-Müller")
    builders.client(member.practice, first_name=first, last_name=last)
    builders.client(member.practice, first_name="Ida", last_name="Else")
    text = page(member, "/search", q=typed)
    assert last in text
    assert "Else" not in text


def test_plain_names_are_found_with_accents_typed(member):
    builders.client(member.practice, first_name="Zoe", last_name="O'Brien")
    assert "1 found" in page(member, "/search", q="Zoë O’Brien")


def test_a_name_finds_the_clients_invoices_and_claims_too_and_says_how_many(member):
    known = builders.client(member.practice, last_name="Sampleton")
    for _ in range(12):
        claim(member.practice, client=known)
    text = page(member, "/search", q="Sampleton")
    assert "25 found" in text
    assert text.count("the first 10 of 12") == 2


@pytest.mark.parametrize("typed", ["", " ", "%", "'", "a\x00b", "x" * 5000, "😀", "<script>alert(1)</script>"])
def test_strange_searches_find_nothing_and_break_nothing(member, typed):
    text = builders.signed_in(member).post("/search", {"q": typed}).content.decode()
    assert "<script>alert" not in text
    assert "<h1>Search</h1>" in text
