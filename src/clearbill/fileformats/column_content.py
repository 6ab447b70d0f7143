"""What stands in the columns of a table, told from its first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from clearbill.fileformats.cells import looks_like_an_amount, may_be_a_day
from clearbill.fileformats.table import Table

_ROWS = 200

_MOST_WORDS = 40

_LETTERS = re.compile(r"[^\W\d_]{2}")

_FIGURE = re.compile(r"\d", re.ASCII)

_POINT_PENCE = re.compile(r"\.\d\d?(?!\d)", re.ASCII)

_COMMA_PENCE = re.compile(r",\d\d?(?!\d)", re.ASCII)


@dataclass(slots=True)
class ColumnContent:
    """How many of a column's first cells are filled, and how many of those are dates, amounts and the like.

    `with_point` and `with_comma` are those with pence after a point, or after a comma. `words` are the different cells
    in small letters, as long as they are few.
    """

    filled: int = 0
    days: int = 0
    amounts: int = 0
    with_figures: int = 0
    with_point: int = 0
    with_comma: int = 0
    with_minus: int = 0
    with_letters: int = 0
    words: set[str] = field(default_factory=set)

    def look_at(self, cell: str) -> None:
        if not cell:
            return
        self.filled += 1
        day = may_be_a_day(cell)
        self.days += day
        self.amounts += not day and looks_like_an_amount(cell)
        self.with_figures += bool(_FIGURE.search(cell))
        self.with_point += bool(_POINT_PENCE.search(cell))
        self.with_comma += bool(_COMMA_PENCE.search(cell))
        self.with_minus += cell[0] in "-−("
        self.with_letters += not day and bool(_LETTERS.search(cell))
        if len(self.words) < _MOST_WORDS:
            self.words.add(cell.casefold())

    @property
    def is_days(self) -> bool:
        return self.filled > 0 and self.days * 2 > self.filled

    @property
    def is_money(self) -> bool:
        """Whether it may hold amounts, those included that cannot be read."""
        return not self.is_days and self.with_figures * 2 > self.filled

    @property
    def is_text(self) -> bool:
        return not self.is_days and self.with_letters * 2 > self.filled


def contents(table: Table) -> Sequence[ColumnContent]:
    """Return what stands in each column of the first rows."""
    columns = [ColumnContent() for _ in table.names]
    for record in islice(table.rows(), _ROWS):
        if not record.wrong:
            for column, cell in zip(columns, record.cells, strict=False):
                column.look_at(cell.strip())
    return columns
