"""Tables in workbooks: XLSX, XLS and ODS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from clearbill.fileformats import Answers, UnreadableFile
from clearbill.fileformats.lists.code_list import read_codes
from clearbill.fileformats.lists.price_list import read_prices
from tests.fileformats.reading import bank, bank_reading, paid, paid_reading
from tests.fileformats.whole_list import whole_list
from tests.fileformats.workbooks import OPEN_DOCUMENT, Sheets, ods, packed, xls, xlsx

DAY = date(2026, 11, 20)
STATEMENT: Sheets = {
    "Statement": [
        ["Account statement of November"],
        [],
        ["Date", "Description", "Amount", "Balance"],
        [DAY, "BUPA INS PAY900001", 1185.5, 1285.5],
        [date(2026, 11, 21), "STATIONERY", -42.1, 1243.4],
        [None, None, None, None],
        [date(2026, 11, 22), "RENT", -850, 393.4],
    ]
}
KINDS: list[Callable[[Sheets], bytes]] = [xlsx, xls, ods]


@pytest.mark.parametrize("written", KINDS)
def test_a_statement_is_read_from_the_sheet_as_from_lines(written: Callable[[Sheets], bytes]) -> None:
    rows, faults = bank(written(STATEMENT))
    assert [(row.row_no, row.booked_on, row.amount) for row in rows] == [
        (4, DAY, Decimal("1185.50")),
        (5, date(2026, 11, 21), Decimal("-42.10")),
        (7, date(2026, 11, 22), Decimal("-850.00")),
    ]
    assert [row.description for row in rows] == ["BUPA INS PAY900001", "STATIONERY", "RENT"]
    assert (rows[2].balance, faults) == (Decimal("393.40"), [])


@pytest.mark.parametrize("written", KINDS)
def test_remittances_codes_and_prices_are_read_too(written: Callable[[Sheets], bytes]) -> None:
    header = ["Invoice No", "Amount Paid", "Payment Reference", "Payment Date"]
    rows, faults = paid(written({"Paid": [header, [1042, 70, "PAY1", DAY]]}))
    assert (rows[0].invoice_number, rows[0].amount_paid, rows[0].paid_on, faults) == ("1042", Decimal(70), DAY, [])
    codes = written({"Codes": [["Code", "Title", "Price (GBP)"], ["ZPHY01", "First visit", 70.5]]})
    assert whole_list(read_codes, codes).rows[0].price == Decimal("70.50")
    prices = written({"Prices": [["Insurer", "Code", "Fee", "From"], ["Bupa", "ZPHY01", 70.5, DAY]]})
    details = whole_list(read_prices, prices).rows[0].details
    assert (details["amount"], details["valid_from"]) == (Decimal("70.50"), DAY)


def test_what_arithmetic_of_spreadsheets_adds_to_a_number_is_taken_off() -> None:
    cells = [[DAY, "A", 0.1 + 0.2], [DAY, "B", 70.10000000000001], [DAY, "C", "=1+1|2.5"]]
    rows, faults = bank(xlsx({"S": [["Date", "Description", "Amount"], *cells]}), Answers(sign="in"))
    assert [row.amount for row in rows] == [Decimal("0.30"), Decimal("70.10"), Decimal("2.50")]
    assert not faults


def test_numbers_stand_as_a_person_would_type_them() -> None:
    header = ["Invoice No", "Amount Paid", "Payment Reference", "Payment Date", "Member Number"]
    rows, _ = paid(xlsx({"S": [header, [10042, 70, 100012000000.0, DAY, "00123"]]}))
    assert (rows[0].invoice_number, rows[0].payment_reference, rows[0].membership_number) == (
        "10042",
        "100012000000",
        "00123",
    )


def test_a_sheet_that_nobody_sees_is_not_read() -> None:
    hidden = {"Old": STATEMENT["Statement"], **STATEMENT}
    assert bank(xlsx(hidden, hidden=["Old"])) == bank(xlsx(STATEMENT))
    with pytest.raises(UnreadableFile, match="No visible sheet"):
        bank_reading(xlsx(STATEMENT, hidden=["Statement"]))


def test_the_sheet_with_the_table_is_found_among_others_and_named() -> None:
    notes = [["Notes"], ["Fee", "Explanation"], [1, 2]]
    assert bank(xlsx({"Notes": notes, **STATEMENT})) == bank(xlsx(STATEMENT))
    table = [["Invoice No", "Amount Paid", "Payment Reference"], ["CB1", 70, "PAY1"]]
    assert paid_reading(xlsx({"Notes": notes, "Paid": table})).notes == ("The sheet “Paid” was read.",)


def test_of_several_sheets_with_such_a_table_a_person_says_which_one() -> None:
    one, other = STATEMENT["Statement"], [*STATEMENT["Statement"][:3], [DAY, "OTHER", -1, 1], [DAY, "ONE", 1, 2]]
    book = xlsx({"October": one, "November": other})
    (question,) = bank_reading(book).questions
    assert (question.field, [choice.value for choice in question.choices]) == ("sheet", ["October", "November"])
    assert [row.description for row in bank(book, Answers.of({"sheet": "November"}))[0]] == ["OTHER", "ONE"]
    assert len(bank(book, Answers.of({"sheet": "October"}))[0]) == 3
    assert bank_reading(book, Answers.of({"sheet": "December"})).questions == (question,)


def test_macros_are_no_part_of_what_is_read() -> None:
    assert bank(xlsx(STATEMENT, more={"xl/vbaProject.bin": b"macro"})) == bank(xlsx(STATEMENT))


def test_a_workbook_that_unpacks_to_more_than_it_may_is_refused() -> None:
    bomb = xlsx(STATEMENT, more={"xl/media/picture.png": bytes(201 * 1024 * 1024)})
    assert len(bomb) < 1_000_000
    with pytest.raises(UnreadableFile, match="200 MB"):
        bank_reading(bomb)


def test_a_part_that_lies_about_its_size_is_counted_as_it_is() -> None:
    bomb = xlsx(STATEMENT, more={"xl/media/picture.png": bytes(201 * 1024 * 1024)})
    size = (201 * 1024 * 1024).to_bytes(4, "little")
    assert size in bomb
    with pytest.raises(UnreadableFile, match="200 MB"):
        bank_reading(bomb.replace(size, (1000).to_bytes(4, "little")))


def test_a_sheet_that_asks_for_more_memory_than_there_is_ends_with_a_sentence_alone() -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = (
        f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>{corner}</sheetData></worksheet>'
    )
    with pytest.raises(UnreadableFile, match="too much memory"):
        bank_reading(xlsx(STATEMENT, more={"xl/worksheets/sheet1.xml": sheet}))


@pytest.mark.parametrize(
    "content",
    [
        packed({"[Content_Types].xml": "<x/>"}),
        xlsx(STATEMENT)[:900],
        xls(STATEMENT)[:1500],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        packed({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
    ],
)
def test_a_damaged_workbook_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        bank_reading(content)


def test_a_workbook_with_a_password_is_refused_with_what_to_do() -> None:
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    open_document = packed({"mimetype": OPEN_DOCUMENT, "META-INF/manifest.xml": manifest, "content.xml": b"\x01\x02"})
    for content in (protected(), encrypted(xls(STATEMENT)), open_document):
        with pytest.raises(UnreadableFile, match="password"):
            bank_reading(content)


def encrypted(workbook: bytes) -> bytes:
    """A workbook of before 2007 whose first record says that the rest is encrypted."""
    start = workbook.index(b"\x09\x08\x10\x00") + 20
    return workbook[:start] + b"\x2f\x00" + workbook[start + 2 :]


def protected() -> bytes:
    """What Excel makes of a workbook with a password: a container of the old kind with one encrypted stream."""
    plain = xls(STATEMENT)
    place = plain.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    entry = name.ljust(64, b"\x00") + (len(name) + 2).to_bytes(2, "little")
    return plain[:place] + entry + plain[place + len(entry) :]
