"""Payments from CSV files of any insurer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import Answers, LeftOut, RemittanceRow, UnreadableFile
from clearbill.fileformats.cells import pounds
from tests.fileformats.reading import paid, paid_reading, paid_rows
from tests.fileformats.test_xml_remittance import FILE

GOOD = "CB1,12.50,PAY1,25/11/2026,Testa Sample"


def test_columns_are_known_by_their_header_in_any_order() -> None:
    reading = paid_reading(
        "Our remittance\n\n"
        "Date paid;Member no.;Short-fall (£);Inv. No.;Amount claimed;PAID_AMOUNT;Reason;BACS ref;Payor\n"
        "25/11/2026;ZZ1;20;CB1;125.00;£105;Excess;P9;bup\n"
    )
    assert reading.columns["amount_paid"] == "PAID_AMOUNT"
    (row,) = reading
    assert (row.row_no, row.invoice_number, row.amount_paid) == (4, "CB1", Decimal("105.00"))  # type: ignore[union-attr]
    assert (row.amount_claimed, row.shortfall) == (Decimal("125.00"), Decimal("20.00"))  # type: ignore[union-attr]
    assert (row.reason, row.membership_number, row.insurer) == ("Excess", "ZZ1", "bup")  # type: ignore[union-attr]
    assert (row.payment_reference, row.paid_on) == ("P9", date(2026, 11, 25))  # type: ignore[union-attr]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(delimiter: str) -> None:
    rows, faults = paid(paid_rows(GOOD).replace(",", delimiter))
    assert (len(rows), faults) == (1, [])


def test_the_line_with_which_excel_names_the_delimiter_is_no_row() -> None:
    rows, faults = paid("sep=;\r\n" + paid_rows(GOOD).replace(",", ";"))
    assert ([row.row_no for row in rows], faults) == ([3], [])


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_the_encoding_is_found_and_told(encoding: str, told: str) -> None:
    content = paid_rows("CB1,£12.50,PAY1,25/11/2026,Zoë").encode(encoding)
    reading = paid_reading(content)
    assert reading.encoding == told
    (row,) = reading
    assert row.patient_name == "Zoë"  # type: ignore[union-attr]
    assert row.amount_paid == Decimal("12.50")  # type: ignore[union-attr]


def test_utf_16_with_the_other_byte_order_is_read_and_without_mark_refused() -> None:
    assert len(paid(b"\xfe\xff" + paid_rows(GOOD).encode("utf-16-be"))[0]) == 1
    with pytest.raises(UnreadableFile, match="UTF-16"):
        paid_reading(paid_rows(GOOD).encode("utf-16-le"))


def test_an_amount_in_a_wrong_encoding_is_a_fault_and_no_guess() -> None:
    content = paid_rows("CB1,−12.50,PAY1,25/11/2026,Zoë").encode() + b"\xe9"
    rows, faults = paid(content)
    assert not rows
    assert faults[0].field == "amount_paid"


def test_a_number_that_was_damaged_on_the_way_is_a_fault() -> None:
    _, faults = paid(paid_rows("CB\ufffd1,12.50,PAY1,25/11/2026,Zo\ufffd"))
    assert [fault.field for fault in faults] == ["invoice_number"]


def test_two_columns_that_could_be_the_amount_are_asked_about_and_the_answer_holds() -> None:
    content = "Invoice,Paid,Amount paid,Payment ref\nCB1,10.00,12.50,P1\n"
    (question,) = paid_reading(content).questions
    assert (question.field, [choice.value for choice in question.choices]) == ("amount_paid", ["Paid", "Amount paid"])
    with pytest.raises(UnreadableFile, match="questions"):
        iter(paid_reading(content))
    (row,), _ = paid(content, Answers(columns={"amount_paid": "Paid"}))
    assert row.amount_paid == Decimal("10.00")


def test_two_columns_of_the_same_name_can_be_told_apart() -> None:
    content = "Invoice,Paid,Paid,Payment ref\nCB1,10.00,12.50,P1\n"
    (question,) = paid_reading(content).questions
    assert [choice.value for choice in question.choices] == ["Paid (column 2)", "Paid (column 3)"]
    (row,), _ = paid(content, Answers(columns={"amount_paid": "Paid (column 3)"}))
    assert row.amount_paid == Decimal("12.50")


def test_an_amount_beside_a_shortfall_could_be_the_claim_and_is_asked_about() -> None:
    content = "Invoice,Amount,Shortfall,Payment ref\nCB1,10.00,2.50,P1\n"
    (question,) = paid_reading(content).questions
    assert question.field == "amount_paid"
    assert len(paid(content, Answers(columns={"amount_paid": "Amount"}))[0]) == 1


def test_without_a_header_every_column_is_asked_for_by_number() -> None:
    content = "CB1,12.50,PAY1\nCB2,13.50,PAY1\n"
    questions = paid_reading(content).questions
    assert [question.field for question in questions] == ["invoice_number", "amount_paid", "payment_reference"]
    assert questions[0].choices[1].value == "column 2"
    answers = {"invoice_number": "column 1", "amount_paid": "column 2", "payment_reference": "column 3"}
    rows, _ = paid(content, Answers(columns=answers))
    assert [(row.row_no, row.invoice_number) for row in rows] == [(1, "CB1"), (2, "CB2")]


def test_a_header_in_words_of_its_own_is_a_header_and_is_asked_about() -> None:
    content = "Rechnung,Betrag,Zahlung\nCB1,12.50,PAY1\n"
    assert {choice.value for choice in paid_reading(content).questions[0].choices} == {"Rechnung", "Betrag", "Zahlung"}


def test_which_payment_it_is_can_be_typed_for_the_whole_file() -> None:
    content = "Invoice,Paid\nCB1,12.50\n"
    assert [question.field for question in paid_reading(content).questions] == ["payment_reference"]
    (row,), _ = paid(content, Answers(same={"payment_reference": "PAY7"}))
    assert (row.payment_reference, row.key) == ("PAY7", "pay7|cb1|1")


def test_a_column_that_is_not_there_cannot_be_chosen() -> None:
    with pytest.raises(UnreadableFile, match="does not have"):
        paid_reading(paid_rows(GOOD), Answers(columns={"amount_paid": "Nothing"}))


def test_day_and_month_are_asked_about_where_every_row_is_ambiguous() -> None:
    content = paid_rows("CB1,1.00,P,05/11/2026,", "CB2,1.00,P,06/11/2026,")
    (question,) = paid_reading(content).questions
    assert question.field == "order"
    assert [choice.label for choice in question.choices] == [
        "day, month, year: 5 Nov 2026",
        "month, day, year: 11 May 2026",
    ]
    assert paid(content, Answers(order="dmy"))[0][0].paid_on == date(2026, 11, 5)
    assert paid(content, Answers(order="mdy"))[0][0].paid_on == date(2026, 5, 11)


@pytest.mark.parametrize(("proving", "day"), [("25/11/2026", date(2026, 11, 5)), ("11/25/2026", date(2026, 5, 11))])
def test_one_date_that_has_a_single_reading_proves_the_order(proving: str, day: date) -> None:
    rows, faults = paid(paid_rows("CB1,1.00,P,05/11/2026,", f"CB2,1.00,P,{proving},"))
    assert (rows[0].paid_on, faults) == (day, [])


def test_dates_in_two_orders_are_asked_about() -> None:
    content = paid_rows("CB1,1.00,P,25/11/2026,", "CB2,1.00,P,11/25/2026,", "CB3,1.00,P,05/11/2026,")
    (question,) = paid_reading(content).questions
    assert "different orders" in question.sentence
    rows, faults = paid(content, Answers(order="dmy"))
    assert ([row.invoice_number for row in rows], [fault.row_no for fault in faults]) == (["CB1", "CB3"], [3])


def test_a_date_that_reads_the_same_both_ways_asks_nothing() -> None:
    rows, _ = paid(paid_rows("CB1,1.00,P,05/05/2026,"))
    assert rows[0].paid_on == date(2026, 5, 5)


def test_swapped_columns_are_told_at_each_field() -> None:
    _, faults = paid(paid_rows("CB1,25/11/2026,PAY1,12.50,Testa Sample"))
    assert [(fault.field, fault.shown) for fault in faults] == [("amount_paid", "25/11/2026"), ("paid_on", "12.50")]
    assert all("swapped" in fault.sentence for fault in faults)


def test_a_name_in_the_column_of_the_amount_is_masked() -> None:
    _, (fault,) = paid(paid_rows("CB1,Testa O’Sample,PAY1,25/11/2026,12.50"))
    assert (fault.field, fault.shown) == ("amount_paid", "… …")


@pytest.mark.parametrize("cell", ["=12.50", "=1+1", "@12.50", "\t12.50", "=HYPERLINK(1)", "+1+1", "-2+3", "+cmd|x"])
def test_a_formula_never_becomes_an_amount_and_stays_text_elsewhere(cell: str) -> None:
    _, (fault,) = paid(paid_rows(f"CB1,{cell},PAY1,25/11/2026,"))
    assert fault.field == "amount_paid"
    (row,), _ = paid(paid_rows(f"{cell},12.50,PAY1,25/11/2026,"))
    assert row.invoice_number == cell.strip()


def test_clawbacks_are_amounts_below_nothing() -> None:
    rows, _ = paid(paid_rows("CB1,-12.50,P,25/11/2026,", "CB2,(12.50),P,25/11/2026,", "CB3,12.50-,P,25/11/2026,"))
    assert {row.amount_paid for row in rows} == {Decimal("-12.50")}


def test_rows_with_too_few_or_too_many_cells_are_faults_and_blank_cells_at_the_end_are_not() -> None:
    rows, faults = paid(paid_rows("CB1,12.50,P", "CB2,1,200.50,P,25/11/2026,x", f"{GOOD},,"))
    assert [fault.row_no for fault in faults] == [2, 3]
    assert ["too few" in faults[0].sentence, "too many" in faults[1].sentence] == [True, True]
    assert [row.row_no for row in rows] == [4]


def test_a_quotation_mark_that_never_closes_costs_its_own_row_only() -> None:
    rows, faults = paid(
        paid_rows(GOOD, 'CB2,12.50,PAY1,25/11/2026,"Testa', *[f"CB{no},1.00,P,25/11/2026," for no in range(40)])
    )
    assert [(fault.row_no, "quotation" in fault.sentence) for fault in faults] == [(3, True)]
    assert len(rows) == 41
    assert [row.row_no for row in rows[:3]] == [2, 4, 5]


def test_a_quotation_mark_left_open_at_the_end_loses_no_row_after_it() -> None:
    rows, faults = paid(paid_rows('CB2,12.50,PAY1,25/11/2026,"Testa', GOOD))
    assert ([row.row_no for row in rows], [fault.row_no for fault in faults]) == ([3], [2])


def test_a_cell_may_hold_a_line_end_and_the_delimiter() -> None:
    rows, _ = paid(paid_rows('CB1,"1,212.50",PAY1,25/11/2026,"Testa\r\nSample, ""T"""', GOOD))
    assert (rows[0].amount_paid, rows[0].patient_name) == (Decimal("1212.50"), 'Testa Sample, "T"')
    assert [row.row_no for row in rows] == [2, 3]


