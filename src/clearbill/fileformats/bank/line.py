"""One line of a bank statement from its texts, the same in every format: checked field by field, with its key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clearbill.fileformats.cells import CellError, Cells, identifier, is_blank, only_pounds, plain, pounds
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.rows import BankRow, RowFault

Texts = Mapping[str, str]

NO_AMOUNT = "The amount is missing."

NO_MONEY = Decimal("0.00")

# The account of rows that name none.
OF_NO_ACCOUNT = ""


class BankLines:
    """Makes the rows of one file; remembers what was there, for keys and repeated rows."""

    def __init__(self, day: Callable[[str], date], amount: Callable[[Texts], Decimal]) -> None:
        self._day = day
        self._amount = amount
        self._equals = SeenValues()
        self._same = SeenValues()

    def row(self, row_no: int, texts: Texts) -> BankRow | list[RowFault]:
        """Return the row that the texts give by our columns, or all that is wrong with it."""
        cells = Cells(row_no, texts)
        cells.take("booked_on", self._required_day)
        cells.take("amount", lambda _: self._amount(texts))
        for field in ("description", "reference", "transaction_type"):
            cells.take(field, plain)
        for field in ("transaction_id", "account"):
            cells.take(field, _long_number)
        cells.take("balance", balance)
        cells.take("currency", only_pounds)
        if cells.faults:
            return cells.faults
        values = cells.values
        del values["currency"]
        content = "\x1f".join(f"{field}={value}" for field, value in values.items())
        repeats = self._same.earlier(content, row_no)
        key, count = self._key(values)
        if values["transaction_id"] and count > 1 and not repeats:
            # Some banks give one number to several lines: to a payment and its refund, or to all lines of a file.
            values["transaction_id"] = ""
            key, _ = self._key(values)
        return BankRow(row_no=row_no, key=key, repeats_row=repeats, **values)

    def _required_day(self, text: str) -> date:
        if not text.strip():
            raise CellError("The date is missing.")
        return self._day(text)

    def _key(self, values: Mapping[str, Any]) -> tuple[str, int]:
        """Return the key, and how often its fact has now been there.

        The bank's own number of a line names it. Without one, lines of equal day, amount and description are told
        apart by their ordinal, so a statement should hold whole days.
        """
        if own := values["transaction_id"]:
            key = f"id|{_digest(values['account'], own)}"
            return key, self._equals.ordinal(key)
        told = _digest(values["account"], values["description"], values["reference"])
        fact = f"{values['booked_on']}|{values['amount']}|{told}"
        count = self._equals.ordinal(fact)
        return f"{fact}|{count}", count


def joined(*texts: str) -> str:
    """Return the texts one after another; one that an earlier one holds already is not said again."""
    said: list[str] = []
    for text in texts:
        if text and not any(text in earlier for earlier in said):
            said = [earlier for earlier in said if earlier not in text] + [text]
    return " ".join(said)


def balance(text: str) -> Decimal | None:
    """Return the balance written, None where there is none: a balance that cannot be read makes no line wrong."""
    try:
        return None if is_blank(text) else pounds(text)
    except CellError:
        return None


def _long_number(text: str) -> str:
    return identifier(text, 255)


def _digest(*texts: str) -> str:
    """Return 32 figures that stand for the texts without regard to case and blanks."""
    bare = "\x1f".join("".join(text.split()).casefold() for text in texts)
    return hashlib.blake2b(bare.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
