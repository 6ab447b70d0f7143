"""What the amount of a row is: one column or one each for in and out, its sign, and the fee beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clearbill.fileformats.bank.line import NO_AMOUNT, NO_MONEY
from clearbill.fileformats.bank.words import IN, OUT
from clearbill.fileformats.cells import CellError, is_blank, pounds


@dataclass(frozen=True, slots=True)
class Amounts:
    """How the amounts of a file are written.

    `two_columns`: one column each for money in and money out. `by_word`: amounts have no sign, and a word in the row
    says which way the money went. `turned`: an amount without a minus is money out. `out_has_minus`: what is paid out
    is written with a minus in its own column. `fee_on_top`: the fee of a row is taken besides its amount.
    """

    two_columns: bool = False
    by_word: bool = False
    turned: bool = False
    out_has_minus: bool = False
    fee_on_top: bool = False

    def amount(self, texts: Mapping[str, str]) -> Decimal:
        """Return the amount of a row, money in positive. Raises CellError."""
        amount = self._written(texts)
        if self.turned:
            amount = -amount
        return amount - (fee(texts) if self.fee_on_top else 0) + 0

    def _written(self, texts: Mapping[str, str]) -> Decimal:
        if self.two_columns:
            return self._of_two(texts)
        if is_blank(texts["amount"]):
            raise CellError(NO_AMOUNT)
        amount = pounds(texts["amount"])
        return _directed(amount, word_of(texts)) if self.by_word else amount

    def _of_two(self, texts: Mapping[str, str]) -> Decimal:
        came, went = paid(texts, "paid_in"), paid(texts, "paid_out")
        if came and went:
            raise CellError("This row has money both paid in and paid out.", "paid_out")
        if not came and not went:
            raise CellError(NO_AMOUNT, "paid_in")
        went = -went if self.out_has_minus else went
        if came < 0 or went < 0:
            raise CellError("It is not clear what the minus means in this column.", "paid_in" if came else "paid_out")
        return came - went


def paid(texts: Mapping[str, str], field: str) -> Decimal:
    """Return what stands in a column that may be blank, which is nothing. Raises CellError at that column."""
    text = texts.get(field, "")
    try:
        return NO_MONEY if is_blank(text) else pounds(text)
    except CellError as exc:
        raise CellError(str(exc), field) from None


def fee(texts: Mapping[str, str]) -> Decimal:
    """Return the fee of a row, nothing where it has none, whatever its sign. Raises CellError."""
    return abs(paid(texts, "fee"))


def word_of(texts: Mapping[str, str]) -> str:
    """Return the word of a row that says which way the money went."""
    return " ".join(texts.get("direction", "").casefold().split())


def _directed(amount: Decimal, word: str) -> Decimal:
    if word not in IN | OUT:
        raise CellError("This says neither money in nor money out.", "direction")
    if word in OUT:
        return -abs(amount)
    if amount < 0:
        raise CellError("The row says credit, but the amount has a minus.")
    return amount