def test_nul_bytes_are_told_at_their_row() -> None:
    rows, faults = paid(paid_rows("CB1,12\x00.50,PAY1,25/11/2026,", GOOD))
    assert ([row.row_no for row in rows], [fault.row_no for fault in faults]) == ([3], [2])


def test_one_endless_line_is_a_fault_and_the_next_line_is_read() -> None:
    rows, faults = paid(paid_rows("CB1,12.50,PAY1,25/11/2026," + "x" * 3_000_000, GOOD))
    assert ([row.row_no for row in rows], [fault.row_no for fault in faults]) == ([3], [2])


def test_only_a_header_gives_no_rows_and_says_so() -> None:
    rows, faults = paid(paid_rows())
    assert (rows, [(fault.row_no, fault.sentence) for fault in faults]) == (
        [],
        [(0, "The file holds no rows below its header.")],
    )


def test_a_total_is_left_out_wherever_it_is_called_so() -> None:
    for total in ("Total,,250.00,", ",Total,250.00,", ",,250.00,Total", ",,250.00,Grand total:"):
        found = list(paid_reading(f"Payment Reference,Invoice No,Amount Paid,Reason\nP1,CB1,250.00,Total\n{total}\n"))
        assert [type(one) for one in found] == [RemittanceRow, LeftOut]


