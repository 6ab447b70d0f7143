"""The bank's pages: a statement brought, lines settled and undone, by those who may."""

from __future__ import annotations

from csv import reader
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clearbill.exports.lists import LISTS
from clearbill.fileformats import LARGEST_BYTES
from clearbill.fileformats.bank.formats import FORMATS
from clearbill.fileformats.file_format import accepted, in_words
from clearbill.invoicing import payments
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.bank.models import Account, BankLine, IgnoreRule, Match, StatementFile
from clearbill.people.models import AuditEntry, Role
from tests import builders
from tests.claims.desk import Desk
from tests.money.bank.teller import HEADER, csv, line, paid, taken
from tests.money.remittances.paying import taken_in, told
from tests.money.remittances.test_allocation import collected

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(datetime(2026, 11, 24, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def text(answer: Any, *, code: int = 200) -> str:
    assert answer.status_code == code
    return str(answer.content.decode())


def bring(browser: Browser, content: bytes, *, account: str = "", name: str = "") -> str:
    given = {"file": SimpleUploadedFile("nov.csv", content), "account": account, "name": name}
    return text(browser.post("/money/bank/statements/new", given, follow=True))


def bring_first(browser: Browser, content: bytes) -> str:
    return bring(browser, content, name="Current account")


def take_in(browser: Browser) -> str:
    return text(browser.post(f"/money/bank/statements/{StatementFile.objects.get().pk}/take-in", follow=True))


def test_before_the_first_statement_the_page_says_what_to_do(browser: Browser) -> None:
    page = text(browser.get("/money/bank"))
    assert "No statement yet" in page
    assert "Bring a statement" in page


def test_the_pages_name_the_formats_of_the_table(browser: Browser) -> None:
    words = in_words(FORMATS)
    assert f"Download a statement from your bank as {words}, with" in text(browser.get("/money/bank"))
    assert f"Download one from your bank as {words} and" in text(browser.get("/money/bank/statements"))
    page = text(browser.get("/money/bank/statements/new"))
    assert f"{words}, as your bank gives it, up to 50 MB." in page
    assert f'accept="{accepted(FORMATS)}"' in page


def test_a_statement_is_brought_looked_into_taken_in_and_matched(desk: Desk, browser: Browser) -> None:
    paid(desk)
    page = bring_first(browser, csv("20/11/2026,BUPA PAY900001,70.00", "21/11/2026,A PERSON,12.00", "x,y,z"))
    assert "3 good, 1 wrong" in page
    assert "Row 4: " in page
    assert not BankLine.objects.exists()
    page = take_in(browser)
    assert "3 new lines taken in." in page
    assert "Everything has arrived" in page
    assert "A PERSON" in page
    assert "In £82.00, out £1.00" in page
    again = bring_first(browser, csv("20/11/2026,BUPA PAY900001,70.00", "21/11/2026,A PERSON,12.00", "x,y,z"))
    assert "was taken in before" in again


def test_what_is_open_about_a_file_is_asked_on_its_page(browser: Browser) -> None:
    page = bring_first(browser, f"{HEADER}\r\n01/02/2026,BUPA,70.00\r\n02/03/2026,BUPA,-1.00\r\n".encode())
    assert "The file leaves something open" in page
    where = f"/money/bank/statements/{StatementFile.objects.get().pk}"
    assert "Choose one" in text(browser.post(f"{where}/answer", {}))
    assert "Choose one from the list" in text(browser.post(f"{where}/answer", {"order": "99"}))
    page = text(browser.post(f"{where}/answer", {"order": "0"}, follow=True))
    assert "2 good, 0 wrong" in page
    assert "the day first in dates" in page
    assert "leaves something open" in text(browser.post(f"{where}/answer", {"again": "yes"}, follow=True))


TWO_TEXTS = b"Date,Buchung,Zweck,Amount\r\n20/11/2026,BUPA,PAY900001,70.00\r\n21/11/2026,Alpha,Rent,-1.00\r\n"


def test_a_question_shows_the_first_rows_and_takes_several_columns(browser: Browser) -> None:
    page = bring_first(browser, TWO_TEXTS)
    assert "The first rows of the file" in page
    assert "“Zweck”: PAY900001; Rent" in page
    where = f"/money/bank/statements/{StatementFile.objects.get().pk}"
    assert "This field is required" not in text(browser.post(f"{where}/answer", {}))
    page = text(browser.post(f"{where}/answer", {"description": ["0", "1"]}, follow=True))
    assert "BUPA PAY900001" in page


def test_columns_are_read_otherwise_and_so_is_the_next_statement(desk: Desk, browser: Browser) -> None:
    content = b"Date,Description,Extra,Amount\r\n20/11/2026,BUPA,PAY900001,70.00\r\n21/11/2026,Alpha,Rent,-1.00\r\n"
    page = bring_first(browser, content)
    assert "Read the columns otherwise" in page
    assert "PAY900001" not in page.split("Read the columns otherwise")[0]
    where = f"/money/bank/statements/{StatementFile.objects.get().pk}"
    given = {"otherwise": "yes", "booked_on": "0", "amount": "3", "description": ["1", "2"]}
    assert "Choose one" in text(browser.post(f"{where}/answer", given | {"booked_on": ""}))
    page = text(browser.post(f"{where}/answer", given, follow=True))
    assert "BUPA PAY900001" in page
    take_in(browser)
    page = bring(browser, content.replace(b"70.00", b"71.00"), account=str(Account.objects.get().pk))
    assert "BUPA PAY900001" in page


def test_rows_that_are_left_out_are_counted_by_what_they_are(browser: Browser) -> None:
    content = b"Date,Description,Amount,Status\r\n20/11/2026,BUPA,70.00,Settled\r\n21/11/2026,B,-1.00,Pending\r\n"
    page = " ".join(bring_first(browser, content + b"22/11/2026,C,-1.00,Pending\r\n").split())
    assert "1 good, 0 wrong" in page
    assert "2 rows: pending" in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04" + b"x" * 100, "zip"),
        (b"%PDF-1.7 x", "PDF"),
        (b"<html><body>", "web page"),
        (b"\xff\xfe\x00\x00\x01", "cannot be read"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><OFX>&a;</OFX>", "document type"),
        (b"nothing,of,a,bank\r\n1,2,3,4\r\n", ""),
        (f"{HEADER}\r\n".encode(), "Choose another file"),
    ],
    ids=["empty", "zip", "pdf", "html", "wrong encoding", "entities", "other columns", "only a header"],
)
def test_a_file_that_is_no_statement_gets_a_sentence(browser: Browser, content: bytes, says: str) -> None:
    page = bring_first(browser, content)
    assert says in page
    assert "Take in the" not in page
    if row := StatementFile.objects.first():
        page = text(browser.post(f"/money/bank/statements/{row.pk}/take-in", follow=True))
        assert "said error" in page
    assert not BankLine.objects.exists()


def test_a_file_of_more_than_50_mb_gets_a_sentence(browser: Browser) -> None:
    page = bring_first(browser, b"x" * (LARGEST_BYTES + 1))
    assert "larger than 50 MB" in page


def test_formulas_and_markup_in_a_line_stay_text(browser: Browser) -> None:
    bring_first(browser, csv("20/11/2026,=HYPERLINK(1)<script>alert(1)</script>,12.00"))
    page = take_in(browser)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_line_is_settled_with_one_click_and_undone_with_another(desk: Desk, browser: Browser) -> None:
    payment = paid(desk, 100)
    taken(desk, csv("20/11/2026,BUPA PAY900001,95.00"))
    page = text(browser.get("/money/bank"))
    assert "The line has £5.00 less" in page.replace("the line", "The line")
    where = f"/money/bank/lines/{line('BUPA').pk}"
    assert "the payment reference is in the text" in text(browser.get(where)).lower()
    page = text(browser.post(f"{where}/match", {"payment": str(payment.pk), "back": "line"}, follow=True))
    assert "Matched with payment PAY900001" in page
    assert "by Rosa Example" in page
    page = text(browser.post(f"/money/bank/matches/{Match.objects.get().group}/undo", follow=True))
    assert "Undone. The line waits" in page
    assert "undone 24 Nov 2026 10:00" in page
    page = text(browser.post(f"/money/bank/matches/{Match.objects.get().group}/undo", follow=True))
    assert "meanwhile" in page


def test_two_lines_for_one_payment_are_matched_from_the_queue(desk: Desk, browser: Browser) -> None:
    payment = paid(desk, 100)
    taken(desk, csv("20/11/2026,BUPA one,60.00", "23/11/2026,BUPA two,40.00"))
    assert "These two lines together come to the payment" in text(browser.get("/money/bank"))
    lines = [str(line(name).pk) for name in ("one", "two")]
    page = text(browser.post(f"/money/bank/payments/{payment.pk}/match", {"line": lines}, follow=True))
    assert "Payment PAY900001 is matched" in page
    assert "Everything has arrived" in page


def test_a_patients_payment_is_recorded_from_its_line(desk: Desk, browser: Browser) -> None:
    invoice = desk.invoice(client=builders.client(desk.practice, insurer=""))
    taken(desk, csv(f"20/11/2026,SAMPLE {invoice.number},70.00"))
    assert "Record as paid by the patient" in text(browser.get("/money/bank"))
    where = f"/money/bank/lines/{line('SAMPLE').pk}/match"
    page = text(browser.post(where, {"invoice": str(invoice.pk)}, follow=True))
    assert f"Recorded as paid by the patient on invoice {invoice.number}" in page
    assert "meanwhile" in text(browser.post(where, {"invoice": str(invoice.pk)}, follow=True))
    assert LedgerEntry.objects.count() == 1


def test_the_line_of_a_payment_that_was_taken_back_on_its_invoice_asks_what_it_is(desk: Desk, browser: Browser) -> None:
    invoice = desk.invoice(client=builders.client(desk.practice, insurer=""))
    taken(desk, csv(f"20/11/2026,SAMPLE {invoice.number},70.00"))
    where = f"/money/bank/lines/{line('SAMPLE').pk}"
    browser.post(f"{where}/match", {"invoice": str(invoice.pk)})
    browser.post(f"/money/entries/{LedgerEntry.objects.get().pk}/take-back")
    page = text(browser.get(where))
    assert "What is it?" in page
    assert "Paid by the patient" not in page
    assert "Undone" in page


def test_a_payment_taken_back_before_its_match_went_with_it_is_said_on_the_page(desk: Desk, browser: Browser) -> None:
    invoice = desk.invoice(client=builders.client(desk.practice, insurer=""))
    taken(desk, csv(f"20/11/2026,SAMPLE {invoice.number},70.00"))
    browser.post(f"/money/bank/lines/{line('SAMPLE').pk}/match", {"invoice": str(invoice.pk)})
    payments.reverse_payment(desk.actor(), entry=LedgerEntry.objects.get())
    assert "A payment recorded from a line was taken back" in text(browser.get("/money/bank"))
    browser.post(f"/money/bank/matches/{Match.objects.get().group}/undo")
    assert "was taken back" not in text(browser.get("/money/bank"))


def test_lines_are_set_aside_with_those_like_them_and_brought_back(desk: Desk, browser: Browser) -> None:
    taken(desk, csv("06/11/2026,Card takings 0611,250.00", "13/11/2026,Card takings 1311,300.00"))
    where = f"/money/bank/lines/{line('0611').pk}"
    assert "thing to fix" in text(browser.post(f"{where}/set-aside", {"reason": ""}))
    page = text(browser.post(f"{where}/set-aside", {"reason": "Card takings", "is_usual": "on"}, follow=True))
    assert "2 lines set aside" in page
    assert "It waits to be explained again." in text(browser.post(f"{where}/bring-back", follow=True))
    assert "meanwhile" in text(browser.post(f"{where}/bring-back", follow=True))
    assert "card takings, money in" in text(browser.get("/money/bank/statements"))
    page = text(browser.post(f"/money/bank/usual/{IgnoreRule.objects.get().pk}/stop", follow=True))
    assert "1 line waits to be explained again." in page


def test_money_of_an_insurer_without_a_remittance_says_what_to_ask_for(desk: Desk, browser: Browser) -> None:
    taken(desk, csv("20/11/2026,AVIVA HEALTH,88.00", "20/11/2026,WPA,-20.00"))
    page = text(browser.get("/money/bank"))
    assert "From Aviva: came without a remittance." in page
    assert "WPA took money back without a remittance here." in page
    assert "It came without a remittance" in text(browser.get(f"/money/bank/lines/{line('AVIVA').pk}"))


def test_lines_are_found_by_words_amount_state_and_day_without_showing_in_an_address(
    desk: Desk, browser: Browser
) -> None:
    taken(desk, csv("20/11/2026,Mrs Sample,70.00", "21/11/2026,Lettings,-1450.00", "22/11/2026,Till,12.00"))

    def found(**given: str) -> str:
        page = text(browser.post("/money/bank", given))
        return page[page.index('id="lines"') :]

    assert "Mrs Sample" in found(words="sample")
    assert "Till" not in found(words="sample")
    assert "Lettings" in found(words="1,450.00")
    assert "Till" not in found(state="out")
    assert "Mrs Sample" not in found(first_on="21 Nov 2026")
    assert "Till" not in found(last_on="21 Nov 2026")
    assert "No line fits" in found(words="nobody")
    assert "not a date" in found(first_on="neverday").lower()
    assert "In £0.00, out £1,450.00" in found(words="lettings")


def test_the_pages_of_payment_and_claim_show_the_bank(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    payment = taken_in(desk, told(claim))
    where = f"/money/payments/{payment.pk}"
    assert "in-the-bank" not in text(browser.get(where))
    taken(desk, csv("01/11/2026,Till,1.00"))
    page = text(browser.get(where))
    assert "No statement yet" in page
    assert "Stop waiting for it" in page
    page = text(
        browser.post(f"/money/bank/payments/{payment.pk}/not-expected", {"reason": "Came by cheque"}, follow=True)
    )
    assert "Came by cheque" in page
    page = text(browser.post(f"/money/bank/payments/{payment.pk}/expected", follow=True))
    assert "It is waited for again" in page
    page = text(browser.post(f"/money/bank/payments/{payment.pk}/not-expected", {"reason": ""}, follow=True))
    assert "Say why the bank will not see it." in page
    assert "In the bank" not in text(browser.get(f"/claims/{claim.pk}"))
    taken(desk, csv("13/11/2026,BUPA PAY900001,72.00"))
    browser.post(f"/money/bank/payments/{payment.pk}/match", {"line": str(line("BUPA").pk), "back": "payment"})
    page = text(browser.get(where))
    assert "In the bank, £2.00 more" in page
    assert "13 Nov 2026" in page
    page = text(browser.get(f"/claims/{claim.pk}"))
    assert "<dt>In the bank</dt><dd>13 Nov 2026" in page


def test_a_statement_is_given_back_byte_for_byte_and_taken_out(desk: Desk, browser: Browser) -> None:
    content = csv("20/11/2026,Till,12.00")
    file = taken(desk, content)
    where = f"/money/bank/statements/{file.pk}"
    answer = browser.get(f"{where}/file")
    assert answer.content == content
    assert answer["Cache-Control"] == "no-store"
    assert "2 lines of 31 Oct 2026 to 20 Nov 2026" in text(browser.get(where))
    page = text(browser.post(f"{where}/take-out", follow=True))
    assert "Its lines are taken out" in page
    assert "Taken out" in text(browser.get("/money/bank/statements"))
    assert "No statement yet" in text(browser.get("/money/bank"))


def test_a_second_account_is_chosen_or_named(desk: Desk, browser: Browser) -> None:
    taken(desk, csv("20/11/2026,Till,12.00"))
    first = Account.objects.get()
    assert "Choose the account." in bring(browser, csv("21/11/2026,B,1.00"))
    assert "Choose one from the list" in bring(browser, csv("21/11/2026,B,1.00"), account=str(uuid4()))
    bring(browser, csv("21/11/2026,B,1.00"), account=str(first.pk), name="Savings")
    assert StatementFile.objects.get(taken_at=None).account.name == "Savings"
    bring(browser, csv("22/11/2026,C,1.00"), account=str(first.pk))
    assert StatementFile.objects.get(taken_at=None).account == first
    assert Account.objects.get() == first, "a look into a file leaves no account behind"


def test_an_account_is_renamed_and_closed_and_is_not_offered_any_more(desk: Desk, browser: Browser) -> None:
    taken(desk, csv("20/11/2026,Till,12.00"))
    taken(desk, csv("21/11/2026,Fee,1.00"), account="Savings")
    first = Account.objects.get(name="Current account")
    assert "2 lines, the newest of 20 Nov 2026" in " ".join(text(browser.get("/money/bank/accounts")).split())

    def save(name: str, *, closed: bool = False) -> str:
        given = {f"{first.pk}-name": name} | ({f"{first.pk}-is_closed": "on"} if closed else {})
        return text(browser.post(f"/money/bank/accounts/{first.pk}", given, follow=True))

    page = save("Savings")
    assert "Another account has this name." in page
    assert 'value="Savings"' in page, "what was typed stays"
    assert "“Quayside” is saved." in save("Quayside", closed=True)
    assert "Quayside" not in text(browser.get("/money/bank/statements/new"))
    assert "This account is closed." in bring(browser, csv("22/11/2026,B,1.00"), name="Quayside")
    save("Quayside")
    assert "Quayside" in text(browser.get("/money/bank/statements/new"))
    trail = AuditEntry.objects.filter(action="changed a bank account").order_by("at")
    assert [entry.changes for entry in trail] == [
        {"name": ["Current account", "Quayside"], "is_closed": [False, True]},
        {"is_closed": [True, False]},
    ]


def test_a_practitioner_sees_nothing_of_the_bank(desk: Desk) -> None:
    payment = paid(desk)
    taken(desk, csv("20/11/2026,BUPA,95.00"))
    browser = builders.signed_in(desk.colleague(Role.PRACTITIONER))
    for path in ("", "/accounts", "/statements", f"/lines/{line('BUPA').pk}"):
        assert browser.get(f"/money/bank{path}").status_code == 403
    assert "The bank" not in text(browser.get(f"/money/payments/{payment.pk}"))


@pytest.mark.parametrize("role", [Role.ACCOUNTANT])
def test_those_who_may_not_reconcile_see_everything_of_the_bank_and_change_nothing(desk: Desk, role: str) -> None:
    payment = paid(desk)
    file = taken(desk, csv("20/11/2026,BUPA,95.00"))
    browser = builders.signed_in(desk.colleague(role))
    row = line("BUPA")
    for path in (
        "",
        "/accounts",
        "/statements",
        f"/statements/{file.pk}",
        f"/statements/{file.pk}/file",
        f"/lines/{row.pk}",
    ):
        page = text(browser.get(f"/money/bank{path}")) if not path.endswith("file") else ""
        assert "<button" not in page.partition("<main")[2].partition("</main>")[0].partition('id="lines"')[0]
    assert "BUPA" in text(browser.post("/money/bank", {"words": "bupa"}))
    for path in (
        "statements/new",
        f"accounts/{file.account_id}",
        f"statements/{file.pk}/take-in",
        f"statements/{file.pk}/take-out",
        f"statements/{file.pk}/answer",
        f"lines/{row.pk}/match",
        f"lines/{row.pk}/set-aside",
        f"lines/{row.pk}/bring-back",
        f"matches/{uuid4()}/undo",
        f"payments/{payment.pk}/match",
        f"payments/{payment.pk}/not-expected",
        f"payments/{payment.pk}/expected",
        f"usual/{uuid4()}/stop",
    ):
        assert browser.post(f"/money/bank/{path}", {"payment": str(payment.pk)}).status_code == 403


def test_another_practices_bank_is_not_there(desk: Desk) -> None:
    payment = paid(desk)
    file = taken(desk, csv("20/11/2026,BUPA PAY900001,70.00"))
    group = Match.objects.get().group
    browser = builders.signed_in(builders.member(builders.practice()))
    row = line("BUPA")
    for path in (f"statements/{file.pk}", f"statements/{file.pk}/file", f"lines/{row.pk}"):
        assert browser.get(f"/money/bank/{path}").status_code == 404
    for path in (
        f"accounts/{file.account_id}",
        f"statements/{file.pk}/take-in",
        f"statements/{file.pk}/take-out",
        f"statements/{file.pk}/answer",
        f"lines/{row.pk}/match",
        f"lines/{row.pk}/set-aside",
        f"lines/{row.pk}/bring-back",
        f"matches/{group}/undo",
        f"payments/{payment.pk}/match",
        f"payments/{payment.pk}/not-expected",
        f"payments/{payment.pk}/expected",
    ):
        assert browser.post(f"/money/bank/{path}", {"payment": str(payment.pk)}).status_code == 404
    assert "No statement yet" in text(browser.get("/money/bank"))


def test_what_is_another_practices_cannot_be_matched_with_a_line_of_ours(desk: Desk, browser: Browser) -> None:
    taken(desk, csv("20/11/2026,BUPA,70.00"))
    other = Desk(connected=False)
    theirs, invoice = paid(other), other.invoice()
    entry = payments.record_payment(
        other.actor(),
        invoice=invoice,
        amount=invoice.net_total,
        received_on=date(2026, 11, 20),
        source=LedgerEntry.PATIENT,
    )
    where = f"/money/bank/lines/{line('BUPA').pk}/match"
    for given in (
        {"payment": str(theirs.pk)},
        {"invoice": str(invoice.pk)},
        {"entry": str(entry.pk)},
        {"payment": "x"},
        {"entry": "x"},
        {},
    ):
        assert browser.post(where, given).status_code == 404


def test_many_lines_ask_no_more_of_the_database_than_few(desk: Desk, browser: Browser) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(browser.get("/money/bank"))
        return len(queries)

    def more(number: int) -> None:
        day = date(2026, 11, 1) + timedelta(days=number % 20)
        for kind in ("a", "b"):
            paid(desk, 50 + number, reference=f"PAY{kind}{number:04}", on=day)
        invoice = desk.invoice(client=builders.client(desk.practice, insurer="", last_name=f"Name{number}"))
        taken(
            desk,
            csv(
                f"{day:%d/%m/%Y},BUPA {number},{50 + number}.00",
                f"{day:%d/%m/%Y},{invoice.number},70.00",
                f"{day:%d/%m/%Y},BUPA PAYa{number:04} PART,{40 + number}.00",
            ),
        )

    for number in range(3):
        more(number)
    few = asked()
    for number in range(3, 12):
        more(number)
    assert asked() == few
    assert few <= 30


@pytest.mark.slow
def test_the_page_stays_quick_with_twenty_thousand_lines(desk: Desk, browser: Browser) -> None:
    rows = [
        f"{date(2025, 1, 1) + timedelta(days=n % 600):%d/%m/%Y},Line {n} of many,{n % 300 + 1}.00" for n in range(20000)
    ]
    taken(desk, csv(*rows))
    with CaptureQueriesContext(connection) as queries:
        page = text(browser.get("/money/bank"))
    assert "The first 10 of 20,000" in page
    assert len(queries) <= 30
    slowest = max(float(query["time"]) for query in queries.captured_queries)
    assert slowest < 1.0, "a single read of the page takes a second on a busy machine"
    assert "The first 100 of 20,000" in text(browser.get("/money/bank?show=unexplained"))


def test_the_lines_come_as_a_file_as_the_list_shows_them(desk: Desk, browser: Browser) -> None:
    number = taken_in(desk, told(collected(desk))).payment_reference
    taken(desk, csv(f"20/11/2026,BUPA {number},70.00", "21/11/2026,=HYPERLINK(1),12.00", "22/11/2026,Rent,-900"))

    def rows(**given: str) -> list[list[str]]:
        answer = browser.post("/money/bank", {**given, "file": "csv"})
        assert answer["Content-Disposition"].startswith('attachment; filename="bank-')
        content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        return list(reader(content.splitlines()))

    header, *all_of_them = rows()
    assert header == [*LISTS["bank-lines"].headings, "Matched with"]
    shown = ("Day", "Text", "Amount", "State", "Explained", "Matched with")
    assert [[dict(zip(header, row, strict=True))[name] for name in shown] for row in all_of_them[:3]] == [
        ["2026-11-22", "Rent", "-900.00", "new", "0.00", ""],
        ["2026-11-21", "'=HYPERLINK(1)", "12.00", "new", "0.00", ""],
        ["2026-11-20", f"BUPA {number}", "70.00", "matched", "70.00", f"BUPA {number}"],
    ]
    assert [row[2] for row in rows(words="rent", first_on="1 Nov 2026")[1:]] == ["-900.00"]
    assert rows(words="nobody") == [header]


def test_many_lines_are_written_with_a_handful_of_questions(desk: Desk, browser: Browser) -> None:
    taken(desk, csv(*(f"20/11/2026,Line {place},{place}.00" for place in range(1, 41))))
    counts = []
    for words in ("Line 1", "Line"):
        with CaptureQueriesContext(connection) as asked:
            b"".join(browser.post("/money/bank", {"words": words, "file": "csv"}).streaming_content)  # type: ignore[attr-defined]
        counts.append(len(asked))
    assert counts[0] == counts[1]
