"""How a reading is printed: as JSON for machines, or as a table for people; row by row, as the file is read."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol, TextIO

from clearbill.bill.text import plural
from clearbill.cli.terminal import printable
from clearbill.fileformats import LeftOut, Question, Reading, RowFault

_IN_MEMORY = 1024 * 1024

# The widths of a table's columns are those of its first rows.
_MEASURED, _WIDEST = 50, 60


class Report(Protocol):
    """What is printed of a reading: how it begins, what it gives one after another, and the end."""

    def begin(self, reading: Reading[Any]) -> None: ...

    def row(self, values: Mapping[str, Any]) -> None: ...

    def fault(self, fault: RowFault, column: str) -> None: ...

    def left_out(self, row: LeftOut) -> None: ...

    def end(self) -> None: ...


class JsonReport:
    """One object: format, notes, questions, rows, left_out and faults, in this order."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._opening = _opening("", (), ())
        self._rows = 0
        self._left_out, self._faults = _Later(), _Later()

    def begin(self, reading: Reading[Any]) -> None:
        """The rows follow, unless there are questions."""
        self._opening = _opening(reading.kind, reading.notes, reading.questions)

    def row(self, values: Mapping[str, Any]) -> None:
        """Print a row at once; it is not kept."""
        self._out.write(f"{',' if self._rows else self._opening}\n{_json(values)}")
        self._rows += 1

    def fault(self, fault: RowFault, column: str) -> None:
        """Keep a fault for the end."""
        self._faults.add({"row": fault.row_no, "column": column, "message": fault.sentence})

    def left_out(self, row: LeftOut) -> None:
        """Keep a row that is no money for the end."""
        self._left_out.add({"row": row.row_no, "reason": row.reason})

    def end(self) -> None:
        """Print what was kept."""
        self._out.write("" if self._rows else self._opening)
        for name, kept in (("left_out", self._left_out), ("faults", self._faults)):
            self._out.write(f'],\n"{name}": [')
            self._out.writelines(kept.parts())
        self._out.write("]}\n")


def _opening(kind: str, notes: tuple[str, ...], questions: tuple[Question, ...]) -> str:
    asked = [
        {
            "id": question.field,
            "prompt": question.sentence,
            "choices": [{"value": choice.value, "label": choice.label} for choice in question.choices],
        }
        for question in questions
    ]
    return f'{{"format": {_json(kind)},\n"notes": {_json(notes)},\n"questions": {_json(asked)},\n"rows": ['


def _json(value: Any) -> str:
    """Return the value as JSON that every terminal can show; amounts and days are texts."""
    return json.dumps(value, default=str)


class _Later:
    """Values that are printed after all rows, on disk where they are many."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115

    def add(self, value: Any) -> None:
        self._file.write(f"{_json(value)}\n")

    def parts(self) -> Iterator[str]:
        self._file.seek(0)
        between = ""
        for line in self._file:
            yield f"{between}\n{line.rstrip()}"
            between = ","


class TableReport:
    """A table of the rows, then what is wrong and what was left out, then how many there were of each."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._waiting: list[Mapping[str, str]] = []
        self._widths: dict[str, int] = {}
        self._rows = self._faults = 0
        self._left_out: Counter[str] = Counter()
        self._is_begun = False

    def begin(self, reading: Reading[Any]) -> None:
        """Say how the file is read, and what must be answered first."""
        self._is_begun = True
        self._print(reading.kind[:1].upper() + reading.kind[1:])
        for note in reading.notes:
            self._print(note)
        for question in reading.questions:
            self._ask(question)

    def row(self, values: Mapping[str, Any]) -> None:
        """Print a row; the first ones wait until it is known how wide the columns are."""
        self._rows += 1
        self._waiting.append({name: _shown(value) for name, value in values.items()})
        if self._widths or len(self._waiting) == _MEASURED:
            self._flush()

    def fault(self, fault: RowFault, column: str) -> None:
        """Print what is wrong, where it stands."""
        self._flush()
        self._faults += 1
        where = f"Row {fault.row_no}: " if fault.row_no else ""
        self._print(f"{where}{f'{column}: ' if column else ''}{fault.sentence}")

    def left_out(self, row: LeftOut) -> None:
        """Count it."""
        self._left_out[row.reason] += 1

    def end(self) -> None:
        """Print the rows that wait, and how many there were."""
        self._flush()
        if not self._is_begun:
            return
        left_out = "".join(f", {count} left out ({reason})" for reason, count in self._left_out.items())
        wrong = f", {self._faults} {plural(self._faults, 'fault')}" if self._faults else ""
        self._print(f"{self._rows} {plural(self._rows, 'row')} read{left_out}{wrong}.")

    def _ask(self, question: Question) -> None:
        self._print(f"\n{question.sentence}")
        for choice in question.choices:
            cells = f"   {' | '.join(choice.cells)}" if choice.cells else ""
            self._print(
                f'  {{"{question.field}": {json.dumps(choice.value, ensure_ascii=False)}}}   {choice.label}{cells}'
            )

    def _flush(self) -> None:
        if self._waiting and not self._widths:
            # Columns without anything in the first rows are not printed.
            self._widths = {
                name: min(_WIDEST, max(len(name), *(len(row[name]) for row in self._waiting)))
                for name in self._waiting[0]
                if any(row[name] for row in self._waiting)
            }
            self._print("  ".join(name.ljust(width) for name, width in self._widths.items()).rstrip())
        for row in self._waiting:
            self._print("  ".join(row[name][:_WIDEST].ljust(width) for name, width in self._widths.items()).rstrip())
        self._waiting.clear()

    def _print(self, text: str) -> None:
        print(printable(text), file=self._out)


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}".rjust(12)
    return "" if value is None else str(value)
