"""The formats of remittance files: a new one is a reader beside this file and an entry in FORMATS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import IO

from clearbill.fileformats.file_format import FileFormat, format_of
from clearbill.fileformats.marks import begins_as_workbook, begins_as_xml
from clearbill.fileformats.remittance.csv_remittance import read_paid_csv
from clearbill.fileformats.remittance.xml_remittance import read_paid_xml
from clearbill.fileformats.rows import Answers, Reading, RemittanceRow
from clearbill.fileformats.sheets.workbook import WORKBOOK_ENDINGS
from clearbill.fileformats.uploaded_file import Source

FORMATS: tuple[FileFormat[RemittanceRow], ...] = (
    FileFormat(
        name="XML",
        endings=(".xml",),
        media_types=("text/xml", "application/xml"),
        begins=begins_as_xml,
        read=read_paid_xml,
    ),
    FileFormat(name="CSV", endings=(".csv", ".txt"), media_types=("text/csv",), begins=None, read=read_paid_csv),
    FileFormat(name="Excel", endings=WORKBOOK_ENDINGS, media_types=(), begins=begins_as_workbook, read=read_paid_csv),
)
"""In the order in which people are told of them; of two that recognise a file, the first reads it."""


def read_remittance(stream: IO[bytes], *, today: date, answers: Answers | None = None) -> Reading[RemittanceRow]:
    """Return the reading of a remittance in any of FORMATS. The stream must stay open while it is iterated.

    Raises UnreadableFile with a sentence, here or while iterating.
    """
    source = Source(stream)
    found = format_of(source, FORMATS)
    return replace(found.read(source, today, answers or Answers()), kind=f"remittance {found.name}")
