"""The formats of bank statements: a new one is a reader beside this file and an entry in FORMATS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import IO

from clearbill.fileformats.bank.camt_statement import read_bank_camt
from clearbill.fileformats.bank.csv_statement import read_bank_csv
from clearbill.fileformats.bank.ofx_statement import read_bank_ofx
from clearbill.fileformats.bank.qif_statement import read_bank_qif
from clearbill.fileformats.file_format import FileFormat, format_of
from clearbill.fileformats.marks import begins_as_camt, begins_as_ofx, begins_as_qif, begins_as_workbook
from clearbill.fileformats.rows import Answers, BankRow, IdColumn, Reading
from clearbill.fileformats.sheets.workbook import WORKBOOK_ENDINGS
from clearbill.fileformats.uploaded_file import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFormat(FileFormat[BankRow]):
    """One format of bank statements.

    `id_column` is where the bank's own number of a line is kept. Banks number the same line differently in each
    format, so no two formats may share a column. None is for a format without such numbers, or without a column for
    them: its lines are known by day, amount and text.
    """

    id_column: IdColumn | None


FORMATS = (
    StatementFormat(
        name="CSV",
        endings=(".csv", ".txt"),
        media_types=("text/csv",),
        begins=None,
        read=read_bank_csv,
        id_column="csv_id",
    ),
    StatementFormat(
        name="Excel",
        endings=WORKBOOK_ENDINGS,
        media_types=(),
        begins=begins_as_workbook,
        read=read_bank_csv,
        id_column=None,
    ),
    StatementFormat(
        name="OFX",
        endings=(".ofx", ".qfx", ".qbo"),
        media_types=("application/x-ofx",),
        begins=begins_as_ofx,
        read=read_bank_ofx,
        id_column="ofx_id",
    ),
    StatementFormat(
        name="QIF",
        endings=(".qif",),
        media_types=("application/x-qif",),
        begins=begins_as_qif,
        read=read_bank_qif,
        id_column=None,
    ),
    StatementFormat(
        name="CAMT.053",
        endings=(".xml",),
        media_types=("text/xml", "application/xml"),
        begins=begins_as_camt,
        read=read_bank_camt,
        id_column=None,
    ),
)
"""In the order in which people are told of them; of two that recognise a file, the first reads it."""


def read_statement(stream: IO[bytes], *, today: date, answers: Answers | None = None) -> Reading[BankRow]:
    """Return the reading of a bank statement in any of FORMATS. The stream must stay open while it is iterated.

    Raises UnreadableFile with a sentence, here or while iterating.
    """
    source = Source(stream)
    found = format_of(source, FORMATS)
    reading = found.read(source, today, answers or Answers())
    return replace(reading, kind=f"bank {found.name}", id_column=found.id_column)
