"""Bank statements from CSV: signs, order of dates and balances."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import Answers, BankRow, UnreadableFile
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


@pytest.mark.parametrize(("wrong", "row_no"), [("12.50,112.50", 2), ("-10,100\n", 3)])
def test_a_row_that_breaks_the_balance_is_a_fault(wrong: str, row_no: int) -> None:
    rows, faults = bank(NEWEST_FIRST.replace(wrong, wrong.replace("12.50,", "21.50,").replace("-10,", "10,")))
    assert [(fault.row_no, fault.field) for fault in faults] == [(row_no, "balance")]
    assert len(rows) == 4


def test_balances_are_followed_with_the_oldest_row_first_and_past_a_fault() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,101\n24/11/2026,x,103\n25/11/2026,-3,100\n" + (
        "25/11/2026,4,99\n26/11/2026,1,100\n"
    )
    rows, faults = bank(content)
    assert [(fault.row_no, fault.field) for fault in faults] == [(3, "amount"), (5, "balance")]
    assert _amounts(rows) == ["1.00", "-3.00", "1.00"]


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


def test_amounts_without_any_minus_and_balance_are_asked_about() -> None:
    content = "Date,Amount\n23/11/2026,70\n24/11/2026,80\n"
    assert [question.field for question in bank_reading(content).questions] == ["sign"]
    assert _amounts(bank(content, Answers(sign="out"))[0]) == ["-70.00", "-80.00"]


def test_signs_that_nothing_proves_are_told() -> None:
    reading = bank_reading("Date,Amount\n23/11/2026,70\n24/11/2026,-80\n")
    assert reading.notes == ("No balance proves the signs: an amount without a minus was taken as money in.",)


def test_balances_that_mostly_do_not_follow_are_asked_about() -> None:
    content = "Date,Amount,Balance\n23/11/2026,1,5\n24/11/2026,-2,9\n25/11/2026,3,77\n"
    (question,) = bank_reading(content).questions
    assert (question.field, question.choices[0].value) == ("balance", "")
    assert _amounts(bank(content, Answers(columns={"balance": ""}))[0]) == ["1.00", "-2.00", "3.00"]
    assert len(bank(content, Answers(columns={"balance": "Balance"}))[1]) == 2


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
