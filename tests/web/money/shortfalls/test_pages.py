"""The shortfall pages: listed, decided, printed; by those who may."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pypdf import PdfReader

from clearbill.claims.models import Claim
from clearbill.imports import undo
from clearbill.invoicing import services
from clearbill.invoicing.models import Invoice
from clearbill.money.remittances.models import Remittance
from clearbill.money.shortfalls import excess, holds, list_queries
from clearbill.money.shortfalls.models import Decision, Letter
from clearbill.people.models import Practice, Role, User
from tests import builders
from tests.claims.desk import Desk
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import collected
from tests.money.shortfalls.falling_short import ask, books, card, deduction, give_up, pays_after_all, says, short

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any, *, code: int = 200) -> str:
    assert answer.status_code == code, answer.content.decode()[:2000]
    return str(answer.content.decode())


def of(claim: Claim, place: int = 0) -> str:
    return card(claim).deductions[place].token


def at(claim: Claim, step: str = "") -> str:
    return f"/money/shortfalls/{claim.pk}{step}"


def listed(browser: Browser, query: str = "", **post: str) -> str:
    address = f"/money/shortfalls{query}"
    return text(browser.post(address, post) if post else browser.get(address))


def test_before_the_first_shortfall_the_page_says_what_will_happen(browser: Browser) -> None:
    assert "Nothing is left to decide" in listed(browser)
    for state in ("waiting", "disputed", "open", "too-much", "unexplained", "decided"):
        assert 'class="empty"' in listed(browser, f"?state={state}")


def test_the_list_shows_why_who_owes_it_and_what_is_left_by_reason(desk: Desk, browser: Browser) -> None:
    first, second = short(desk), short(desk, ("ZSF01", 20), ("ZSF03", 10))
    page = listed(browser)
    for said in (first.number, second.number, "Policy excess", "the patient", "£40.00", "£10.00", "2 claims"):
        assert said in page
    ask(desk, first)
    page = listed(browser)
    assert first.number not in page
    assert first.number in listed(browser, "?state=decided")


def test_the_list_is_narrowed_by_insurer_reason_owner_and_words(desk: Desk, browser: Browser) -> None:
    mine = builders.client(desk.practice, first_name="Wanda", last_name="Rare")
    first, second = short(desk, client=mine), short(desk, ("ZSF03", 10))
    assert second.number not in listed(browser, "?reason=excess")
    assert first.number not in listed(browser, "?owed_by=nobody")
    assert first.number in listed(browser, "?insurer=bupa&owed_by=patient")
    assert "No shortfall fits" in listed(browser, "?insurer=wpa")
    page = listed(browser, words="rare")
    assert first.number in page
    assert second.number not in page
    assert first.number in listed(browser, words=first.number.lower())


def test_a_search_by_number_looks_in_every_state(desk: Desk, browser: Browser) -> None:
    to_decide, decided, too_much, unexplained = short(desk), short(desk), short(desk), collected(desk)
    ask(desk, decided)
    ask(desk, too_much)
    pays_after_all(desk, too_much, 20)
    taken_in(desk, told(unexplained, 30), reference="PAYPART")
    for claim in (to_decide, decided, too_much, unexplained):
        for state in ("", "?state=waiting", "?state=decided"):
            page = listed(browser, state, words=claim.number)
            assert page.count(f">{claim.number}</a>") == 1
            assert 'class="tab"' in page
            assert 'aria-current="true"' not in page.split('aria-label="State"')[1].split("</nav>")[0]
    assert "No shortfall fits" in listed(browser, words="nobody")


def test_what_is_asked_too_much_once_the_payment_is_taken_out_is_on_the_list_today_and_the_share(
    desk: Desk, browser: Browser
) -> None:
    claim, given_up = short(desk), short(desk)
    assert "to put right" not in text(browser.get("/today"))
    share = ask(desk, claim)
    give_up(desk, given_up)
    page = text(browser.get(f"/invoices/{share.pk}"))
    assert "too much" not in page
    for payment in Remittance.objects.all():
        undo.void_remittance(desk.actor(), remittance=payment, reason="Another practice’s")
    page = listed(browser, "?state=too-much")
    assert claim.number in page
    assert given_up.number in page
    page = text(browser.get("/today"))
    assert 'href="/money/shortfalls?state=too-much"' in page
    assert "2 shortfalls to put right" in page.replace("\n                    ", " ")
    assert "The client is asked for £20.00 too much" in text(browser.get(f"/invoices/{share.pk}"))
    services.void(desk.actor(), invoice=share, reason="Not owed")
    assert claim.number not in listed(browser, "?state=too-much")
    assert "too much" not in text(browser.get(f"/invoices/{share.pk}"))
    assert list_queries.count_to_put_right(desk.practice) == 1


def test_an_excess_taken_at_the_visit_is_not_too_much_before_the_insurer_answers(desk: Desk) -> None:
    claim = collected(desk)
    excess.charge(desk.actor(), invoice=claim.invoice, amount=pounds(20))
    assert list_queries.count_to_put_right(desk.practice) == 0
    taken_in(desk, told(claim))
    assert list_queries.count_to_put_right(desk.practice) == 1


def test_what_waits_is_disputed_asked_too_much_or_unexplained_has_a_place_of_its_own(
    desk: Desk, browser: Browser
) -> None:
    waiting, disputed, too_much, unexplained = short(desk), short(desk), short(desk), collected(desk)
    later = timezone.localdate() + timedelta(days=20)
    holds.hold(desk.actor(), claim=waiting, key="ZSF01", come_back_on=later, note="They ring")
    holds.dispute(desk.actor(), claim=disputed, keys=["ZSF01"], text="No", come_back_on=later)
    ask(desk, too_much)
    pays_after_all(desk, too_much, 20)
    taken_in(desk, told(unexplained, 30), reference="PAYPART")
    for state, claim in (
        ("waiting", waiting),
        ("disputed", disputed),
        ("too-much", too_much),
        ("unexplained", unexplained),
    ):
        page = listed(browser, f"?state={state}")
        assert [one.number in page for one in (waiting, disputed, too_much, unexplained)].count(True) == 1
        assert claim.number in page
    assert "Nothing is left to decide" in listed(browser)
    page = listed(browser, "?state=open")
    assert [one.number in page for one in (waiting, disputed, too_much, unexplained)] == [True, True, False, False]
    assert "2 shortfalls" in text(browser.get("/today"))


def test_the_list_comes_in_pages_and_asks_the_database_no_more_for_more_of_them(
    desk: Desk, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    client = builders.client(desk.practice)
    for day in range(27):
        short(desk, client=client, treated_on=date(2026, 10, 1) + timedelta(days=day))
    with django_assert_max_num_queries(32):
        page = listed(browser)
    assert "1 to 25 of 27" in page
    assert "26 to 27 of 27" in listed(browser, "?page=2")


def test_the_card_says_what_was_deducted_who_owes_it_and_invoices_it_with_one_click(
    desk: Desk, browser: Browser
) -> None:
    claim = short(desk)
    page = text(browser.get(at(claim)))
    for said in ("£70.00", "£50.00", "£20.00", "Policy excess", "the insurer says so", "Invoice it to the patient."):
        assert said in page
    given = {"of": of(claim), "amount": "20.00", "once": str(Letter().pk)}
    page = text(browser.post(at(claim, "/ask"), given, follow=True))
    share = Invoice.objects.get(share_of=claim.invoice_id)
    assert f"Invoice {share.number}, £20.00, made for the patient." in page
    page = text(browser.post(at(claim, "/ask"), given, follow=True))
    assert Invoice.objects.filter(share_of=claim.invoice_id).count() == 1
    assert "Invoiced to the patient, £20.00" in page


def test_all_that_the_patient_owes_goes_on_one_invoice_however_often_it_is_clicked(
    desk: Desk, browser: Browser
) -> None:
    claim = short(desk, ("ZSF01", 20), ("ZSF02", 10), ("ZSF03", 5))
    assert "2 deductions are the patient’s: £30.00 together." in text(browser.get(at(claim)))
    given = {"of": "all", "once": str(Letter().pk)}
    for _ in range(2):
        text(browser.post(at(claim, "/ask"), given, follow=True))
    assert Invoice.objects.get(share_of=claim.invoice_id).net_total == pounds(30)
    assert card(claim).left == pounds(5)


def test_what_is_wrong_is_said_at_the_form_and_what_was_typed_is_kept(desk: Desk, browser: Browser) -> None:
    claim = short(desk)
    page = text(browser.post(at(claim, "/ask"), {"of": of(claim), "amount": "21", "once": str(Letter().pk)}))
    assert "Only £20.00 of “Policy excess” is left to decide." in page
    assert 'value="21"' in page
    page = text(browser.post(at(claim, "/write-off"), {"of": of(claim), "amount": "x", "once": str(Letter().pk)}))
    assert "things to fix" in page
    assert "“x” is not an amount" in page
    assert text(browser.post(at(claim, "/ask"), {"of": "nonsense", "amount": "1", "once": str(Letter().pk)}), code=404)


def test_it_is_written_off_and_undone_with_one_click_each(desk: Desk, browser: Browser) -> None:
    claim = short(desk)
    given = {"of": of(claim), "amount": "20", "reason": "Too small to chase", "once": str(Letter().pk)}
    assert "£20.00 is written off." in text(browser.post(at(claim, "/write-off"), given, follow=True))
    assert books(claim)[2] == pounds(20)
    page = text(browser.post(at(claim, f"/decisions/{given['once']}/undo"), follow=True))
    assert "Undone." in page
    assert books(claim)[2] == 0


def test_it_waits_and_somebody_else_owes_it(desk: Desk, browser: Browser) -> None:
    claim = short(desk, ("ZSF03", 20))
    later = timezone.localdate() + timedelta(days=20)
    given = {"of": of(claim), "come_back_on": later.isoformat(), "note": "They ring back"}
    assert "It waits" in text(browser.post(at(claim, "/wait"), given, follow=True))
    page = text(browser.post(at(claim, "/owes"), {"of": of(claim), "owed_by": "patient", "why": ""}))
    assert "Say why you know better" in page
    page = text(browser.post(at(claim, "/owes"), {"of": of(claim), "owed_by": "patient", "why": "Signed"}, follow=True))
    assert "Signed" in page
    assert "Invoice to the patient" in page


def test_a_letter_is_proposed_kept_and_printed_with_the_evidence(desk: Desk, browser: Browser) -> None:
    claim = short(desk, ("ZSF03", 20))
    page = text(browser.get(at(claim, f"/letter?of={of(claim)}")))
    assert "The price billed is the one agreed between us" in page
    later = (timezone.localdate() + timedelta(days=20)).isoformat()
    given = {"deductions": [of(claim)], "text": "We agreed <£70>.", "come_back_on": later, "once": str(Letter().pk)}
    page = text(browser.post(at(claim, "/letter"), given, follow=True))
    for said in ("We agreed &lt;£70&gt;.", claim.clearing_bill_number, "Fee above the agreed rate", "PAY", "ZPHY01"):
        assert said in page
    text(browser.post(at(claim, "/letter"), given, follow=True))
    letter = Letter.objects.get()
    assert "Letter of" in text(browser.get(at(claim)))
    decision = Decision.objects.get()
    text(browser.post(at(claim, f"/decisions/{decision.pk}/undo"), follow=True))
    assert card(claim).deductions[0].mark is None
    pdf = browser.get(f"/money/letters/{letter.pk}/letter.pdf")
    printed = " ".join(PdfReader(BytesIO(pdf.content)).pages[0].extract_text().split())
    assert ("We agreed" in printed, claim.number in printed, pdf["Content-Type"]) == (True, True, "application/pdf")
    assert "We agreed" in text(browser.get(f"/money/letters/{letter.pk}"))
    signed = letter.facts["signed_by"]
    assert signed
    assert signed in printed
    User.objects.update(full_name="Rosa Newname")
    Practice.objects.update(name="Hillside", address_1="9 Hill")
    assert browser.get(f"/money/letters/{letter.pk}/letter.pdf").content == pdf.content
    shown = browser.get(f"/money/letters/{letter.pk}").content.decode().split("<article", 1)[1]
    assert signed in shown
    assert "Newname" not in shown.split("</article>", 1)[0]
    page = text(browser.post(at(claim, "/letter"), {**given, "deductions": [], "text": ""}))
    assert "Choose at least one deduction." in page
    assert "Write why you disagree." in page


def test_a_reason_that_came_by_letter_is_noted_and_taken_back(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim, 50))
    assert "£20.00 is open, and no reason is known" in text(browser.get(at(claim)))
    given = {"amount": "20", "words": "Fee above the agreed rate"}
    assert "Noted." in text(browser.post(at(claim, "/note"), given, follow=True))
    entry = claim.invoice.entries.get(kind="short")
    assert "Taken back." in text(browser.post(at(claim, f"/entries/{entry.pk}/take-back"), follow=True))
    assert "Enter the reason" in text(browser.post(at(claim, "/note"), {"amount": "20", "words": ""}))


def test_the_excess_is_taken_from_the_insurers_invoice(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    invoice_page = f"/invoices/{claim.invoice_id}"
    assert "Take the excess now" in text(browser.get(invoice_page))
    address = f"/money/excess/{claim.invoice_id}"
    assert "At most £70.00." in text(browser.get(address))
    given = {"amount": "71", "method": "card", "reference": "Card", "once": str(Letter().pk)}
    assert "Only £70.00" in text(browser.post(address, given))
    page = text(browser.post(address, {**given, "amount": "50"}, follow=True))
    assert "£50.00 taken on invoice" in page
    assert "A share of another invoice" in page
    share = Invoice.objects.get(share_of=claim.invoice_id)
    assert share.number in text(browser.get(invoice_page))
    assert "£50.00 taken at the visit" in text(browser.get(at(claim)))
    taken_in(desk, says(claim, deduction("ZSF01", 40)))
    assert "£50.00 taken at the visit, the insurer deducted £40.00: give back £10.00." in text(browser.get(at(claim)))
    assert "answered already" in text(browser.get(f"/money/excess/{short(desk).invoice_id}", follow=True))


def test_the_claim_and_the_invoice_lead_to_the_card(desk: Desk, browser: Browser) -> None:
    claim = short(desk)
    for address in (f"/claims/{claim.pk}", f"/invoices/{claim.invoice_id}"):
        assert at(claim) in text(browser.get(address))


def test_warnings_say_what_was_asked_or_given_up_too_much(desk: Desk, browser: Browser) -> None:
    asked, given_up = short(desk), short(desk)
    ask(desk, asked)
    pays_after_all(desk, asked, 20)
    assert "The patient was asked for £20.00 too much" in text(browser.get(at(asked)))
    give_up(desk, given_up)
    browser.post(f"/money/bills/{given_up.advices.get().pk}/undo")
    assert "£20.00 too much was written off" in text(browser.get(at(given_up)))


@pytest.mark.parametrize(
    ("role", "may_decide", "may_write_off"),
    [
        (Role.ADMINISTRATOR, True, True),
        (Role.RECEPTIONIST, True, False),
        (Role.PRACTITIONER, False, False),
    ],
)
def test_who_sees_records_sees_it_and_only_some_may_decide(
    desk: Desk, role: str, may_decide: bool, may_write_off: bool
) -> None:
    claim = short(desk)
    browser = builders.signed_in(desk.colleague(role))
    page = text(browser.get(at(claim)))
    assert ("Invoice to the patient" in page, "Write it off" in page) == (may_decide, may_write_off)
    once = str(Letter().pk)
    given = {"of": of(claim), "amount": "5", "reason": "No", "once": once}
    assert browser.post(at(claim, "/write-off"), given).status_code == (302 if may_write_off else 403)
    assert browser.post(at(claim, "/ask"), {**given, "once": str(Letter().pk)}).status_code == (
        302 if may_decide else 403
    )
    assert browser.get(at(claim, "/letter")).status_code == (200 if may_decide else 403)
    made = give_up(desk, claim, amount=1)
    assert browser.post(at(claim, f"/decisions/{made.pk}/undo")).status_code == (302 if may_write_off else 403)


def test_another_practices_shortfall_does_not_exist(desk: Desk) -> None:
    claim = short(desk)
    later = timezone.localdate() + timedelta(days=9)
    letter = holds.dispute(desk.actor(), claim=claim, keys=["ZSF01"], text="No", come_back_on=later)
    stranger = builders.signed_in(builders.member(builders.practice("Elsewhere")))
    for address in (
        at(claim),
        at(claim, "/letter"),
        f"/money/letters/{letter.pk}",
        f"/money/excess/{claim.invoice_id}",
    ):
        assert stranger.get(address).status_code == 404
    for step in ("/ask", "/write-off", "/wait", "/owes", "/note"):
        assert stranger.post(at(claim, step), {"of": of(claim)}).status_code == 404
    assert claim.number not in listed(stranger)
