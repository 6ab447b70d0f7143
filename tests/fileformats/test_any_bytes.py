"""Whatever bytes come in: a sentence or rows, and never an amount that is not in the file."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearbill.fileformats import Answers, BankRow, RemittanceRow, UnreadableFile, read_remittance, read_statement
from tests.fileformats.reading import READERS, TODAY, paid_rows
from tests.fileformats.sheets.test_html_table import PAGE
from tests.fileformats.sheets.test_labelled_lines import BLOCKS
from tests.fileformats.sheets.test_workbook import STATEMENT
from tests.fileformats.test_bank_camt import CAMT
from tests.fileformats.test_bank_ofx import SGML
from tests.fileformats.test_bank_qif import QIF
from tests.fileformats.test_xml_remittance import FILE
from tests.fileformats.workbooks import xlsx

BANK = "Date,Description,Amount,Balance\n25/11/2026,a,12.50,112.50\n24/11/2026,b,-10,100\n24/11/2026,c,-10,110\n"
TWO = "Date;Description;Paid in;Paid out\n25/11/2026;a;12.50;\n24/11/2026;b;;10\n"
PAID = paid_rows("CB1,12.50,P,25/11/2026,x", 'CB2,"1,200.50",P,26/11/2026,y', "CB3,(7.25),P,26/11/2026,y")
SEEDS: dict[str, list[str]] = {
    "remittance XML": [FILE],
    "bank OFX": [SGML],
    "bank QIF": [QIF],
    "bank CAMT.053": [CAMT],
    "bank CSV": [BANK, TWO, PAGE, BLOCKS],
    "remittance CSV": [PAID],
}
FILES = [
    (kind, content.encode(encoding))
    for kind in READERS
    for content in SEEDS.get(kind, [])
    for encoding in ("utf-8", "utf-16")
    if encoding == "utf-8" or content != CAMT  # It says of itself that it is UTF-8.
]
# What is damaged of them is found before a row is read, in a process of its own; see sheets/test_workbook.py.
WORKBOOKS = {"bank Excel": xlsx(STATEMENT), "remittance Excel": xlsx({"Paid": [*csv.reader(PAID.splitlines())]})}
SIGNS = [b'"', b",", b";", b"\n", b"\x00", b"-", b"1", b".", b"<", b">", b"\xff", b"(", b")", b"=", b"/", b" ", b"\t"]
MARKS = [b"<!DOCTYPE a>", b"</Line>", b"<STMTTRN>", b"]]>", b"<![CDATA[", b"\xe2\x88\x92", b"9" * 50, b" DR", b"&#49;"]
SCRAPS = st.sampled_from([*SIGNS, *MARKS])


@st.composite
def _damaged(draw: Any) -> bytes:
    _, content = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        content = content[:start] + draw(SCRAPS | st.binary(max_size=4)) + content[end:]
    return content


BY_NUMBER = Answers(columns={"amount": "column 3", "amount_paid": "column 2", "booked_on": "column 1"}, order="ymd")
ANSWERS = st.sampled_from(
    [
        None,
        Answers(order="dmy", sign="in"),
        Answers(order="mdy", sign="out"),
        Answers(columns={"balance": ""}),
        BY_NUMBER,
    ]
)


def _rows(content: bytes, answers: Answers | None) -> list[RemittanceRow | BankRow]:
    """Return the good rows of both readings; anything raised but Unusable fails the test."""
    found: list[RemittanceRow | BankRow] = []
    for read in (read_remittance, read_statement):
        try:
            reading = read(io.BytesIO(content), today=TODAY, answers=answers)
            found += [row for row in reading if isinstance(row, RemittanceRow | BankRow)]
        except UnreadableFile:
            continue
    return found


def _numbers_in(content: bytes) -> set[Decimal]:
    """Return every number that stands in the bytes in some encoding, grouped or with a comma for the point."""
    encodings = ("utf-8", "utf-16") if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8",)
    text = "\n".join(content.decode(encoding, "ignore") for encoding in encodings)
    # A character that is given by its number counts as itself.
    text += re.sub(r"&#(\d{1,4});", lambda found: chr(int(found[1])), text)
    # Text beside the root of a value may hold comments or character data marks, which part no value.
    text += re.sub(r"<!\[CDATA\[|\]\]>", "", text)
    numbers = {Decimal(number) for number in re.findall(r"\d+\.?\d*|\.\d+", text.replace(",", "."), re.ASCII)}
    numbers |= {
        Decimal(number) for number in re.findall(r"\d+\.?\d*|\.\d+", re.sub(r"(?<=\d)[, \xa0](?=\d)", "", text))
    }
    return numbers | {Decimal(number) for number in re.findall(r"\d+\.?\d*|\.\d+", text, re.ASCII)}


def _amounts(row: RemittanceRow | BankRow) -> list[Decimal]:
    if isinstance(row, BankRow):
        given = [row.amount, row.balance]
    else:
        given = [row.amount_paid, row.amount_claimed, row.shortfall, row.previously_paid]
    return [abs(amount) for amount in given if amount]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_damaged(), ANSWERS)
def test_a_damaged_file_gives_sentences_and_only_amounts_that_are_in_it(
    content: bytes, answers: Answers | None
) -> None:
    there = _numbers_in(content)
    for row in _rows(content, answers):
        assert all(amount in there for amount in _amounts(row))
        assert all(amount.as_tuple().exponent == -2 for amount in _amounts(row))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode), ANSWERS)
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes, answers: Answers | None) -> None:
    assert isinstance(_rows(content, answers), list)


CELLS = st.text(alphabet="0123456789-+()£.,/ DRC=@x\t", max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_any_cells_give_only_amounts_that_stand_in_their_own_row(rows: list[tuple[str, str, str]]) -> None:
    quoted = "".join("\t".join(cell.replace("\t", " ") for cell in row) + "\n" for row in rows)
    content = "Invoice\tPaid\tPayment ref\n" + quoted
    lines = content.split("\n")
    for row in _rows(content.encode(), None):
        assert isinstance(row, RemittanceRow)
        assert all(amount in _numbers_in(lines[row.row_no - 1].encode()) for amount in _amounts(row))


@pytest.mark.parametrize("kind", READERS)
def test_every_format_has_a_file_to_be_damaged(kind: str) -> None:
    assert SEEDS.get(kind) or WORKBOOKS.get(kind), (
        f"No file of {kind} is damaged here: add a good one, with several rows, to SEEDS."
    )


@pytest.mark.parametrize(("kind", "content"), [*FILES, *WORKBOOKS.items()])
def test_the_undamaged_files_give_rows(kind: str, content: bytes) -> None:
    reading = READERS[kind](io.BytesIO(content), today=TODAY)
    assert reading.kind == kind, "another format recognises the file first"
    assert [row for row in reading if isinstance(row, RemittanceRow | BankRow)]
