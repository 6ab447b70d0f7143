"""Statements are taken in whole or not at all, and overlapping ones never double a line."""

from __future__ import annotations

import pytest

from clearbill.bill.problem import Refused
from clearbill.imports.bank_statements import preview, services
from clearbill.money.bank import manual_match, queries
from clearbill.money.bank.models import Account, BankLine, StatementFile
from clearbill.people.models import AuditEntry
from tests.claims.desk import Desk
from tests.money.bank.teller import HEADER, TODAY, brought, csv, line, paid, pounds, states, taken

pytestmark = pytest.mark.django_db
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP<BANKACCTFROM><BANKID>000000<ACCTID>{account}<ACCTTYPE>CHECKING
</BANKACCTFROM><BANKTRANLIST>{lines}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def ofx(*rows: tuple[str, str, str, str], account: str = "90000001") -> bytes:
    """Rows as (“20261120”, “70.00”, “BUPA PAY900001”, “the bank's number”)."""
    lines = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{number}<NAME>{name}</STMTTRN>"
        for day, amount, name, number in rows
    )
    return OFX.format(account=account, lines=lines).encode()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def count() -> int:
    return BankLine.objects.exclude(description="Rent").exclude(state=BankLine.OUT).count()


def test_a_statement_is_looked_into_before_anything_is_taken_in(desk: Desk) -> None:
    file = brought(desk, csv("20/11/2026,BUPA PAY900001,70.00", "20/11/2026,Bad,70.005"))
    found = preview.preview(file, today=TODAY)
    assert (found.good, found.wrong, found.known) == (2, 1, 0)
    assert (found.money_in, found.money_out) == (pounds(70), pounds(1))
    assert found.first_faults[0].row_no == 3
    assert not BankLine.objects.exists()


def test_the_good_rows_are_taken_in_and_nothing_of_the_others(desk: Desk) -> None:
    file = taken(desk, csv("20/11/2026,BUPA PAY900001,70.00", "20/11/2026,Bad,70.005"))
    assert states() == {"BUPA PAY900001": (BankLine.NEW, 0)}
    assert (file.fresh_lines, file.first_on.isoformat(), file.last_on.isoformat()) == (2, "2026-10-31", "2026-11-20")
    assert AuditEntry.objects.filter(action="took in a bank statement").count() == 1


def test_a_statement_without_a_good_row_changes_nothing(desk: Desk) -> None:
    file = brought(desk, f"{HEADER}\r\n20/11/2026,Bad,70.005\r\n".encode())
    with pytest.raises(Refused, match="no good row"):
        services.commit(desk.actor(), file=file, today=TODAY)
    file.refresh_from_db()
    assert file.taken_at is None
    assert not BankLine.objects.exists()


def test_what_is_open_about_a_file_is_asked_and_the_answer_holds(desk: Desk) -> None:
    content = f"{HEADER}\r\n01/02/2026,BUPA,70.00\r\n02/03/2026,BUPA,-1.00\r\n".encode()
    file = brought(desk, content)
    found = preview.preview(file, today=TODAY)
    assert [question.field for question in found.questions] == ["order"]
    with pytest.raises(Refused, match="questions"):
        services.commit(desk.actor(), file=file, today=TODAY)
    services.save_answers(practice=desk.practice, file=file, answers={"order": "mdy"})
    file.refresh_from_db()
    services.commit(desk.actor(), file=file, today=TODAY)
    assert {row.on.isoformat() for row in BankLine.objects.all()} == {"2026-01-02", "2026-02-03"}
    next_one = brought(desk, content.replace(b"-1.00", b"-2.00"))
    assert next_one.answers == {"order": "mdy"}, "it is answered as the last time"
    assert preview.preview(next_one, today=TODAY).known == 1
    plain = brought(desk, csv("20/11/2026,BUPA,70.00"))
    assert plain.answers == {}, "a file that leaves nothing open needs no answer"


