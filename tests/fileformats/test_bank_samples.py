"""The exports of UK banks are read without a question.

`bank_samples` holds a made-up file in the form of each bank's export, and beside it what is read from it: a row a line.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from clearbill.fileformats import BankRow, LeftOut, RowFault, read_statement
from tests.fileformats.reading import TODAY

SAMPLES = Path(__file__).parent / "bank_samples"
FILES = sorted(SAMPLES.glob("*.csv"))


def told(row: BankRow | RowFault | LeftOut) -> str:
    if isinstance(row, LeftOut):
        return f"row {row.row_no} left out: {row.reason}"
    if isinstance(row, RowFault):
        return f"row {row.row_no} wrong: {row.field}"
    return " | ".join([f"{row.booked_on}", f"{row.amount}", row.description, row.reference, row.account]).rstrip("| ")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_export_of_a_bank_is_read_without_a_question(file: Path) -> None:
    reading = read_statement(io.BytesIO(file.read_bytes()), today=TODAY)
    assert reading.questions == ()
    assert [told(row) for row in reading] == file.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_balance_of_a_sample_is_at_odds_with_its_amounts(file: Path) -> None:
    notes = read_statement(io.BytesIO(file.read_bytes()), today=TODAY).notes
    assert not [note for note in notes if "do not follow" in note]
