"""Files that people bring: what insurers paid and what the bank saw, read row by row in bounded memory.

A file may have 50 MB and 200,000 rows. Nothing is unpacked, no entity is resolved, and what can be read in two ways is
asked, never guessed. See columns.py for the names by which columns are known.
"""

from __future__ import annotations

from datetime import date
from typing import IO

from clearbill.fileformats.bank.csv_statement import read_bank_csv
from clearbill.fileformats.bank.ofx_statement import read_bank_ofx
from clearbill.fileformats.csv_writer import csv_lines, escape_formula
from clearbill.fileformats.remittance.csv_remittance import read_paid_csv
from clearbill.fileformats.remittance.xml_remittance import read_paid_xml
from clearbill.fileformats.rows import (
    Answers,
    BankRow,
    Choice,
    Question,
    Reading,
    RemittanceRow,
    RowFault,
    UnreadableFile,
)
from clearbill.fileformats.uploaded_file import LARGEST_BYTES, Source

__all__ = [
    "LARGEST_BYTES",
    "Answers",
    "BankRow",
    "Choice",
    "Question",
    "Reading",
    "RemittanceRow",
    "RowFault",
    "UnreadableFile",
    "csv_lines",
    "escape_formula",
    "read_remittance",
    "read_statement",
]


def read_remittance(stream: IO[bytes], *, today: date, answers: Answers | None = None) -> Reading[RemittanceRow]:
    """Return the reading of a remittance, XML or CSV. The stream must stay open while it is iterated.

    Raises UnreadableFile with a sentence, here or while iterating.
    """
    source = Source(stream)
    if source.opening.startswith("<"):
        return read_paid_xml(source, today=today)
    return read_paid_csv(source, today=today, answers=answers or Answers())


def read_statement(stream: IO[bytes], *, today: date, answers: Answers | None = None) -> Reading[BankRow]:
    """Return the reading of a bank statement, OFX or CSV. The stream must stay open while it is iterated.

    Raises UnreadableFile with a sentence, here or while iterating.
    """
    source = Source(stream)
    if source.opening.startswith("<") or source.opening.upper().startswith("OFXHEADER"):
        return read_bank_ofx(source, today=today)
    return read_bank_csv(source, today=today, answers=answers or Answers())
