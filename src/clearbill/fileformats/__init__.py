"""Files that people bring: what insurers paid and what the bank saw, read row by row in bounded memory.

A file may have 50 MB and 200,000 rows. Only workbooks are unpacked, in a process of their own; no entity is resolved,
and what can be read in two ways is asked, never guessed. See `columns.py` and `bank/columns.py` for the names by which
columns are known, and FORMATS in `bank/formats.py` and `remittance/formats.py` for the formats that are read.
"""

from __future__ import annotations

from clearbill.fileformats.bank.formats import read_statement
from clearbill.fileformats.csv_writer import Cell, WrittenTable, csv_lines, escape_formula
from clearbill.fileformats.remittance.formats import read_remittance
from clearbill.fileformats.rows import (
    Answers,
    BankRow,
    Choice,
    LeftOut,
    Question,
    Reading,
    RemittanceRow,
    RowFault,
    UnreadableFile,
)
from clearbill.fileformats.uploaded_file import LARGEST_BYTES

__all__ = [
    "LARGEST_BYTES",
    "Answers",
    "BankRow",
    "Cell",
    "Choice",
    "LeftOut",
    "Question",
    "Reading",
    "RemittanceRow",
    "RowFault",
    "UnreadableFile",
    "WrittenTable",
    "csv_lines",
    "escape_formula",
    "read_remittance",
    "read_statement",
]
