"""A file of payments is brought, seen row by row, answered where it leaves something open, and taken in or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser

from clearbill.bill import insurers
from clearbill.bill.lifecycle import Status
from clearbill.claims.models import Claim
from clearbill.imports.remittance_files import preview, services
from clearbill.invoicing.models import LedgerEntry
from clearbill.money.remittances import source_documents
from clearbill.money.remittances.models import (
    ClaimPayment,
    Document,
    DocumentPart,
    PaymentAdjustment,
    Remittance,
    Upload,
)
from clearbill.people.models import AuditEntry, Role
from clearbill.workspace.models import HealthcodeConnection
from tests import builders
from tests.claims.desk import Desk, status
from tests.fileformats.workbooks import xlsx
from tests.imports.remittance_files.importing_files import (
    HEADER,
    answer,
    bring,
    csv_file,
    page,
    report,
    row,
    take_in,
    text,
    upload,
)
from tests.money.remittances.paying import pounds, taken_in, told
from tests.money.remittances.test_allocation import books, collected

pytestmark = pytest.mark.django_db
BARE = "Invoice,Paid\r\n"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return builders.signed_in(desk.owner)


def state() -> tuple[int, int, int]:
    return Remittance.objects.count(), ClaimPayment.objects.count(), LedgerEntry.objects.count()


def test_before_the_first_file_the_page_says_what_it_takes(browser: Browser) -> None:
    said = text(browser.get("/money/import"))
    assert "XML, CSV or Excel, up to 50 MB" in said
    money = text(browser.get("/money/"))
    assert "Import a file" in money
    assert "Type in a payment" in money


def test_a_file_is_seen_first_and_taken_in_when_it_is_said(desk: Desk, browser: Browser) -> None:
    full, short = collected(desk), collected(desk)
    said = bring(browser, csv_file(row(full), row(short, paid="50.00", short="20.00", day="13/11/2026")))
    assert "Other rows of this payment have 11 Nov 2026." in said
    said = bring(browser, csv_file(row(full), row(short, paid="50.00", short="20.00")))
    assert "2 good, 0 wrong" in said
    assert "Its columns are parted by commas." in said
    assert "Take in all 2 rows" in said
    assert "£120.00" in said
    assert state() == (0, 0, 0)
    said = take_in(browser)
    assert "Taken in: 2 bills put to claims, 0 wait for you." in said
    assert (status(full), status(short)) == (Status.PAID, Status.PART_PAID)
    assert books(short) == (50, 20, 0, 0)
    deducted = LedgerEntry.objects.get(kind=LedgerEntry.SHORT)
    assert (deducted.code, deducted.reason) == ("ZSF01", "Policy excess")
    remittance = Remittance.objects.get()
    assert (remittance.amount, str(remittance.paid_on), remittance.document.way) == (120, "2026-11-11", Document.FILE)
    assert AuditEntry.objects.filter(action="took in a payment file", by=desk.owner.user).count() == 1


def test_only_the_good_rows_are_taken_in_and_the_mended_file_adds_the_rest(desk: Desk, browser: Browser) -> None:
    first, second = collected(desk), collected(desk)
    said = bring(browser, csv_file(row(first), row(second, paid="7o.00")))
    assert "1 good, 1 wrong" in said
    assert "Row 3 The amount paid This is not an amount." in said
    assert "Take in the 1 good row" in said
    take_in(browser)
    assert (status(first), status(second)) == (Status.PAID, Status.COLLECTED)
    assert Remittance.objects.get().amount == 70
    said = bring(browser, csv_file(row(first), row(second)))
    assert "1 good, 0 wrong, 1 here already" in said
    assert "1 was here already" in take_in(browser)
    assert status(second) == Status.PAID
    assert Remittance.objects.get().amount == 140
    assert LedgerEntry.objects.count() == 2


def test_two_rows_of_one_bill_of_which_one_was_wrong_at_first_are_both_counted_once(
    desk: Desk, browser: Browser
) -> None:
    claim = collected(desk)
    parts = [row(claim, paid="30.00", claimed=""), row(claim, paid="40.00", claimed="")]
    bring(browser, csv_file(parts[0].replace("30.00", "3O.00"), parts[1]))
    take_in(browser)
    assert books(claim)[0] == 40
    bring(browser, csv_file(*parts))
    take_in(browser)
    assert books(claim)[0] == 70
    assert list(ClaimPayment.objects.order_by("key").values_list("key", "paid")) == [
        (f"{claim.number}#1", 30),
        (f"{claim.number}#2", 40),
    ]


def test_the_same_bytes_are_kept_once_and_lead_to_what_came_of_them(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    content = csv_file(row(claim))
    bring(browser, content)
    bring(browser, content, name="again.csv")
    assert (Upload.objects.count(), Document.objects.count()) == (1, 1)
    take_in(browser)
    before = state()
    said = bring(browser, content, name="once more.csv")
    assert "This very file was taken in before." in said
    assert "1 bill taken in" in said
    assert "PAY900001" in said
    assert "meanwhile" in take_in(browser)
    assert state() == before
    assert b"".join(browser.get(f"/money/payments/{Remittance.objects.get().pk}/document")) == content  # type: ignore[arg-type]


def test_taking_in_nothing_leaves_nothing(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(row(claim)))
    said = text(browser.post(f"/money/import/{upload().pk}/drop", follow=True))
    assert "Nothing was taken in" in said
    assert not Document.objects.exists()
    assert not Upload.objects.exists()
    assert state() == (0, 0, 0)


def test_all_of_a_file_or_nothing(desk: Desk, browser: Browser) -> None:
    first, second = collected(desk), collected(desk)
    bring(browser, csv_file(row(first), row(second, reference="PAY900002")))
    posted: list[str] = []

    def break_down(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f'INSERT INTO "{LedgerEntry._meta.db_table}"'):
            posted.append(sql)
            if len(posted) == 2:
                raise OperationalError("disk I/O error")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_down), pytest.raises(OperationalError):
        services.commit(desk.actor(), upload=upload())
    assert state() == (0, 0, 0)
    assert upload().state == Upload.OPEN
    assert "2 bills put to claims" in take_in(browser)


def test_a_name_without_an_insurer_is_asked_about_once_for_the_file(desk: Desk, browser: Browser) -> None:
    claim, other = collected(desk), collected(desk)
    said = bring(browser, csv_file(row(claim, insurer="Riverside Mutual"), row(other, insurer="Seaside Mutual")))
    assert "The file calls the insurer “Riverside Mutual”. Which one is it?" in said
    assert "Choose one." in answer(browser, insurer="")
    said = answer(browser, insurer="bupa")
    assert "1 good, 1 wrong" in said
    assert "It is not known which insurer this is." in said
    assert "BUPA, as you said" in said
    take_in(browser)
    assert (status(claim), status(other)) == (Status.PAID, Status.COLLECTED)
    assert Remittance.objects.get().insurer_slug == "bupa"


def test_a_file_that_names_no_payment_needs_the_reference_that_a_person_types(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, f"{BARE}{claim.number},70.00\r\n".encode())
    assert "Nothing says which payment these rows belong to." in said
    said = answer(browser, payment_reference="", typed_reference="", paid_on="")
    assert "Type the reference of the payment." in said
    said = answer(browser, payment_reference="none", typed_reference="pay 900001", paid_on="12 Nov 2026")
    assert "Nothing in the file says which insurer paid." in said
    said = answer(browser, insurer="bupa")
    assert "1 good, 0 wrong" in said
    take_in(browser)
    assert (status(claim), Remittance.objects.get().payment_reference) == (Status.PAID, "pay 900001")
    assert str(LedgerEntry.objects.get().on) == "2026-11-12"


def test_a_day_alone_does_not_make_a_payment(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, f"Invoice,Paid,Payment date,Insurer\r\n{claim.number},70.00,13/11/2026,bup\r\n".encode())
    assert "Type its reference, as it stands on the insurer’s letter" in said
    said = answer(browser, typed_reference="PAY900001")
    assert "1 good, 0 wrong" in said
    take_in(browser)
    assert str(Remittance.objects.get().paid_on) == "2026-11-13"


def test_a_remittance_in_xml_that_names_no_payment_needs_the_reference_too(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    line = f"<Line><InvoiceNo>{claim.number}</InvoiceNo><PaidAmt>70.00</PaidAmt></Line>"
    content = f"<RemittanceMsg><Insurer>bup</Insurer><Payment>{line}</Payment></RemittanceMsg>".encode()
    assert "Type its reference, as it stands on the insurer’s letter" in bring(browser, content, "payment.xml")
    assert "1 good, 0 wrong" in answer(browser, typed_reference="PAY900001", paid_on="12 Nov 2026")
    take_in(browser)
    assert (status(claim), Remittance.objects.get().payment_reference) == (Status.PAID, "PAY900001")


def test_dates_that_can_be_read_in_two_ways_are_asked_about(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, csv_file(row(claim, day="05/11/2026")))
    assert "Every date can be read in more than one way" in said
    assert "day, month, year: 5 Nov 2026" in said
    assert "1 good, 0 wrong" in answer(browser, order="0")
    take_in(browser)
    assert str(Remittance.objects.get().paid_on) == "2026-11-05"


def test_what_was_answered_for_one_file_holds_for_the_next_with_the_same_columns(desk: Desk, browser: Browser) -> None:
    bring(browser, csv_file(row(collected(desk), day="05/11/2026")))
    answer(browser, order="0")
    take_in(browser)
    said = bring(browser, csv_file(row(collected(desk), reference="P2", day="06/11/2026")))
    assert "1 good, 0 wrong" in said
    assert "as you answered for the last file with these columns" in said
    other = csv_file(row(collected(desk), reference="P3", day="06/11/2026")).replace(b"Reason,", b"Remark,")
    assert "Every date can be read in more than one way" in bring(browser, other)


def test_two_columns_that_could_be_the_amount_are_asked_about(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    header = "Invoice,Paid,Amount paid,Payment ref,Insurer"
    said = bring(browser, csv_file(f"{claim.number},1.00,70.00,P1,bup", header=header))
    assert "2 columns could be the amount paid. Which one is it?" in said
    answer(browser, amount_paid="1")
    take_in(browser)
    assert books(claim)[0] == 70


def test_columns_can_be_read_otherwise_after_the_rows_were_seen(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    header = "Invoice,Amount paid,Really paid,Payment ref,Insurer,Date"
    said = bring(browser, csv_file(f"{claim.number},1.00,70.00,P1,bup,13/11/2026", header=header))
    assert "Read the columns otherwise" in said
    given = {"column_invoice_number": "0", "column_amount_paid": "2", "column_payment_reference": "3"}
    said = answer(browser, **given, column_insurer="4", column_paid_on="")
    assert "1 good, 0 wrong" in said
    take_in(browser)
    assert books(claim)[0] == 70
    assert Remittance.objects.get().paid_on is None


def test_a_person_says_whether_what_is_said_twice_is_meant(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    said = bring(browser, csv_file(*[row(claim, paid="35.00", claimed="")] * 2))
    assert "1 row repeats an earlier row word for word, such as row 3, which is the same as row 2." in said
    assert "thing to fix" in answer(browser)
    assert "2 good, 0 wrong" in answer(browser, repeated="1")
    assert "1 good, 0 wrong, 1 said twice" in answer(browser, repeated="no")
    assert "The same as row 2" in page(browser, "?show=repeated")
    assert "2 good, 0 wrong" in answer(browser, repeated="yes")
    assert "1 good, 0 wrong, 1 said twice" in answer(browser, repeated="no")
    answer(browser, repeated="yes")
    take_in(browser)
    assert (status(claim), books(claim)[0]) == (Status.PAID, 70)


def test_rows_that_differ_in_any_column_are_two_payments(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    sessions = [f"{row(claim, paid='35.00', claimed='')},{day}" for day in ("01/11/2026", "08/11/2026")]
    assert "2 good, 0 wrong" in bring(browser, csv_file(*sessions, header=f"{HEADER},Treatment Date"))
    take_in(browser)
    assert (status(claim), books(claim)[0]) == (Status.PAID, 70)


def adjusted(claim: Claim, *adjustments: tuple[str, str]) -> bytes:
    lines = [f",{amount},,,,{reason},PAY900001,11/11/2026,bup" for amount, reason in adjustments]
    return csv_file(row(claim), *lines)


def test_money_for_no_bill_is_in_the_sum_of_its_payment_and_stands_on_its_page(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    interest = ("1.50", "Interest"), ("1.50", "Interest of November")
    said = bring(browser, adjusted(claim, ("-25.00", "Recovery of overpayment"), *interest))
    assert "4 good, 0 wrong" in said
    assert "Adjustment PAY900001" in said
    assert "Adjustments 3, in the sum of the payment" in take_in(browser)
    payment = Remittance.objects.get()
    assert (payment.amount, books(claim)[0], status(claim)) == (pounds(48), 70, Status.PAID)
    said = text(browser.get(f"/money/payments/{payment.pk}"))
    assert "Adjustments What the insurer added" in said
    assert "Recovery of overpayment −£25.00" in said


def test_adjustments_that_are_here_are_not_added_again(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    recovery, interest = ("-25.00", "Recovery of overpayment"), ("1.50", "Interest")
    bring(browser, adjusted(claim, recovery, interest))
    take_in(browser)
    said = bring(browser, adjusted(claim, ("1.50", "INTEREST"), ("-5.00", "Fee"), recovery))
    assert "1 good, 0 wrong, 3 here already" in said
    take_in(browser)
    assert Remittance.objects.get().amount == pounds("41.50")
    text(browser.post(f"/money/payments/{Remittance.objects.get().pk}/take-out", {"reason": "Wrong"}, follow=True))
    assert not PaymentAdjustment.objects.exists()


def test_a_workbook_is_brought_and_its_sheet_chosen(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    sheets = {
        name: [HEADER.split(","), row(claim, reference=name, paid=paid, claimed="").split(",")]
        for name, paid in (("October", "10.00"), ("November", "70.00"))
    }
    said = bring(browser, xlsx(sheets), "payments.xlsx")
    assert "Several sheets of the workbook hold such a table." in said
    assert "was read." not in said
    said = answer(browser, sheet="1")
    assert "1 good, 0 wrong" in said
    assert "The sheet “November” was read." in said
    take_in(browser)
    assert (books(claim)[0], Remittance.objects.get().payment_reference) == (70, "November")


def test_a_total_is_left_out_and_counted(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    assert "1 row left out: a total, not a payment." in bring(browser, csv_file(row(claim), "Total,70.00,,,,,,,"))


def test_a_reference_in_other_case_and_blanks_is_the_same_payment(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    taken_in(desk, told(claim))
    said = bring(browser, csv_file(row(claim, reference=" pay 900001 ", number=claim.number.lower())))
    assert "Everything in this file is here already" in said
    assert Remittance.objects.count() == 1


def test_another_amount_for_a_bill_of_a_payment_that_is_here_is_wrong(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(row(claim, paid="50.00", short="20.00")))
    take_in(browser)
    said = bring(browser, csv_file(row(claim, paid="60.00", short="10.00")))
    assert "This payment is here already, with £50.00 for this bill." in said
    assert "Take in the" not in said


def test_a_payment_that_looks_like_one_that_is_here_is_looked_at_first(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(row(claim, paid="35.00", claimed="")))
    take_in(browser)
    said = bring(browser, csv_file(row(claim, paid="35.00", claimed="", reference="00900001", day="13/11/2026")))
    assert "like PAY900001" in said
    assert "Look at it first; nothing was taken in." in take_in(browser)
    assert Remittance.objects.count() == 1
    assert "Taken in: 1 bill put to claims" in take_in(browser, although_alike="yes")
    assert books(claim)[0] == 70


def test_what_is_deducted_with_a_minus_is_deducted_where_the_sums_prove_it(desk: Desk, browser: Browser) -> None:
    proved, unproved = collected(desk), collected(desk)
    bring(
        browser,
        csv_file(row(proved, paid="50.00", short="-20.00"), row(unproved, paid="50.00", short="-20.00", claimed="")),
    )
    take_in(browser)
    assert books(proved) == (50, 20, 0, 0)
    assert status(unproved) == Status.COLLECTED


def test_a_payment_read_wrongly_is_taken_out_and_its_file_is_taken_in_again(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    header = "Invoice,Amount paid,Really paid,Payment ref,Insurer"
    content = csv_file(f"{claim.number},1.00,70.00,P1,bup", header=header)
    bring(browser, content)
    take_in(browser)
    payment = Remittance.objects.get()
    assert "Take this payment out" in text(browser.get(f"/money/payments/{payment.pk}"))
    said = text(browser.post(f"/money/payments/{payment.pk}/take-out", {"reason": ""}))
    assert "thing to fix" in said
    said = text(browser.post(f"/money/payments/{payment.pk}/take-out", {"reason": "Wrong column"}, follow=True))
    assert "Payment P1 is taken out." in said
    assert (status(claim), books(claim)) == (Status.COLLECTED, (0, 0, 0, pounds(70)))
    assert (Remittance.objects.count(), LedgerEntry.objects.count(), Document.objects.count()) == (0, 2, 1)
    assert "1 good, 0 wrong" in bring(browser, content)
    answer(browser, column_invoice_number="0", column_amount_paid="2", column_payment_reference="3", column_insurer="4")
    take_in(browser)
    assert (status(claim), books(claim)[0]) == (Status.PAID, 70)


def test_what_the_clearing_house_told_cannot_be_taken_out(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    payment = taken_in(desk, told(claim))
    Remittance.objects.update(announced_at=desk.now)
    assert "Take this payment out" not in text(browser.get(f"/money/payments/{payment.pk}"))
    said = text(browser.post(f"/money/payments/{payment.pk}/take-out", {"reason": "x"}, follow=True))
    assert "would tell it again" in said
    assert Remittance.objects.exists()


def test_a_test_message_is_marked_and_refused_where_bills_go_out_live(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    content = (
        '<RemittanceMsg Status="Test"><MsgId>R-1</MsgId><Insurer>bup</Insurer><Payment><PaymentReference>P1'
        f"</PaymentReference><Line><InvoiceNo>{claim.number}</InvoiceNo><PaidAmt>70.00</PaidAmt></Line></Payment>"
        "</RemittanceMsg>"
    ).encode()
    assert "no insurer has paid anything" in bring(browser, content, "test.xml")
    HealthcodeConnection.objects.update(environment="live")
    assert "test message of the clearing house" in take_in(browser)
    assert state() == (0, 0, 0)
    said = bring(browser, content, "test.xml")
    assert "connected to the real one" in said


def test_a_large_file_is_kept_in_pieces_and_paged_through(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_documents, "PIECE_BYTES", 1000)
    claims = [collected(desk) for _ in range(3)]
    strangers = [row(claims[0], number=f"ZZ{number:05}") for number in range(60)]
    content = csv_file(*(row(claim) for claim in claims), *strangers, row(claims[0], number="ZZ1", paid="x"))
    said = bring(browser, content)
    assert DocumentPart.objects.count() == -(-len(content) // 1000) - 1
    assert "63 good, 1 wrong" in said
    assert "Row 65" in said
    assert "1 to 25 of 63" in page(browser, "?show=good")
    assert "ZZ00059" in page(browser, "?show=good&page=3")
    assert "3 bills put to claims, 60 wait for you" in take_in(browser)
    assert b"".join(browser.get(f"/money/payments/{Remittance.objects.get().pk}/document")) == content  # type: ignore[arg-type]


def test_the_report_names_every_row(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(row(claim), row(claim, number="CB1", paid="7o.00")))
    lines = report(browser).splitlines()
    assert lines[0].startswith("\ufeffRow,Verdict,Column,What is wrong")
    assert lines[1].startswith("2,Good,")
    assert lines[2].startswith('3,Wrong,the amount paid,"This is not an amount.')


def test_the_reader_is_asked_as_often_of_the_database_for_many_rows_as_for_few(
    desk: Desk, browser: Browser, django_assert_max_num_queries: Any
) -> None:
    claim = collected(desk)
    bring(
        browser, csv_file(*(row(claim, number=f"ZZ{number:05}", reference=f"P{number % 40}") for number in range(300)))
    )
    with django_assert_max_num_queries(16):
        page(browser)
    with django_assert_max_num_queries(8):
        assert preview.preview(upload())["good"] == 300


def test_who_may_not_record_money_sees_and_takes_in_nothing(desk: Desk, browser: Browser) -> None:
    claim = collected(desk)
    bring(browser, csv_file(row(claim)))
    where = f"/money/import/{upload().pk}"
    reader = builders.signed_in(desk.colleague(Role.ACCOUNTANT))
    assert reader.get(where).status_code == 403
    for path in ("take-in", "drop", "answers"):
        assert reader.post(f"{where}/{path}").status_code == 403
    assert reader.post("/money/import").status_code == 403
    assert Upload.objects.get().state == Upload.OPEN


def test_another_practices_file_is_not_there(desk: Desk, browser: Browser) -> None:
    bring(browser, csv_file(row(collected(desk))))
    stranger = builders.signed_in(builders.member(builders.practice()))
    where = f"/money/import/{upload().pk}"
    assert [stranger.get(f"{where}{path}").status_code for path in ("", "/report")] == [404, 404]
    assert [stranger.post(f"{where}/{path}").status_code for path in ("take-in", "drop", "answers")] == [404] * 3
    assert "payments.csv" not in text(stranger.get("/money/import"))


def test_every_insurer_can_be_chosen_for_a_file(desk: Desk, browser: Browser) -> None:
    bring(browser, f"{BARE}CB1,70.00\r\n".encode())
    answer(browser, typed_reference="P1")
    body = browser.get(f"/money/import/{upload().pk}").content.decode()
    offered = set(re.findall(r'<option value="([a-z-]+)"', body))
    assert offered == {insurer.slug for insurer in insurers.all_insurers()}


def test_a_number_of_a_claim_of_another_practice_is_not_found(desk: Desk, browser: Browser) -> None:
    theirs = collected(Desk())
    bring(browser, csv_file(row(theirs)))
    assert "0 bills put to claims, 1 waits for you" in take_in(browser)
    assert status(theirs) == Status.COLLECTED
    assert Claim.objects.get().pk == theirs.pk
