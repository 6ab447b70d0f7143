"""The entries of a statement that is no table: counted from 1, checked like the rows of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearbill.fileformats.bank.line import BankLines, Texts
from clearbill.fileformats.bank.words import BALANCE, names_a_balance
from clearbill.fileformats.duplicates import MOST_ROWS, TOO_MANY
from clearbill.fileformats.rows import BankRow, LeftOut, RowFault

ENDS_EARLY = "The file ends before its end mark. The rows before were read, nothing after them."

NO_LINES = "The file holds no lines of a statement."

OTHER_CURRENCY = "The account is not kept in pounds."

TAKEN_AS_POUNDS = "The file does not say in which currency the account is kept. Its amounts were taken as pounds."


class BreaksOff(Exception):
    """The file cannot be read any further; the message is a sentence for the person who brought it."""


def entry_rows(entries: Iterable[Texts | str], lines: BankLines) -> Iterator[BankRow | RowFault | LeftOut]:
    """Yield the row or the faults of each entry, or that it is left out.

    An entry is its texts by our columns, or the reason for which it is no money. One whose currency is other than
    pounds is a fault. Where `entries` raises BreaksOff, or goes on beyond the most rows, that is the last fault.
    """
    row_no = 0
    try:
        for entry in entries:
            row_no += 1
            if row_no > MOST_ROWS:
                raise BreaksOff(TOO_MANY)
            yield from _found(row_no, entry, lines)
    except BreaksOff as exc:
        yield RowFault(row_no + 1, "", str(exc))
        return
    if not row_no:
        yield RowFault(0, "", NO_LINES)


def _found(row_no: int, entry: Texts | str, lines: BankLines) -> list[BankRow] | list[RowFault] | list[LeftOut]:
    if isinstance(entry, str):
        return [LeftOut(row_no, entry)]
    if names_a_balance(entry.get("description", ""), has_day=True):
        return [LeftOut(row_no, BALANCE)]
    currency = entry.get("currency", "").upper()
    if currency not in ("", "GBP"):
        return [RowFault(row_no, "currency", OTHER_CURRENCY, currency[:3])]
    found = lines.row(row_no, entry)
    return [found] if isinstance(found, BankRow) else found
