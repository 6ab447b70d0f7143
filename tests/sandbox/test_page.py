"""The page on which a person plays the house and the insurers."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from lxml import html

from tests.sandbox.caller import Caller, bill, sim

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def show(caller: Caller, path: str) -> html.HtmlElement:
    reply = caller.http.get(path, headers=BROWSER)
    assert reply.status_code == 200
    return html.fromstring(reply.text)


def press(caller: Caller, path: str, words: str, **typed: str) -> httpx.Response:
    """Press the button with these words as a browser would: its form's fields, its value, its origin."""
    page = show(caller, path)
    button = next(found for found in page.iter("button") if found.text_content().strip().startswith(words))
    form = next(found for found in button.iterancestors("form"))
    values = {name: value or "" for name, value in form.form_values()} | typed
    if button.get("name"):
        values[button.get("name")] = button.get("value")
    origin = {**BROWSER, "Origin": caller.running.address}
    return caller.http.post(form.get("action"), data=values, headers=origin, follow_redirects=True)


PAGES = ["/", "/?q=CB10042", "/?page=x", "/controls", "/members", "/members?insurer=bup&q=sample", "/providers"]


@pytest.mark.parametrize("path", [*PAGES, "/services", "/assumptions", "/reset", "/payments", "/bank"])
def test_each_page_renders_with_one_heading_and_labelled_fields(caller: Caller, path: str) -> None:
    caller.submit(bill())
    page = show(caller, path)
    assert len(page.findall(".//h1")) == 1
    named = {label.get("for") for label in page.iter("label")}
    fields = [field for field in page.iter("input", "select") if field.get("type") != "hidden"]
    assert all(field.get("id") in named for field in fields)
    assert len({field.get("id") for field in fields}) == len(fields)


def test_the_list_says_what_is_wrong_with_each_bill(caller: Caller) -> None:
    number = caller.submit(bill(Setting="X")).ch_claim_no
    text = show(caller, "/").text_content()
    assert number in text
    assert "Problem with Setting: Must be I, D or O" in text
    caller.submit(sim("PAID", GivenName="Málfríður"))
    assert "Málfríður" in show(caller, "/?q=Málfr").find(".//table").text_content()
    assert "No bill mentions" in show(caller, "/?q=nothing").text_content()


def test_the_list_is_paged_newest_first(caller: Caller) -> None:
    numbers = [caller.submit(bill(InvoiceNo=f"L{place}")).ch_claim_no for place in range(27)]
    first, second = (
        [link.text for link in show(caller, f"/?page={page}").iter("a") if link.get("href", "").startswith("/bills/")]
        for page in (1, 2)
    )
    assert first + second == numbers[::-1]


@pytest.mark.parametrize(
    ("words", "typed", "status"),
    [
        ("Collect now", {}, "Collected"),
        ("Cancel the bill", {}, "Cancelled"),
        ("Reject", {}, "AwaitingCorrection"),
        ("Pay £125.00 in full", {}, "Collected"),
        ("Pay short", {"amount": "£100", "reason": "ZSF03"}, "Collected"),
        ("Decline", {"reason": "ZSF06"}, "Collected"),
        ("Pay £125.00 in two parts", {}, "Collected"),
        ("Never pay", {}, "Collected"),
        ("Pay £125.00 late", {"days": "30"}, "Collected"),
        ("Pay £125.00 and this on top", {"more": "5"}, "Collected"),
        ("Pay under a wrong invoice number", {}, "Collected"),
        ("Pay with the name spelt otherwise", {}, "Collected"),
        ("Pay with first and last name exchanged", {}, "Collected"),
    ],
)
def test_each_button_of_a_bill_does_what_it_says(
    caller: Caller, words: str, typed: dict[str, str], status: str
) -> None:
    number = caller.submit(bill()).ch_claim_no
    reply = press(caller, f"/bills/{number}", words, **typed)
    assert (reply.status_code, reply.url.path) == (200, f"/bills/{number}")
    assert html.fromstring(reply.text).find(".//div[@role='status']") is not None
    assert caller.status(ch_claim_no=number).status == status


