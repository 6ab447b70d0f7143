"""Invoices of other systems are read: lines that make an invoice, and sums that make up its amount."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from clearbill.fileformats import Answers, LeftOut, Reading, RowFault, UnreadableFile
from clearbill.fileformats.practice_systems import InvoiceRow, read_invoices
from clearbill.fileformats.uploaded_file import Source

TODAY = date(2026, 11, 10)

HEADER = "Invoice number,Client ID,Invoice date,Amount,Paid,Outstanding"


def reading(content: str | bytes, **answers: Any) -> Reading[InvoiceRow]:
    data = content.encode() if isinstance(content, str) else content
    return read_invoices(Source(io.BytesIO(data)), TODAY, Answers.of(answers))


def read(*rows: str, header: str = HEADER, **answers: Any) -> list[Any]:
    return list(reading("\n".join([header, *rows, ""]), **answers))


def sums(row: InvoiceRow) -> tuple[str, str, str]:
    return str(row.amount), str(row.paid), str(row.is_open)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("70.00,20.00,50.00", ("70.00", "20.00", "50.00")),
        ("£1 070.00,,", ("1070.00", "0.00", "1070.00")),
        ("70.00,20.00,", ("70.00", "20.00", "50.00")),
        ("70.00,,50.00", ("70.00", "20.00", "50.00")),
        ("70.00,70.00,0.00", ("70.00", "70.00", "0.00")),
    ],
)
def test_what_is_paid_and_what_is_open_make_up_the_amount(cells: str, expected: tuple[str, str, str]) -> None:
    [found] = read(f"INV-1,7,13/10/2026,{cells}")
    assert sums(found) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("70.00,20.00,120.00", "70.00,20.00,120.00", ("140.00", "20.00", "120.00")),
        ("70.00,20.00,50.00", "70.00,0.00,70.00", ("140.00", "20.00", "120.00")),
        ("70.00,70.00,0.00", "70.00,70.00,0.00", ("140.00", "140.00", "0.00")),
    ],
)
def test_sums_on_several_rows_are_of_the_invoice_or_of_each_row(
    first: str, second: str, expected: tuple[str, str, str]
) -> None:
    [found] = read(f"INV-1,7,13/10/2026,{first}", f"INV-1,7,13/10/2026,{second}")
    assert (found.row_no, len(found.lines), sums(found)) == (3, 2, expected)


def test_what_is_paid_alike_on_each_row_without_what_is_open_is_not_guessed() -> None:
    found = read("INV-1,7,13/10/2026,70.00,20.00,", "INV-1,7,13/10/2026,70.00,20.00,")
    assert [(one.row_no, one.field) for one in found] == [(2, "paid"), (3, "paid")]
    assert "can be of the row or of the invoice" in found[0].sentence


@pytest.mark.parametrize("cells", ["70.00,20.00,49.99", "70.00,80.00,-10.00", "70.00,-5.00,75.00"])
def test_sums_that_do_not_add_up_are_wrong(cells: str) -> None:
    [found] = read(f"INV-1,7,13/10/2026,{cells}")
    assert isinstance(found, RowFault)
    assert (found.field, found.sentence[:27]) == ("is_open", "The sums do not add up: £70")


def test_a_wrong_row_takes_its_invoice_with_it_and_no_other() -> None:
    found = read("INV-1,7,13/10/2026,70.00,,", "INV-1,7,31/02/2026,70.00,,", "INV-2,7,13/10/2026,70.00,,")
    assert [(one.row_no, type(one)) for one in found] == [(2, RowFault), (3, RowFault), (4, InvoiceRow)]
    assert found[0].sentence == "Another row of this invoice is wrong."


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",7,13/10/2026,70.00,,", "number"),
        ("A-NUMBER-THAT-IS-TOO-LONG,7,13/10/2026,70.00,,", "number"),
        ("INV-1,7,13/12/2026,70.00,,", "issued_on"),
        ("INV-1,7,13/10/2026,70.001,,", "amount"),
        ("INV-1,7,13/10/2026,$70,,", "amount"),
    ],
)
def test_what_cannot_be_is_said_at_its_column(row: str, field: str) -> None:
    [found] = [one for one in read(row, "INV-9,7,14/10/2026,70.00,,") if one.row_no == 2]
    assert isinstance(found, RowFault)
    assert found.field == field


def test_rows_of_one_invoice_that_contradict_each_other_are_wrong() -> None:
    found = read("INV-1,7,13/10/2026,70.00,,", "INV-1,8,13/10/2026,70.00,,")
    assert [(one.row_no, one.field, one.sentence) for one in found] == [
        (2, "client_key", "The rows of this invoice do not say the same here."),
        (3, "client_key", "The rows of this invoice do not say the same here."),
    ]


def test_what_stands_on_the_first_row_alone_is_of_the_whole_invoice() -> None:
    [found] = read("INV-1,7,13/10/2026,70.00,20.00,120.00", "INV-1,,13/10/2026,70.00,,")
    assert (found.client_key, sums(found)) == ("7", ("140.00", "20.00", "120.00"))


def test_a_negative_line_makes_its_invoice_wrong_and_a_negative_invoice_is_left_out() -> None:
    wrong = read("INV-1,7,13/10/2026,70.00,,", "INV-1,7,13/10/2026,-10.00,,")
    assert [(one.field, one.sentence[:41]) for one in wrong] == [
        ("amount", "A line of this invoice is negative, such ")
    ] * 2
    assert read("INV-1,7,13/10/2026,-70.00,,") == [
        LeftOut(2, "credit notes and negative invoices: take them off what is open on their invoice")
    ]


def test_invoices_that_are_void_are_left_out() -> None:
    header = f"{HEADER},Status"
    assert read("INV-1,7,13/10/2026,70.00,,,Void", header=header) == [
        LeftOut(2, "invoices that are void, written off or drafts")
    ]


def test_the_client_as_payer_is_no_question() -> None:
    header = "Invoice number,Patient name,Invoice date,Amount,Bill to"
    content = [
        f"INV-{no},Testa Sample,13/10/2026,70.00,{payer}" for no, payer in enumerate(("Testa Sample", "Self", ""))
    ]
    assert [row.insurer_slug for row in read(*content, header=header)] == ["", "", ""]
    [question] = reading(f"{header}\nINV-1,Testa Sample,13/10/2026,70.00,Bestcare\n").questions
    assert question.field == "insurer:Bestcare"


def test_a_bank_statement_is_called_by_its_name() -> None:
    with pytest.raises(UnreadableFile, match="This is a bank statement"):
        reading("Date,Description,Paid in,Paid out,Balance\n1/12/2026,BUPA,70.00,,170.00\n")


def test_the_rows_after_one_are_read_alone() -> None:
    content = "\n".join([HEADER, *(f"INV-{no // 2},7,13/10/2026,70.00,," for no in range(6)), ""]).encode()
    found = read_invoices(Source(io.BytesIO(content)), TODAY, Answers(is_settled=True, order="dmy"), after_row=3)
    assert [(row.row_no, len(row.lines)) for row in found if isinstance(row, InvoiceRow)] == [(5, 2), (7, 2)]
