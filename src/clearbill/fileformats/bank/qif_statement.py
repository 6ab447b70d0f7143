"""A bank statement from QIF: entries of lines that each begin with a letter, ended by ^.

Investments, categories and the parts into which a payment is split are passed over. The order of day and month is
proved by the dates of the file, or asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from clearbill.fileformats.bank.entries import ENDS_EARLY, TAKEN_AS_POUNDS, BreaksOff, entry_rows
from clearbill.fileformats.bank.line import NO_AMOUNT, BankLines, Texts, joined
from clearbill.fileformats.cells import CellError, DayReader, is_blank, pounds
from clearbill.fileformats.date_order import DateOrderProof
from clearbill.fileformats.rows import Answers, BankRow, Reading
from clearbill.fileformats.uploaded_file import Source

_LONGEST_LINE = 4000

_FIELDS = {"D": "booked_on", "T": "amount", "U": "amount", "P": "payee", "M": "memo", "N": "reference"}

_ACCOUNTS_OF_MONEY = {"bank", "ccard", "cash", "oth a", "oth l"}

# Quicken writes 5/11'26 and 5/11' 6 for years from 2000 on.
_YEAR_AFTER_APOSTROPHE = re.compile(r"'(\d{1,4})$", re.ASCII)


def read_bank_qif(source: Source, today: date, answers: Answers) -> Reading[BankRow]:
    """Return the reading of a statement. Raises UnreadableFile."""
    orders = DateOrderProof(DayReader(today))
    for texts in _entries(source):
        orders.look_at(texts.get("booked_on", ""))
    order = answers.order or orders.proved
    asked = orders.question() if order is None else None
    lines = BankLines(DayReader(today, order or "dmy").read, _amount)
    return Reading(
        encoding=source.encoding,
        notes=(TAKEN_AS_POUNDS,),
        questions=(asked,) if asked else (),
        _rows=entry_rows(_whole(source), lines),
    )


def _whole(source: Source) -> Iterator[Texts]:
    """Yield the entries. Raises BreaksOff where the last of them has no end."""
    for texts in _entries(source):
        if _OPEN in texts:
            raise BreaksOff(ENDS_EARLY)
        yield texts


# Among the texts of an entry: its end mark is missing.
_OPEN = "open"


def _entries(source: Source) -> Iterator[dict[str, str]]:
    account, section = "", ""
    found: dict[str, str] = {}
    with source.text() as text:
        while line := text.readline(_LONGEST_LINE):
            sign, value = line[:1].upper(), line[1:].strip()
            if sign == "!":
                section, found = value.lower(), {}
            elif section == "account":
                account = value if sign == "N" else account
            elif section.removeprefix("type:") not in _ACCOUNTS_OF_MONEY:
                continue
            elif sign == "^":
                yield _texts(found, account)
                found = {}
            elif sign in _FIELDS:
                found.setdefault(_FIELDS[sign], value)
    if found:
        yield _texts(found, account) | {_OPEN: ""}


def _texts(found: dict[str, str], account: str) -> dict[str, str]:
    return {
        "booked_on": _as_written_elsewhere(found.get("booked_on", "")),
        "amount": found.get("amount", ""),
        "description": joined(found.get("payee", ""), found.get("memo", "")),
        "reference": found.get("reference", ""),
        "account": account,
    }


def _as_written_elsewhere(day: str) -> str:
    """Return a date of Quicken as other programs write it: 5/11/2026 for 5/11'26."""
    bare = "".join(day.split()) if re.fullmatch(r"[\d/.' -]+", day, re.ASCII) else day
    return _YEAR_AFTER_APOSTROPHE.sub(lambda year: f"/{int(year[1]) % 2000 + 2000}", bare)


def _amount(texts: Texts) -> Decimal:
    if is_blank(texts["amount"]):
        raise CellError(NO_AMOUNT)
    return pounds(texts["amount"])