@pytest.mark.parametrize(
    ("words", "typed", "paid"),
    [("Pay £", {}, "125.00"), ("Pay short", {"amount": "100.00"}, "100.00"), ("Decline", {}, "0.00")],
)
def test_a_payment_by_hand_can_be_fetched_at_once_and_is_not_made_again(
    caller: Caller, words: str, typed: dict[str, str], paid: str
) -> None:
    number = caller.submit(bill()).ch_claim_no
    press(caller, f"/bills/{number}", words, **typed)
    caller.move(weeks=4)
    found = caller.ask("/claims/paymentreconciliation/_search", {"insurerIdentifier": "bup"})
    assert [f"{entry['resource']['paymentAmount']['value']:.2f}" for entry in found.json()["entry"]] == [paid]


def insurers_buttons(caller: Caller, number: str) -> list[str]:
    card = next(
        card for card in show(caller, f"/bills/{number}").iter("div") if card.findtext("h2") == "Play the insurer"
    )
    return [button.text_content().strip() for button in card.iter("button")]


def test_a_bill_has_no_button_for_what_is_not_possible(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    assert not {"Pay £125.00 a second time", "Take back (clawback)"} & set(insurers_buttons(caller, number))
    press(caller, f"/bills/{number}", "Pay £125.00 in full")
    assert insurers_buttons(caller, number) == [
        "Pay £125.00 a second time",
        "Take back (clawback)",
        "Correct the payment",
    ]
    press(caller, f"/bills/{number}", "Take back", amount="25.00")
    assert "Pay £25.00 in full" in insurers_buttons(caller, number)
    other = caller.submit(bill(InvoiceNo="CB2")).ch_claim_no
    press(caller, f"/bills/{other}", "Decline")
    assert insurers_buttons(caller, other) == []
    refused = caller.submit(bill(InvoiceNo="CB3", Setting="X")).ch_claim_no
    assert "Play the insurer" not in show(caller, f"/bills/{refused}").text_content()


def test_a_bill_says_what_the_insurer_will_do_by_itself(caller: Caller) -> None:
    number = caller.submit(sim("CLAWBACK")).ch_claim_no
    caller.move(days=1)
    text = " ".join(show(caller, f"/bills/{number}").text_content().split())
    assert "Bupa pays £125.00 on 7 Dec 2026, 00:00, and takes back £125.00 on 6 Jan 2027, 00:00." in text
    press(caller, f"/bills/{number}", "Never pay")
    assert "Bupa does nothing more with this bill." in show(caller, f"/bills/{number}").text_content()


def test_the_bank_keeps_a_payment_back_at_the_press_of_a_button(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    press(caller, f"/bills/{number}", "Pay £125.00 in full")
    kept = press(caller, "/bank/HC0TEST", "Keep back")
    assert (kept.url.path, "has not seen it" in kept.text) == ("/bank/HC0TEST", True)
    assert "not at the bank" in show(caller, "/payments").text_content()
    press(caller, "/bank/HC0TEST", "Let it arrive")
    assert "has not seen it" not in show(caller, "/bank").text_content()


def test_a_rejection_carries_the_chosen_field_message_and_line(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    press(caller, f"/bills/{number}", "Reject", field="Scheme", message="Not known", line_no="2")
    told = caller.status(ch_claim_no=number).document.find(".//Error")
    assert told is not None
    assert (told.get("LineNo"), told.findtext("Text")) == ("2", "Problem with Scheme: Not known")


@pytest.mark.parametrize("amount", ["", "-1", "125.01", "ten", "1.234"])
def test_an_amount_that_cannot_be_paid_is_refused_with_a_sentence(caller: Caller, amount: str) -> None:
    number = caller.submit(bill()).ch_claim_no
    reply = press(caller, f"/bills/{number}", "Pay short", amount=amount)
    assert reply.status_code in (400, 409)
    assert "amount" in (html.fromstring(reply.text).findtext(".//div[@role='alert']") or "").lower()
    assert caller.status(ch_claim_no=number).status == "Unprocessed"


def test_what_cannot_be_done_to_a_bill_is_refused(caller: Caller) -> None:
    number = caller.submit(bill()).ch_claim_no
    caller.press(f"bills/{number}/collect")
    for act in ("collect", "cancel"):
        assert caller.press(f"bills/{number}/{act}").status_code == 409
    assert caller.press(f"bills/{number}/reject", fault="A|B").status_code == 409
    assert caller.press("bills/1/collect").status_code == 404
    refused = caller.submit(bill(InvoiceNo="CB2", Insurer="xyz")).ch_claim_no
    assert caller.press(f"bills/{refused}/pay").status_code == 409


@pytest.mark.parametrize("words", ["+ 1 hour", "+ 1 day", "+ 2 weeks", "Next 22:00"])
def test_the_clock_has_buttons(caller: Caller, words: str) -> None:
    before = caller.http.get("/sandbox/clock").json()["now"]
    assert press(caller, "/", words).status_code == 200
    assert caller.http.get("/sandbox/clock").json()["now"] > before[:14] + "59"


def test_a_switch_is_announced_on_every_page_and_switched_off_there(caller: Caller) -> None:
    press(caller, "/controls", "Switch on", kind="down", scope="all", target="every")
    assert "503" in show(caller, "/members").text_content()
    press(caller, "/members", "Switch off")
    assert "Misbehaving" not in show(caller, "/members").text_content()


def test_a_cell_of_the_provider_table_changes_recognition(caller: Caller) -> None:
    press(caller, "/providers", "✓ yes")
    providers = caller.http.get("/sandbox/providers.json").json()["providers"]
    assert "pending" in providers[0]["recognition"].values()


def test_reset_forgets_everything_once_it_is_confirmed(caller: Caller) -> None:
    before = caller.submit(bill()).ch_claim_no
    caller.move(weeks=3)
    assert caller.press("reset").status_code == 400
    assert len(caller.bills()) == 1
    press(caller, "/reset", "Yes, forget")
    assert caller.bills() == []
    assert caller.submit(bill()).ch_claim_no > before
    shown = datetime.fromisoformat(caller.http.get("/sandbox/clock").json()["now"])
    assert abs((shown - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.parametrize("header", [{"Origin": "http://evil.example.com"}, {"Origin": "null"}])
def test_a_form_of_another_page_is_refused(caller: Caller, header: dict[str, str]) -> None:
    number = caller.submit(bill()).ch_claim_no
    reply = caller.http.post(f"/sandbox/bills/{number}/cancel", headers=header)
    assert reply.status_code == 403
    assert caller.status(ch_claim_no=number).status == "Unprocessed"
    referred = caller.http.post("/sandbox/clock", headers={"Referer": "http://evil.example.com/x"})
    assert referred.status_code == 403


def test_a_bill_shows_raw_messages_without_credentials_and_escapes_what_it_shows(caller: Caller) -> None:
    number = caller.submit(sim("PAID", GivenName="<script>alert(1)</script>")).ch_claim_no
    text = caller.http.get(f"/bills/{number}", headers=BROWSER).text
    assert "<script>" not in text
    assert "HCWSRequest" in text
    assert "stand-in-secret" not in text


def test_a_redirect_stays_on_this_page(caller: Caller) -> None:
    reply = caller.http.post("/sandbox/clock", data={"hours": "1", "back": "//evil.example.com/"}, headers=BROWSER)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/?done=clock")


def test_a_bill_that_is_not_there_gets_a_page_with_a_way_back(caller: Caller) -> None:
    reply = caller.http.get("/bills/1", headers=BROWSER)
    assert reply.status_code == 404
    assert "There is no such page or bill." in reply.text


def test_the_services_and_insurers_of_the_seed_data_are_given_out(caller: Caller) -> None:
    found = caller.http.get("/sandbox/services.json").json()
    assert {*found} == {"services", "procedures", "shortfalls"}
    assert all(one["code"] and one["title"] for one in found["procedures"])
    insurers = caller.http.get("/sandbox/insurers.json").json()["insurers"]
    assert "bupa" in {str(value).lower() for one in insurers for value in one.values()}