def test_other_money_is_refused() -> None:
    content = "Invoice,Paid,Payment ref,Currency\nCB1,10.00,P1,EUR\nCB2,€10.00,P1,GBP\nCB3,10.00,P1,GBP\n"
    rows, faults = paid(content)
    assert [fault.field for fault in faults] == ["currency", "amount_paid"]
    assert len(rows) == 1


def test_the_same_row_twice_is_told_and_keeps_its_own_key() -> None:
    rows, _ = paid(paid_rows(GOOD, GOOD, GOOD.replace("12.50", "1.00")))
    assert [row.key for row in rows] == ["pay1|cb1|1", "pay1|cb1|2", "pay1|cb1|3"]
    assert [row.repeats_row for row in rows] == [0, 2, 0]


def test_rows_that_differ_in_a_column_that_is_not_read_do_not_repeat_each_other() -> None:
    header = "Invoice No,Amount Paid,Payment Reference,Treatment Date,Therapist"
    rows, faults = paid(f"{header}\nCB1,70,P,01/11/2026,A\nCB1,70,P,08/11/2026,A\nCB1,70,P,08/11/2026,A\n")
    assert ([row.repeats_row for row in rows], faults) == ([0, 0, 3], [])
    assert len({row.key for row in rows}) == 3


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("-25.00", "Recovery of overpayment"),
        ("1.50", "Interest"),
        ("(5.00)", "Admin fee"),
        ("-70.00", "Adjustment from previous statement"),
        ("-12.00", "Offset"),
    ],
)
def test_money_that_is_for_no_bill_is_a_row_of_its_own(amount: str, reason: str) -> None:
    header = "Payment Reference,Invoice No,Patient,Amount Claimed,Amount Paid,Reason"
    rows, faults = paid(f"{header}\nP1,CB1,A Sample,70,70,\nP1,,,,{amount},{reason}\n")
    assert faults == []
    assert [(row.is_adjustment, row.reason) for row in rows] == [(False, ""), (True, reason)]
    assert rows[1].amount_paid == pounds(amount)