def test_the_same_statement_twice_changes_nothing(desk: Desk) -> None:
    content = csv("20/11/2026,BUPA PAY900001,70.00")
    first = taken(desk, content)
    again = brought(desk, content)
    assert again.pk == first.pk
    with pytest.raises(Refused, match="already"):
        services.commit(desk.actor(), file=again, today=TODAY)
    assert count() == 1


def test_overlapping_statements_give_each_line_once_and_equal_lines_of_a_day_as_often_as_there_are(desk: Desk) -> None:
    taken(desk, csv("19/11/2026,A,5.00", "20/11/2026,Till,10.00", "20/11/2026,Till,10.00"))
    found = preview.preview(
        brought(desk, csv("20/11/2026,Till,10.00", "20/11/2026,Till,10.00", "21/11/2026,B,7.00")), today=TODAY
    )
    assert (found.good, found.known) == (4, 3)
    taken(desk, csv("20/11/2026,Till,10.00", "20/11/2026,Till,10.00", "21/11/2026,B,7.00"))
    assert sorted(BankLine.objects.exclude(description="Rent").values_list("description", flat=True)) == [
        "A",
        "B",
        "Till",
        "Till",
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_the_same_lines_in_three_forms_in_any_order_are_there_once(desk: Desk, order: tuple[int, ...]) -> None:
    forms = [
        csv("20/11/2026,BUPA PAY900001,70.00", "20/11/2026,Till,10.00", "20/11/2026,Till,10.00"),
        csv(
            "20/11/2026,BUPA,PAY900001,70.00",
            "20/11/2026,Till,,10.00",
            "20/11/2026,Till,,10.00",
            header="Date,Description,Reference,Amount",
        ).replace(b"Rent,-1.00", b"Rent,,-1.00"),
        ofx(
            ("20261120", "70.00", "BUPA PAY900001", "1"),
            ("20261120", "10.00", "Till", "2"),
            ("20261120", "10.00", "Till", "3"),
        ),
    ]
    for place in order:
        taken(desk, forms[place])
    assert count() == 3
    assert set(BankLine.objects.exclude(description="Rent").values_list("ofx_id", flat=True)) == {"1", "2", "3"}


def test_the_banks_own_number_knows_a_line_whose_words_have_changed(desk: Desk) -> None:
    taken(desk, ofx(("20261120", "70.00", "PENDING BUPA", "77")))
    taken(desk, ofx(("20261120", "70.00", "BUPA PAY900001", "77"), ("20261121", "5.00", "B", "78")))
    assert states() == {"PENDING BUPA": (BankLine.NEW, 0), "B": (BankLine.NEW, 0)}


def test_two_banks_numbers_are_two_lines_though_day_amount_and_words_are_equal(desk: Desk) -> None:
    taken(desk, ofx(("20261120", "10.00", "Till", "1")))
    taken(desk, ofx(("20261120", "10.00", "Till", "2")))
    assert count() == 2


def test_a_line_that_comes_again_with_other_words_is_pointed_out(desk: Desk) -> None:
    taken(desk, csv("20/11/2026,PENDING BUPA,70.00"))
    found = preview.preview(brought(desk, csv("20/11/2026,BUPA PAY900001,70.00")), today=TODAY)
    assert (found.known, found.alike) == (1, 1)
    second = preview.preview(
        brought(desk, csv("20/11/2026,PENDING BUPA,70.00", "20/11/2026,PENDING BUPA,70.00")), today=TODAY
    )
    assert (second.known, second.alike) == (2, 0), "a second line with the same words is a new one"


def test_lines_of_another_account_are_left_out(desk: Desk) -> None:
    taken(desk, ofx(("20261120", "70.00", "A", "1")))
    assert Account.objects.get().last_digits == "0001"
    found = preview.preview(brought(desk, ofx(("20261120", "70.00", "B", "2"), account="90004444")), today=TODAY)
    assert (found.good, found.wrong, found.left_out) == (0, 0, {"of the account ending 4444": 1})
    taken(desk, ofx(("20261120", "70.00", "A", "1"), account="90004444"), account="Savings")
    assert count() == 2


SEVERAL = "Date,Description,Account Number,Amount"
TWO_ACCOUNTS = csv(
    "20/11/2026,A,60-00-00 11114455,70.00", "21/11/2026,B,60-00-00 11117766,5.00", header=SEVERAL
).replace(b"Rent,", b"Rent,60-00-00 11114455,")


def test_a_file_of_several_accounts_is_taken_in_for_each_of_them(desk: Desk) -> None:
    file = brought(desk, TWO_ACCOUNTS)
    (question,) = preview.preview(file, today=TODAY).questions
    assert [choice.value for choice in question.choices] == ["4455", "7766", "all"]
    with pytest.raises(Refused, match="several accounts"):
        services.commit(desk.actor(), file=file, today=TODAY)
    assert count() == 0
    services.save_answers(practice=desk.practice, file=file, answers={question.field: "4455"})
    file.refresh_from_db()
    found = preview.preview(file, today=TODAY)
    assert (found.questions, found.good, found.left_out) == ((), 2, {"of the account ending 7766": 1})
    services.commit(desk.actor(), file=file, today=TODAY)
    other = brought(desk, TWO_ACCOUNTS, account="Savings")
    assert other.taken_at is None
    services.save_answers(practice=desk.practice, file=other, answers={question.field: "7766"})
    services.commit(desk.actor(), file=other, today=TODAY)
    digits = Account.objects.order_by("name").values_list("last_digits", "lines__description")
    assert sorted(digits) == [("4455", "A"), ("4455", "Rent"), ("7766", "B")]


def test_the_lines_of_a_known_account_are_found_in_a_file_of_several(desk: Desk) -> None:
    taken(desk, ofx(("20261120", "70.00", "A", "1"), account="11117766"))
    found = preview.preview(brought(desk, TWO_ACCOUNTS), today=TODAY)
    assert (found.questions, found.good, found.left_out) == ((), 1, {"of the account ending 4455": 2})


def test_accounts_that_a_file_only_names_are_asked_about_once(desk: Desk) -> None:
    content = TWO_ACCOUNTS.replace(b"60-00-00 11114455", b"Current").replace(b"60-00-00 11117766", b"Savings")
    file = brought(desk, content)
    (question,) = preview.preview(file, today=TODAY).questions
    services.save_answers(practice=desk.practice, file=file, answers={question.field: "Savings"})
    services.commit(desk.actor(), file=StatementFile.objects.get(pk=file.pk), today=TODAY)
    assert [row.description for row in BankLine.objects.all()] == ["B"]
    next_one = brought(desk, content.replace(b"5.00", b"6.00"))
    found = preview.preview(next_one, today=TODAY)
    assert (found.questions, found.good) == ((), 1)


def test_a_number_that_a_bank_uses_again_makes_no_line_vanish(desk: Desk) -> None:
    october = ofx(("20261020", "70.00", "A", "1"), ("20261021", "-5.00", "B", "2"))
    november = ofx(
        ("20261120", "185.00", "BUPA", "1"), ("20261121", "-850.00", "Lease", "2"), ("20261122", "9.00", "C", "3")
    )
    taken(desk, october)
    found = preview.preview(brought(desk, november), today=TODAY)
    assert (found.good, found.known) == (3, 0)
    taken(desk, november)
    assert count() == 5
    again = preview.preview(brought(desk, november + b" "), today=TODAY)
    assert (again.good, again.known) == (3, 3)
    taken(desk, november + b" ")
    assert count() == 5


def test_a_look_into_a_file_leaves_no_account_behind(desk: Desk) -> None:
    brought(desk, csv("21/11/2026,A,5.00"), account="Mistyped")
    assert not queries.accounts(desk.practice).exists(), "it is not offered"
    taken(desk, csv("21/11/2026,A,5.00"))
    assert [account.name for account in Account.objects.all()] == ["Current account"]


def test_a_statement_can_be_taken_out_and_lines_that_others_hold_stay(desk: Desk) -> None:
    payment = paid(desk)
    first = taken(desk, csv("20/11/2026,BUPA PAY900001,70.00", "21/11/2026,Alpha,5.00"))
    second = taken(desk, csv("20/11/2026,BUPA PAY900001,70.00", "22/11/2026,B,6.00"))
    services.undo(desk.actor(), file=first, today=TODAY)
    assert line("Alpha").state == BankLine.OUT
    assert (line("PAY900001").state, line("PAY900001").file) == (BankLine.MATCHED, second)
    assert payment.bank_matches.filter(undone_at=None).count() == 1
    services.commit(desk.actor(), file=StatementFile.objects.get(pk=first.pk), today=TODAY)
    assert line("Alpha").state == BankLine.NEW
    assert count() == 3


def test_a_statement_of_which_a_person_settled_a_line_stays_until_that_is_undone(desk: Desk) -> None:
    file = taken(desk, csv("21/11/2026,A,5.00"))
    manual_match.ignore_line(desk.actor(), line=line("A"), reason="A loan")
    with pytest.raises(Refused, match="settled by a person"):
        services.undo(desk.actor(), file=file, today=TODAY)
    manual_match.unignore_line(desk.actor(), line=line("A"))
    services.undo(desk.actor(), file=file, today=TODAY)
    assert count() == 0
    with pytest.raises(Refused, match="not taken in"):
        services.undo(desk.actor(), file=file, today=TODAY)


def test_a_statement_that_was_only_looked_into_is_not_kept(desk: Desk) -> None:
    brought(desk, csv("21/11/2026,A,5.00"))
    brought(desk, csv("21/11/2026,B,5.00"))
    assert StatementFile.objects.count() == 1


def test_what_one_practice_has_is_nothing_to_another(desk: Desk) -> None:
    other = Desk(connected=False)
    content = csv("20/11/2026,BUPA PAY900001,70.00")
    paid(desk)
    taken(other, content)
    assert states() == {"BUPA PAY900001": (BankLine.NEW, 0)}
    taken(desk, content)
    assert line_of(desk).state == BankLine.MATCHED
    assert line_of(other).state == BankLine.NEW


def line_of(desk: Desk) -> BankLine:
    return BankLine.objects.get(practice=desk.practice, description__contains="BUPA")


@pytest.mark.parametrize(
    "content",
    [
        b"Date,Transaction type,Description,Paid out,Paid in,Balance\r\n"
        b"18/11/2026,BGC,BUPA PAY900001,,70.00,170.00\r\n19/11/2026,DD,Lettings,50.00,,120.00\r\n",
        b"Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,"
        b"Credit Amount,Balance\r\n19/11/2026,DD,'00-00-00,90000001,Lettings,50.00,,120.00\r\n"
        b"18/11/2026,BGC,'00-00-00,90000001,BUPA PAY900001,,70.00,170.00\r\n",
        b"Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP)\r\n"
        b"18/11/2026,Bupa,PAY900001,FASTER PAYMENT,70.00,170.00\r\n"
        b"19/11/2026,Lettings,Rent,DIRECT DEBIT,-50.00,120.00\r\n",
        b"Number,Date,Account,Amount,Subcategory,Memo\r\n"
        b" ,19/11/2026,00-00-00 90000001,-50.00,Direct Debit,Lettings\r\n"
        b" ,18/11/2026,00-00-00 90000001,70.00,Counter Credit,BUPA PAY900001\r\n",
    ],
    ids=["paid in and out", "debit and credit, newest first", "counter party and reference", "memo"],
)
def test_layouts_of_british_banks_are_read_and_matched(desk: Desk, content: bytes) -> None:
    payment = paid(desk)
    file = brought(desk, content)
    found = preview.preview(file, today=TODAY)
    assert (found.sentence, found.questions, found.first_faults) == ("", (), [])
    services.commit(desk.actor(), file=file, today=TODAY)
    assert {(row.amount, row.state) for row in BankLine.objects.all()} == {
        (pounds(70), BankLine.MATCHED),
        (pounds(-50), BankLine.NEW),
    }
    assert payment.arrival.arrived == pounds(70)
