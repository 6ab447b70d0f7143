"""The tables of formats: how a file is recognised, and how people are told what can be brought."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from clearbill.fileformats import Answers, BankRow, Reading
from clearbill.fileformats.bank import formats as bank_formats
from clearbill.fileformats.file_format import FileFormat, accepted, format_of, in_words
from clearbill.fileformats.remittance import formats as remittance_formats
from clearbill.fileformats.uploaded_file import Source

TABLES = [bank_formats.FORMATS, remittance_formats.FORMATS]


def read_nothing(source: Source, _today: date, _answers: Answers) -> Reading[BankRow]:
    return Reading(encoding=source.encoding, _rows=iter(()))


def made(name: str, mark: str = "") -> FileFormat[BankRow]:
    return FileFormat(
        name=name,
        endings=(f".{name.lower()}",),
        media_types=(f"text/{name.lower()}",),
        begins=(lambda opening: opening.startswith(mark)) if mark else None,
        read=read_nothing,
    )


A, B, C, TABLE = made("A", "<a"), made("B", "<"), made("C", "c"), made("T")


@pytest.mark.parametrize(("content", "name"), [("<a>", "A"), ("<b>", "B"), (" \ncc", "C"), ("x,y", "T")])
def test_the_first_format_that_recognises_a_file_reads_it_and_the_table_takes_the_rest(content: str, name: str) -> None:
    assert format_of(Source(io.BytesIO(content.encode())), (TABLE, A, B, C)).name == name


@pytest.mark.parametrize(
    ("formats", "words"),
    [((A,), "A"), ((A, B), "A or B"), ((A, B, C), "A, B or C"), ((A, B, C, TABLE), "A, B, C or T")],
)
def test_people_are_told_the_names_of_the_formats(formats: tuple[FileFormat[BankRow], ...], words: str) -> None:
    assert in_words(formats) == words


def test_a_field_offers_the_files_of_every_format() -> None:
    assert accepted((A, B)) == ".a,.b,text/a,text/b"


@pytest.mark.parametrize("formats", TABLES, ids=["bank", "remittance"])
def test_one_format_of_a_table_reads_what_no_other_recognises_and_no_two_have_one_name(formats: Any) -> None:
    assert [one.name for one in formats if one.begins is None] == ["CSV"]
    assert len({one.name for one in formats}) == len(formats)
    assert all(ending.startswith(".") for one in formats for ending in one.endings)
