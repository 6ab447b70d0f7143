"""Make rows of what a file says of codes, and find what each would do to the list."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clearbill.fileformats import Choice, LeftOut, Question, Reading, RowFault
from clearbill.fileformats.lists.code_list import ISC, PROCEDURE, CodeRow
from clearbill.imports.codes.fields import key_of, values_of
from clearbill.imports.matching.rows import without_content
from clearbill.imports.models import FileImport, ImportRow
from clearbill.workspace.models import CodeEntry

NOT_IN_FILE, KEEP, TAKE_OUT = "not_in_file", "keep", "take out"

WHOLE_FILE = 0
"""The number of the row that stands for the file as a whole."""

TAKES_OUT = "Codes here of the same kinds that are not in this file are taken out of the list."

WAS_SAMPLE = "It is an invented sample code here, and becomes one of your own."

_WHICH_KIND = Question(
    "same_kind",
    "Rows of this file do not say what kind of code they are. Which one is it?",
    (Choice(ISC, "ISC"), Choice(PROCEDURE, "Procedure code")),
)

_WHAT_OF_OTHERS = Question(
    NOT_IN_FILE,
    "There are codes in your list already. What becomes of those that are not in this file?",
    (Choice(KEEP, "They stay"), Choice(TAKE_OUT, "Those of the same kinds are taken out")),
)


def questions(file: FileImport, reading: Reading[CodeRow]) -> list[Question]:
    """Return what is left to ask about the file."""
    asked = []
    if "kind" in reading.mentioned and not file.answers.get("same", {}).get("kind"):
        asked.append(_WHICH_KIND)
    has_codes = CodeEntry.objects.filter(practice=file.practice_id).exists()
    if has_codes and NOT_IN_FILE not in file.answers.get("meanings", {}):
        asked.append(_WHAT_OF_OTHERS)
    return asked


def new_rows(
    file: FileImport, items: Sequence[Sequence[CodeRow | LeftOut | RowFault]], _columns: Collection[str]
) -> list[ImportRow]:
    """Return rows, not yet stored and checked, of what the file says: of each a code, or why there is none.

    Where codes are taken out that are not in the file, a row for the whole file does it.
    """
    rows = [_new_row(file, item) for item in items]
    takes_out = file.answers.get("meanings", {}).get(NOT_IN_FILE) == TAKE_OUT
    if takes_out and not file.rows_read and rows[0].row_no != WHOLE_FILE:
        rows.insert(0, ImportRow(file=file, row_no=WHOLE_FILE, verdict=ImportRow.CHANGED))
    check(file, rows)
    return rows


def check(file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Put to each row what it would do by what is here now."""
    here = entries_of(file, rows)
    for row in rows:
        if row.row_no == WHOLE_FILE and not row.faults:
            row.found = {"sentence": TAKES_OUT}
        elif row.values:
            row.verdict, row.found = _compared(row, here.get(row.key))


def entries_of(file: FileImport, rows: Sequence[ImportRow]) -> dict[str, CodeEntry]:
    """Return the entries of the list that rows are about, by their key."""
    codes = {row.values["code"] for row in rows if row.values}
    return {
        key_of(entry.kind, entry.code): entry
        for entry in CodeEntry.objects.filter(practice=file.practice_id, code__in=codes)
    }


def _compared(row: ImportRow, entry: CodeEntry | None) -> tuple[str, dict[str, object]]:
    if entry is None:
        return ImportRow.NEW, {}
    ours = values_of(entry)
    if ours == row.values and not entry.is_sample:
        return ImportRow.UNCHANGED, {}
    found: dict[str, object] = {"ours": ours}
    return ImportRow.CHANGED, {**found, "sentence": WAS_SAMPLE} if entry.is_sample else found


def _new_row(file: FileImport, item: Sequence[CodeRow | LeftOut | RowFault]) -> ImportRow:
    first = item[0]
    if not isinstance(first, CodeRow):
        return without_content(file, item)
    return ImportRow(
        file=file,
        row_no=first.row_no,
        verdict=ImportRow.NEW,
        key=key_of(first.kind, first.code),
        values=values_of(first),
    )