@pytest.mark.parametrize("row", [",A Sample,,-25.00,Recovery", ",,70,70,Interest", ",,,70,Physiotherapy", ",,,70,"])
def test_a_row_of_a_bill_whose_number_is_missing_stays_a_fault(row: str) -> None:
    rows, faults = paid(f"Payment Reference,Invoice No,Patient,Amount Claimed,Amount Paid,Reason\nP1,{row}\n")
    assert (rows, [(fault.field, fault.sentence) for fault in faults]) == (
        [],
        [("invoice_number", "The invoice number is missing.")],
    )


@pytest.mark.parametrize("written", ["1.00012E+11", "1e+11", "1,00012E+11", "1.5E12"])
def test_a_number_that_a_spreadsheet_cut_short_is_told(written: str) -> None:
    for row in (f'"{written}",70,P1', f'CB1,70,"{written}"'):
        rows, faults = paid(f"Invoice No,Amount Paid,Payment Reference\n{row}\n")
        assert (rows, len(faults), "cut this number short" in faults[0].sentence) == ([], 1, True)
    assert paid("Invoice No,Amount Paid,Payment Reference\nCB1,70,1E11B\n")[0]


def test_the_key_of_a_fact_is_the_same_from_xml_and_csv() -> None:
    from_xml = [row.key for row in paid(FILE)[0]]
    content = paid_rows("cb 10042,105,pay900001,25/11/2026,", "CB10043,80.5,PAY 900001,25/11/2026,")
    assert [row.key for row in paid(content)[0]] == from_xml


def test_keys_of_different_facts_never_meet() -> None:
    rows, _ = paid(
        paid_rows("B|C,1,A,25/11/2026,", "C,1,A|B,25/11/2026,", "C,1,,25/11/2026,", "C,1,on2026-11-25,25/11/2026,")
    )
    assert len({row.key for row in rows}) == 4


def test_a_payment_known_by_the_clearing_house_alone_is_a_row() -> None:
    content = "Invoice,Paid,Payment ref,CH claim no\n,10.00,P1,9000000123\n,10.00,P1,\n"
    rows, faults = paid(content)
    assert ([row.key for row in rows], [fault.row_no for fault in faults]) == (["p1|ch 9000000123|1"], [3])


def test_a_reading_is_iterated_once() -> None:
    reading = paid_reading(paid_rows(GOOD))
    assert len(list(reading)) == 1
    with pytest.raises(UnreadableFile, match="already"):
        iter(reading)


def test_a_reason_and_its_code_are_two_columns_and_the_file_tells_how_it_is_built() -> None:
    reading = paid_reading("Invoice;Paid;Payment ref;Reason code;Reason\nCB1;50.00;P1;ZSF01;Policy excess\n")
    assert reading.names == ("Invoice", "Paid", "Payment ref", "Reason code", "Reason")
    assert reading.notes == ("Its columns are parted by semicolons.",)
    (row,) = reading
    assert (row.reason_code, row.reason) == ("ZSF01", "Policy excess")  # type: ignore[union-attr]
