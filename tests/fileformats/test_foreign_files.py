"""What is no file of payments is known by its first bytes; what is too large is not read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from typing import Any

import pytest

from clearbill.fileformats import LARGEST_BYTES, UnreadableFile, read_remittance, read_statement
from clearbill.fileformats.lists.code_list import read_codes
from clearbill.fileformats.uploaded_file import Source
from tests.fileformats.reading import TODAY, bank_reading, paid, paid_reading, paid_rows

GOOD = paid_rows("CB1,12.50,PAY1,25/11/2026,Testa Sample")


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (_zip("a.csv", GOOD.encode()), "zip"),
        (_zip("bomb.csv", bytes(100_000_000)), "zip"),
        (gzip.compress(GOOD.encode()), "gzip"),
        (bz2.compress(GOOD.encode()), "bzip2"),
        (lzma.compress(GOOD.encode()), "xz"),
        (b"%PDF-1.7\n1 0 obj", "PDF.* Bring the same as .*CSV"),
        (b"{\\rtf1 x}", "RTF"),
        (b":20:STARTUMSE\r\n:25:112233/44556677\r\n:28C:1/1\r\n:60F:C261124GBP1065,00\r\n", "MT940"),
        (b"{1:F01TESTGB2LAXXX0000000000}{4:\n:20:X\n:25:1\n", "MT940"),
        (b'{"Data": {"Transaction": []}}', "JSON"),
        (b'[{"amount": 1}]', "JSON"),
        (b"ISA*00*          *00*", "X12"),
        (b"UNA:+.? 'UNB+UNOC:3+", "EDIFACT"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "Excel 2003"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><html><body>Log in", "web page"),
        (b"\xef\xbb\xbf\n<html>", "web page"),
        (GOOD.encode("utf-32"), "UTF-32"),
        (b"", "empty"),
        (b"\r\n \t", "empty"),
    ],
)
def test_a_foreign_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    for read in (paid_reading, bank_reading):
        with pytest.raises(UnreadableFile, match=sentence):
            read(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("OFXHEADER:100\n\n<OFX>", "bank statement .OFX.* under Money, Bank"),
        ('<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX>', "bank statement .OFX"),
        (
            "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt>",
            "bank statement .CAMT.053",
        ),
        ("!Type:Bank\nD20/11/2026\n", "bank statement .QIF"),
    ],
)
def test_a_bank_statement_brought_as_a_remittance_is_called_so(content: str, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        paid_reading(content)


def test_a_remittance_brought_as_a_bank_statement_is_called_so() -> None:
    with pytest.raises(UnreadableFile, match="This is a remittance"):
        bank_reading('<?xml version="1.0"?>\n<RemittanceMsg Status="Test">')


def test_what_a_code_list_can_be_instead_of_a_pdf_is_said() -> None:
    for content in (b"%PDF-1.7", b"OFXHEADER:100", b"<x/>"):
        with pytest.raises(UnreadableFile, match=r"CSV or Excel|Money, Bank"):
            read_codes(Source(io.BytesIO(content)))


class _Endless(io.RawIOBase):
    """A stream that can be read only once and does not end by itself."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._left = content, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = (self._content or b"x" * len(buffer))[: min(len(buffer), self._left)]
        self._content, self._left = self._content[len(piece) :], self._left - len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


def test_a_file_above_the_limit_is_refused_in_every_form() -> None:
    for read in (read_remittance, read_statement):
        with pytest.raises(UnreadableFile, match="50 MB"):
            read(io.BytesIO(bytes(LARGEST_BYTES + 1)), today=TODAY)
        with pytest.raises(UnreadableFile, match="50 MB"):
            read(_Endless(b"", 60_000_000), today=TODAY)  # type: ignore[arg-type]


def test_a_stream_that_can_be_read_only_once_is_read() -> None:
    reading = read_remittance(_Endless(GOOD.encode(), len(GOOD)), today=TODAY)  # type: ignore[arg-type]
    assert len(list(reading)) == 1


def test_the_stream_of_the_caller_stays_open_and_is_read_from_its_start() -> None:
    stream = io.BytesIO(GOOD.encode())
    stream.read()
    assert len(list(read_remittance(stream, today=TODAY))) == 1
    assert not stream.closed


def test_one_line_of_the_largest_size_is_a_fault() -> None:
    rows, faults = paid(GOOD.encode() + b"x" * (LARGEST_BYTES - len(GOOD)))
    assert (len(rows), len(faults)) == (1, 1)
    assert "longer than 65,536" in faults[0].sentence
    with pytest.raises(UnreadableFile):
        paid_reading(b"x" * LARGEST_BYTES)


def test_more_rows_than_can_be_taken_are_refused_before_any_is_given() -> None:
    with pytest.raises(UnreadableFile, match="200,000 rows"):
        paid_reading(GOOD + "CB1,1,P,25/11/2026,\n" * 200_000)


@pytest.mark.parametrize("line", ["\n", '"\n', "\r\n", " \n"])
def test_a_file_of_blank_lines_is_not_read_to_its_end(line: str) -> None:
    with pytest.raises(UnreadableFile, match="200,000 rows"):
        paid_reading(GOOD + line * 5_000_000)
