"""Workbooks that Clearbill writes: what is a number, a day or text is one, and nothing acts as a formula."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from clearbill.fileformats import Cell, WrittenTable, csv_lines, workbook_writer
from clearbill.fileformats.workbook_writer import workbook_pieces

ROW: list[Cell] = [
    "Zoë",
    Decimal("-12.50"),
    Decimal("93.5"),
    3,
    date(2026, 12, 31),
    datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
    True,
    None,
    "",
    {"a": 1},
]


def written(*rows: list[Cell], headings: tuple[str, ...] = ("One",)) -> bytes:
    return b"".join(workbook_pieces(WrittenTable(headings, rows)))


def sheets(content: bytes) -> list[list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]


def test_each_kind_of_cell_is_what_it_is() -> None:
    (rows,) = sheets(written(ROW))
    assert rows[1] == [
        "Zoë",
        -12.5,
        93.5,
        3,
        date(2026, 12, 31),
        datetime(2026, 7, 1, 9, 30, tzinfo=UTC).replace(tzinfo=None),
        "yes",
        "",
        "",
        '{"a": 1}',
    ]


def test_the_same_cells_as_csv() -> None:
    assert "".join(csv_lines(("One",), [ROW])) == (
        '\ufeffOne\r\nZoë,-12.50,93.5,3,2026-12-31,2026-07-01 09:30:00,yes,,,"{""a"": 1}"\r\n'
    )


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-cmd", "@x", "\t=1", " =1", "＝1"])
def test_text_is_never_a_formula_and_says_the_same_in_both_forms(text: str) -> None:
    content = written([text], headings=(text,))
    assert sheets(content) == [[[f"'{text}"], [f"'{text}"]]]
    with ZipFile(BytesIO(content)) as file:
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    assert not [one for one in sheet.iter() if one.tag.endswith("}f")]
    assert f"'{text}" in "".join(csv_lines([text], [[text]]))


def test_numbers_of_people_stay_text_with_their_zeros() -> None:
    assert sheets(written(["007"])) == [[["One"], ["007"]]]


def test_pounds_are_shown_with_two_places() -> None:
    with ZipFile(BytesIO(written([Decimal("70.00")]))) as file:
        assert 'formatCode="0.00"' in file.read("xl/styles.xml").decode()


def test_a_long_text_ends_with_a_mark_and_more_rows_go_on_in_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    (rows,) = sheets(written(["x" * 40_000]))
    assert (len(rows[1][0]), rows[1][0][-1]) == (32_767, "…")
    monkeypatch.setattr(workbook_writer, "ROWS_OF_A_SHEET", 2)
    assert sheets(written(["a"], ["b"], ["c"])) == [[["One"], ["a"], ["b"]], [["One"], ["c"]]]


def test_memory_does_not_grow_with_the_rows() -> None:
    peaks = []
    for count in (2_000, 8_000):
        tracemalloc.start()
        for _ in workbook_pieces(WrittenTable(("A", "B"), ([f"text {place}", place] for place in range(count)))):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3
