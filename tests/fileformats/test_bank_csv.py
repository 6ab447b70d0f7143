"""Bank statements from CSV: signs, order of dates and balances."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import Answers, BankRow, LeftOut, RowFault, UnreadableFile
from tests.fileformats.reading import bank, bank_reading


def _amounts(rows: list[BankRow]) -> list[str]:
    return [str(row.amount) for row in rows]


def test_a_statement_with_one_column_of_amounts_is_read() -> None:
    content = "Account,12345678\n\nDate,Type,Description,Amount,Balance,Reference\n" + (
        "23/11/2026,BAC,BUPA PAY900001,185.00,285.00,PAY900001\n24/11/2026,DD,RENT,-85.00,200.00,\n"
    )
    rows, faults = bank(content)
    assert not faults
    first = rows[0]
    assert (first.row_no, first.booked_on, first.amount) == (4, date(2026, 11, 23), Decimal("185.00"))
    assert (first.description, first.reference, first.transaction_type) == ("BUPA PAY900001", "PAY900001", "BAC")
    assert (first.balance, _amounts(rows)) == (Decimal("285.00"), ["185.00", "-85.00"])


def test_money_in_and_money_out_may_stand_in_two_columns() -> None:
    rows, faults = bank(
        "Date;Details;Paid out;Paid in\n23/11/2026;a;;10.00\n24/11/2026;b;2.50;0.00\n24/11/2026;c;£1;-\n"
    )
    assert (_amounts(rows), faults) == (["10.00", "-2.50", "-1.00"], [])


def test_money_out_that_is_always_written_with_a_minus_is_money_out_and_told() -> None:
    content = "Date,Details,Debit,Credit\n23/11/2026,a,-10.00,\n24/11/2026,b,-2.50,\n"
    assert "with a minus in its own column" in bank_reading(content).notes[0]
    assert _amounts(bank(content)[0]) == ["-10.00", "-2.50"]


def test_money_out_with_and_without_a_minus_is_not_guessed() -> None:
    rows, faults = bank("Date,Details,Debit,Credit\n23/11/2026,a,-10.00,\n24/11/2026,b,2.50,\n24/11/2026,c,1,1\n")
    assert (_amounts(rows), [(fault.row_no, fault.field) for fault in faults]) == (
        ["-2.50"],
        [(2, "paid_out"), (4, "paid_out")],
    )


def test_a_column_of_debit_and_credit_gives_the_sign() -> None:
    rows, faults = bank(
        "Date,Amount,Dr/Cr\n23/11/2026,10,CR\n24/11/2026,2.50,Debit\n24/11/2026,1,?\n24/11/2026,-1,CR\n"
    )
    assert (_amounts(rows), [fault.row_no for fault in faults]) == (["10.00", "-2.50"], [4, 5])


def test_dr_and_cr_beside_the_amount_give_the_sign() -> None:
    assert _amounts(bank("Date,Amount\n23/11/2026,10.00 CR\n24/11/2026,12.50 DR\n")[0]) == ["10.00", "-12.50"]


def test_amounts_and_columns_for_in_and_out_together_are_asked_about() -> None:
    content = "Date,Amount,Paid in,Paid out\n23/11/2026,1.00,2.00,\n24/11/2026,-1.00,,3.00\n"
    (question,) = bank_reading(content).questions
    assert [choice.value for choice in question.choices] == ["Amount", ""]
    assert _amounts(bank(content, Answers(columns={"amount": "Amount"}))[0]) == ["1.00", "-1.00"]
    assert _amounts(bank(content, Answers(columns={"amount": ""}))[0]) == ["2.00", "-3.00"]


NEWEST_FIRST = "Date,Description,Amount,Balance\n" + (
    "25/11/2026,a,12.50,112.50\n24/11/2026,b,-10,100\n24/11/2026,c,-10,110\n23/11/2026,d,7,120\n23/11/2026,e,1,113\n"
)


def test_balances_are_followed_with_the_newest_row_first() -> None:
    rows, faults = bank(NEWEST_FIRST)
    assert (_amounts(rows), faults) == (["12.50", "-10.00", "-10.00", "7.00", "1.00"], [])


@pytest.mark.parametrize("wrong", ["12.50,112.50", "-10,100\n"])
def test_a_row_that_breaks_the_balance_is_a_line_and_its_day_is_told(wrong: str) -> None:
    content = NEWEST_FIRST.replace(wrong, wrong.replace("12.50,", "21.50,").replace("-10,", "10,"))
    rows, faults = bank(content)
    assert (len(rows), faults) == (5, [])
    assert "do not follow from the amounts on 1 day, first on 2" in bank_reading(content).notes[-1]


def test_lines_of_a_day_may_stand_in_any_order() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,101\n24/11/2026,-30,254\n24/11/2026,185,286\n" + (
        "24/11/2026,-2,284\n25/11/2026,-4,250\n26/11/2026,-5,245\n27/11/2026,-5,240\n"
    )
    assert len(bank(content)[0]) == 7
    assert not bank_reading(content).notes


def test_a_missing_line_is_told_by_the_day_after_it() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,101\n24/11/2026,-1,100\n26/11/2026,5,110\n27/11/2026,-4,106\n"
    assert "first on 26 Nov 2026" in bank_reading(content).notes[0]
    upside_down = content.splitlines()[:1] + content.splitlines()[:0:-1]
    assert "first on 24 Nov 2026" in bank_reading("\n".join(upside_down)).notes[0]


def test_a_balance_that_cannot_be_read_makes_no_line_wrong() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,101\n24/11/2026,2,Pending\n25/11/2026,-3,n/a\n"
    rows, faults = bank(content)
    assert ([row.balance for row in rows], faults) == ([Decimal("101.00"), None, None], [])


def test_balances_prove_that_plain_amounts_are_money_out() -> None:
    content = "Date,Amount,Balance\n23/11/2026,10,90\n24/11/2026,-5,95\n25/11/2026,20,75\n"
    assert "is money out" in bank_reading(content).notes[0]
    assert _amounts(bank(content)[0]) == ["-10.00", "5.00", "-20.00"]


def test_balances_that_fit_both_signs_are_asked_about() -> None:
    content = "Date,Amount,Balance\n23/11/2026,70,100\n23/11/2026,70,170\n23/11/2026,70,240\n"
    (question,) = bank_reading(content).questions
    assert question.field == "sign"
    assert _amounts(bank(content, Answers(sign="in"))[0]) == ["70.00"] * 3
    assert _amounts(bank(content.replace("23/11/2026,70,240", "24/11/2026,70,240"))[0]) == ["70.00"] * 3


def test_amounts_and_columns_for_in_and_out_that_agree_are_not_asked_about() -> None:
    content = "Date,Amount,Paid in,Paid out\n23/11/2026,2.00,2.00,\n24/11/2026,-3.00,,3.00\n"
    assert _amounts(bank(content)[0]) == ["2.00", "-3.00"]
    assert _amounts(bank(content.replace("-3.00,", "3.00,"))[0]) == ["2.00", "-3.00"]


def test_a_column_for_money_in_that_has_none_is_left_aside() -> None:
    content = "Date,Amount,Paid in,Paid out\n23/11/2026,2.00,,\n24/11/2026,-3.00,,\n"
    assert _amounts(bank(content)[0]) == ["2.00", "-3.00"]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ("10,Credit\n2.50,Debit", ["10.00", "-2.50"]),
        ("10,Credit\n-2.50,Debit", ["10.00", "-2.50"]),
        ("-10,Credit\n2.50,Debit", ["10.00", "-2.50"]),
        ("10,CRDT\n2.50,DBIT", ["10.00", "-2.50"]),
        ("10,In\n2.50,Out", ["10.00", "-2.50"]),
        ("-10,Credit\n-2.50,Debit\n5,Credit", ["-10.00", "-2.50", "5.00"]),
    ],
)
def test_the_type_gives_the_sign_where_the_amounts_do_not(amounts: str, expected: list[str]) -> None:
    lines = "".join(f"23/11/2026,{line}\n" for line in amounts.split("\n"))
    assert _amounts(bank(f"Date,Amount,Transaction Type\n{lines}")[0]) == expected


STATUSES = "Date,Description,Amount,Status\n23/11/2026,a,1.00,Settled\n24/11/2026,b,-2.00,{}\n"


@pytest.mark.parametrize(
    ("status", "reason"),
    [("Pending", "pending"), ("DECLINED", "declined"), ("Reverted", "reversed"), ("canceled", "cancelled")],
)
def test_a_row_that_is_not_booked_is_left_out(status: str, reason: str) -> None:
    assert list(bank_reading(STATUSES.format(status)))[1] == LeftOut(3, reason)


def test_a_status_that_is_not_known_is_asked_about() -> None:
    content = STATUSES.format("Frozen")
    assert [question.field for question in bank_reading(content).questions] == ["unknown_status"]
    assert _amounts(bank(content, Answers(unknown_status="booked"))[0]) == ["1.00", "-2.00"]
    assert list(bank_reading(content, Answers(unknown_status="left_out")))[1] == LeftOut(3, "of another status")


FEES = "Date,Description,Amount,Fee,Balance\n23/11/2026,a,100.00,0,100\n24/11/2026,b,-20.00,0.50,{}\n"


def test_balances_prove_whether_a_fee_is_taken_besides_the_amount() -> None:
    assert _amounts(bank(FEES.format("79.50"))[0]) == ["100.00", "-20.50"]
    assert _amounts(bank(FEES.format("80"))[0]) == ["100.00", "-20.00"]


def test_a_total_proves_that_a_fee_is_taken_besides_the_amount() -> None:
    content = "Date,Description,Amount,Fee,Total amount\n23/11/2026,a,100.00,0,100\n24/11/2026,b,-20.00,0.50,-20.50\n"
    assert _amounts(bank(content)[0]) == ["100.00", "-20.50"]


def test_fees_in_total_are_in_the_amount_where_no_balance_says_otherwise() -> None:
    assert _amounts(bank(FEES.format("").replace("Fee", "Total fees"))[0]) == ["100.00", "-20.00"]
    assert _amounts(bank(FEES.format("79.50").replace("Fee", "Total fees"))[0]) == ["100.00", "-20.50"]


def test_a_row_that_is_a_fee_alone_is_a_line() -> None:
    content = "Date,Description,Amount,Fee,Balance\n23/11/2026,a,100.00,0.00,100\n24/11/2026,Plan,0.00,-3.99,96.01\n"
    assert _amounts(bank(f"{content}25/11/2026,b,-1.00,0.00,95.01\n")[0]) == ["100.00", "-3.99", "-1.00"]


@pytest.mark.parametrize(("currency", "good"), [("GBP - British pound", 2), ("Euro", 0), ("£", 2), ("EUR - Euro", 0)])
def test_a_currency_in_words_is_read_too(currency: str, good: int) -> None:
    content = f"Date,Description,Amount,Currency\n23/11/2026,a,1.00,{currency}\n24/11/2026,b,-2.00,{currency}\n"
    assert len(bank(content)[0]) == good


def test_a_fee_that_no_balance_proves_is_asked_about() -> None:
    content = FEES.format("")
    assert [question.field for question in bank_reading(content).questions] == ["fees"]
    assert _amounts(bank(content, Answers(fees="on_top"))[0]) == ["100.00", "-20.50"]
    assert _amounts(bank(content, Answers(fees="included"))[0]) == ["100.00", "-20.00"]


def test_a_line_in_other_money_is_wrong_whatever_its_column_is_called() -> None:
    rows, faults = bank("Date,Amount,Posted Currency\n23/11/2026,1,GBP\n24/11/2026,-2,EUR\n")
    assert (_amounts(rows), [(fault.field, fault.shown) for fault in faults]) == (["1.00"], [("currency", "EUR")])


def test_amounts_whose_name_says_other_money_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="not in pounds"):
        bank_reading("Date,Description,Amount (EUR)\n23/11/2026,a,1\n")


def test_one_column_of_text_is_taken_whatever_it_is_called_and_several_are_asked_about() -> None:
    one = "Date,Buchung,Amount\n23/11/2026,BUPA PAY1,1.00\n24/11/2026,Rent,-2.00\n"
    assert [row.description for row in bank(one)[0]] == ["BUPA PAY1", "Rent"]
    two = "Date,Buchung,Zweck,Amount\n23/11/2026,BUPA,PAY1,1.00\n24/11/2026,House,Rent,-2.00\n"
    (question,) = bank_reading(two).questions
    assert (question.field, question.takes_several) == ("description", True)
    assert [choice.cells for choice in question.choices] == [("BUPA", "House"), ("PAY1", "Rent")]
    rows, _ = bank(two, Answers.of({"description": ["Buchung", "Zweck"]}))
    assert [row.description for row in rows] == ["BUPA PAY1", "House Rent"]


def test_texts_of_several_columns_are_joined_and_no_word_is_dropped_but_what_is_said_already() -> None:
    content = "Date,Description1,Description2,Merchant,Reference,Amount\n23/11/2026,TESTA,A,Testa,r,1.00\n" + (
        "24/11/2026,VDP-PAPER,AND INK,Paper and Ink,r,-2.00\n"
    )
    assert [row.description for row in bank(content)[0]] == ["TESTA A", "VDP-PAPER AND INK Paper and Ink"]


def test_columns_without_names_are_found_by_what_stands_in_them() -> None:
    rows, _ = bank("23/11/2026,DD,RENT,-2.00,99.00\n24/11/2026,CR,BUPA,5.00,104.00\n25/11/2026,DD,GAS,-3.00,101.00\n")
    assert _amounts(rows) == ["-2.00", "5.00", "-3.00"]
    assert [row.description for row in rows] == ["DD RENT", "CR BUPA", "DD GAS"]
    rows, _ = bank("23/11/2026,RENT,2.00,,99.00\n24/11/2026,BUPA,,5.00,104.00\n25/11/2026,GAS,3.00,,101.00\n")
    assert _amounts(rows) == ["-2.00", "5.00", "-3.00"]


def test_columns_without_names_are_asked_for_with_their_cells_where_nothing_proves_them() -> None:
    (question,) = bank_reading("23/11/2026,RENT,1.00,7.00\n24/11/2026,GAS,-2.00,9.00\n").questions
    assert (question.field, question.choices[0].cells) == ("amount", ("1.00", "-2.00"))


def test_two_columns_of_which_one_is_filled_are_in_and_out_and_it_is_asked_which() -> None:
    content = "23/11/2026,RENT,2.00,\n24/11/2026,BUPA,,5.00\n"
    (question,) = bank_reading(content).questions
    assert (question.field, [choice.cells for choice in question.choices]) == ("paid_in", [("2.00",), ("5.00",)])
    assert _amounts(bank(content, Answers.of({"paid_in": "column 4"}))[0]) == ["-2.00", "5.00"]


def test_three_days_of_one_month_have_the_day_first_and_the_first_of_three_months_are_asked_about() -> None:
    content = "Date,Amount\n02/11/2026,70\n05/11/2026,-80\n11/11/2026,-1\n"
    assert [row.booked_on.day for row in bank(content)[0]] == [2, 5, 11]
    firsts = "Date,Amount\n01/09/2026,70\n01/10/2026,-80\n01/11/2026,-1\n"
    assert [question.field for question in bank_reading(firsts).questions] == ["order"]


def test_an_order_of_dates_that_leads_into_the_future_is_not_meant() -> None:
    assert bank("Date,Amount\n11/11/2026,1\n12/11/2026,-1\n")[0][1].booked_on == date(2026, 11, 12)


def test_decimal_commas_are_read_where_no_amount_has_a_point() -> None:
    content = "Date;Amount\n23/11/2026;70,00\n24/11/2026;-1.042,50\n25/11/2026;1,185\n26/11/2026;1.185\n"
    rows, faults = bank(content)
    assert (_amounts(rows), [fault.row_no for fault in faults]) == (["70.00", "-1042.50", "1185.00"], [4])
    rows, faults = bank(content.replace("1.042,50", "1042.50"))
    assert (_amounts(rows), [fault.row_no for fault in faults]) == (["-1042.50", "1185.00"], [2, 5])


def test_headings_that_come_again_and_rows_of_nothing_are_left_out() -> None:
    content = "Date,Description,Amount,In,Out\n23/11/2026,a,-5.00,,5.00\nDate,Description,Amount,In,Out\n" + (
        "24/11/2026,card check,0.00,,\n24/11/2026,b,5.00,5.00,0.00\n"
    )
    found = list(bank_reading(content))
    assert found[1:3] == [LeftOut(3, "a heading"), LeftOut(4, "an amount of nothing")]
    assert [str(row.amount) for row in found if isinstance(row, BankRow)] == ["-5.00", "5.00"]


def test_a_merchant_called_total_is_a_line() -> None:
    content = "Date,Description,Amount\n23/11/2026,TOTAL,-50.00\n24/11/2026,CLOSING BALANCE,7.00\n,Total debits,-50\n"
    assert [type(row) for row in bank_reading(content)] == [BankRow, LeftOut, LeftOut]


def test_a_header_alone_asks_nothing() -> None:
    reading = bank_reading("Date,Description,Amount\n")
    assert (reading.questions, [row.row_no for row in reading if isinstance(row, RowFault)]) == ((), [0])


@pytest.mark.parametrize("column", ["Date", "Type"])
def test_a_row_may_be_pending_by_its_date_or_its_type(column: str) -> None:
    content = "Date,Type,Description,Amount\n23/11/2026,DD,a,-5.00\n23/11/2026,DD,b,-6.00\n"
    pending = content.replace("23/11/2026,DD,b", "Pending,DD,b" if column == "Date" else "23/11/2026,PENDING,b")
    assert list(bank_reading(pending))[1] == LeftOut(3, "pending")


def test_a_number_of_the_bank_on_two_lines_names_the_first_alone() -> None:
    content = "Date,Description,Amount,Transaction ID\n23/11/2026,a,-5.00,t1\n24/11/2026,b,5.00,t1\n"
    rows, faults = bank(content)
    assert ([row.transaction_id for row in rows], faults) == (["t1", ""], [])
    assert len({row.key for row in rows}) == 2


def test_a_row_of_a_balance_is_left_out_and_one_without_a_date_but_with_money_is_wrong() -> None:
    content = "Date,Description,Amount\n23/11/2026,a,-5.00\n,Opening balance,7.00\n,b,1.00\n,,\nprinted on Monday,,\n"
    assert [type(row) for row in bank_reading(content)] == [BankRow, LeftOut, RowFault, LeftOut]


def test_amounts_without_any_minus_and_balance_are_asked_about() -> None:
    content = "Date,Amount\n23/11/2026,70\n24/11/2026,80\n"
    assert [question.field for question in bank_reading(content).questions] == ["sign"]
    assert _amounts(bank(content, Answers(sign="out"))[0]) == ["-70.00", "-80.00"]


def test_a_file_that_does_not_say_which_lines_are_money_in_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="Nothing in the file says which lines are money in"):
        bank_reading("Date,Amount\n23/11/2026,70\n24/11/2026,80\n", Answers(sign="mixed"))


def test_purchases_without_a_minus_are_asked_about() -> None:
    content = "Date,Type,Description,Amount\n23/11/2026,Purchase,Paper,18.99\n24/11/2026,Payment,Thank you,-100\n"
    assert [question.field for question in bank_reading(content).questions] == ["sign"]
    assert _amounts(bank(content, Answers(sign="out"))[0]) == ["-18.99", "100.00"]
    assert _amounts(bank(content.replace("18.99", "-18.99").replace("-100", "100"))[0]) == ["-18.99", "100.00"]


def test_signs_that_nothing_proves_are_told() -> None:
    reading = bank_reading("Date,Amount\n23/11/2026,70\n24/11/2026,-80\n")
    assert reading.notes == ("No balance proves the signs: an amount without a minus was taken as money in.",)


def test_balances_that_do_not_follow_at_all_are_told_and_prove_nothing() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,5\n24/11/2026,-2,9\n25/11/2026,3,77\n"
    assert _amounts(bank(content)[0]) == ["1.00", "-2.00", "3.00"]
    notes = bank_reading(content).notes
    assert "No balance proves the signs" in notes[0]
    assert "on 2 days, first on 24 Nov 2026" in notes[1]


def test_day_and_month_are_asked_about_in_a_statement_too() -> None:
    content = "Date,Amount\n05/11/2026,70\n06/11/2026,-80\n"
    assert [question.field for question in bank_reading(content).questions] == ["order"]
    assert bank(content, Answers(order="mdy"))[0][0].booked_on == date(2026, 5, 11)


def test_equal_lines_have_keys_of_their_own_that_do_not_hang_on_their_order() -> None:
    head, same, other = "Date,Description,Amount\n", "24/11/2026,VISIT,-70.00\n", "23/11/2026,B,1.00\n"
    rows, _ = bank(head + same + other + same)
    assert [row.repeats_row for row in rows] == [0, 0, 2]
    assert len({row.key for row in rows}) == 3
    assert {row.key for row in bank(head + other + same + same)[0]} == {row.key for row in rows}
    assert bank(head + other.replace("B,1.00", "b,1"), Answers(sign="in"))[0][0].key == rows[1].key


def test_a_statement_of_two_accounts_keeps_them_apart() -> None:
    rows, _ = bank("Date,Account number,Amount\n24/11/2026,1,-70\n24/11/2026,2,-70\n")
    assert ([row.account for row in rows], len({row.key for row in rows})) == (["1", "2"], 2)


@pytest.mark.parametrize("content", ["", " \n\n", "hello", "x\ny\n", "\x00\x00\x00\x00", "\ufeff", '"""'])
def test_what_is_no_table_is_refused(content: str) -> None:
    with pytest.raises(UnreadableFile):
        bank_reading(content)
