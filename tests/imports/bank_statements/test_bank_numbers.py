"""The bank's own numbers of lines: each format has a column for its own, or says that it has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from clearbill.fileformats import Answers, BankRow, Reading
from clearbill.fileformats.bank import formats
from clearbill.fileformats.bank.entries import entry_rows
from clearbill.fileformats.bank.formats import FORMATS, StatementFormat
from clearbill.fileformats.bank.line import BankLines, Texts
from clearbill.fileformats.cells import pounds
from clearbill.fileformats.rows import IdColumn
from clearbill.fileformats.uploaded_file import Source
from clearbill.imports.bank_statements import preview
from clearbill.money.bank.models import BankLine
from tests.claims.desk import Desk
from tests.money.bank.teller import TODAY, brought, csv, taken
from tests.money.bank.teller import pounds as of

pytestmark = pytest.mark.django_db
MARK = "TRIAL"
COLUMNS = ("booked_on", "amount", "description", "transaction_id")


def read_trial(source: Source, today: date, _answers: Answers) -> Reading[BankRow]:
    """A format of lines such as “2026-11-20|70.00|BUPA|the bank's number”."""

    def entries() -> Iterator[Texts]:
        with source.text() as text:
            for line in list(text)[1:]:
                yield {"currency": "GBP", **dict(zip(COLUMNS, line.strip().split("|"), strict=True))}

    lines = BankLines(date.fromisoformat, lambda texts: pounds(texts["amount"]))
    return Reading(encoding=source.encoding, _rows=entry_rows(entries(), lines))


def trial(*rows: str) -> bytes:
    return "\n".join([MARK, *rows]).encode()


def numbered(*rows: str) -> bytes:
    """A CSV file in which the bank numbers the lines."""
    return csv(*rows, header="Date,Description,Transaction ID,Amount").replace(b"Rent,-1.00", b"Rent,900,-1.00")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    added = StatementFormat(
        name="Trial",
        endings=(".trial",),
        media_types=(),
        begins=lambda opening: opening.startswith(MARK),
        read=read_trial,
        id_column=None,
    )
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, added))
    return Desk()


def lines() -> list[tuple[str, str, str]]:
    rows = BankLine.objects.exclude(description="Rent").order_by("description", "ordinal")
    return list(rows.values_list("description", "csv_id", "ofx_id"))


def test_each_column_of_bank_numbers_is_one_of_a_line_and_belongs_to_one_format() -> None:
    used = Counter(one.id_column for one in FORMATS if one.id_column)
    assert set(used.values()) == {1}, f"two formats keep their numbers in one column: {used}"
    assert {field.name for field in BankLine._meta.get_fields()} >= set(used)


def test_a_format_must_say_where_its_numbers_are_kept() -> None:
    with pytest.raises(TypeError, match="id_column"):
        StatementFormat(name="A", endings=(), media_types=(), begins=None, read=read_trial)  # type: ignore[call-arg]


@pytest.mark.parametrize("csv_comes_first", [True, False])
def test_numbers_without_a_column_are_not_mixed_with_those_of_csv(desk: Desk, csv_comes_first: bool) -> None:
    of_csv = numbered("20/11/2026,A,1,70.00", "20/11/2026,B,2,5.00")
    of_trial = trial("2026-11-20|8.00|C|1", "2026-11-20|70.00|A|2")
    for content in (of_csv, of_trial) if csv_comes_first else (of_trial, of_csv):
        taken(desk, content)
    assert lines() == [("A", "1", ""), ("B", "2", ""), ("C", "", "")]


def test_lines_whose_numbers_have_no_column_are_known_by_day_amount_and_text(desk: Desk) -> None:
    taken(desk, trial("2026-11-20|10.00|Till|1", "2026-11-20|10.00|Till|2"))
    again = trial("2026-11-20|10.00|Till|3", "2026-11-20|10.00|Till|4", "2026-11-21|10.00|Till|1")
    found = preview.preview(brought(desk, again), today=TODAY)
    assert (found.good, found.known) == (3, 2)
    taken(desk, again)
    assert [row.on.day for row in BankLine.objects.order_by("on", "ordinal")] == [20, 20, 21]


def test_a_line_that_a_file_holds_twice_under_one_number_is_one_line(desk: Desk) -> None:
    taken(desk, trial("2026-11-20|10.00|Till|1", "2026-11-20|10.00|Till|1"))
    assert BankLine.objects.get().amount == of(10)


@pytest.mark.parametrize(("content", "column"), [(numbered("20/11/2026,A,1,70.00"), "csv_id"), (trial(), None)])
def test_a_preview_says_where_the_numbers_are_kept(desk: Desk, content: bytes, column: IdColumn | None) -> None:
    assert preview.preview(brought(desk, content), today=TODAY).id_column == column
