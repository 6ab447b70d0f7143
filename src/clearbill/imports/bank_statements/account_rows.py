"""The rows of a statement that are of its account: some banks put all accounts of a customer into one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from clearbill.fileformats import BankRow, Choice, LeftOut, Question, Reading, RowFault
from clearbill.money.bank.models import StatementFile

LINES_OF = "lines_of"
"""The field of the question which lines of a file are of its account."""

ALL_LINES = "all"

_FEWEST_DIGITS = 4

_MOST_ASKED = 20


class AccountRows:
    """The rows, faults and left-out rows of a file; a row of another account is left out.

    An account that the file names by its number is known by the last four figures. One that it names otherwise cannot
    be told from the present one: where there are several, a person says which lines are meant.
    """

    def __init__(self, file: StatementFile, reading: Reading[BankRow]) -> None:
        self._file, self._reading = file, reading
        self._answer = file.answers.get(LINES_OF, "")
        self._digits = file.account.last_digits
        self._seen: Counter[str] = Counter()

    def __iter__(self) -> Iterator[BankRow | RowFault | LeftOut]:
        """Yield all of them. Raises UnreadableFile.

        A bank's own number for which its format has no column is left out, for among those of another format it would
        name another line; a row that repeats one with such a number is the same line, and not given again.
        """
        for row in self._reading:
            if not isinstance(row, BankRow):
                yield row
            elif not self._is_own(named := account_named(row.account)):
                yield LeftOut(row.row_no, f"of the account {_shown(named)}")
            elif not row.transaction_id or self._reading.id_column:
                yield row
            elif not row.repeats_row:
                yield replace(row, transaction_id="")

    def questions(self) -> tuple[Question, ...]:
        """Return the question that is left after the rows, which of several accounts is meant."""
        known = self._file.account.last_digits
        others = [named for named in self._seen if not (known and last_digits(named))]
        if self._answer or known in self._seen or len(others) < 2:
            return ()
        choices = [Choice(named, f"those of the account {_shown(named)}") for named in others[:_MOST_ASKED]]
        sentence = f"The file has lines of several accounts. Which lines are those of “{self._file.account}”?"
        return (Question(LINES_OF, sentence, (*choices, Choice(ALL_LINES, "all lines"))),)

    def _is_own(self, named: str) -> bool:
        if not named or self._answer == ALL_LINES:
            return True
        if len(self._seen) < _MOST_ASKED or named in self._seen:
            self._seen[named] += 1
        if self._answer:
            return named == self._answer
        digits = last_digits(named)
        self._digits = self._digits or digits
        return not digits or digits == self._digits


def account_named(account: str) -> str:
    """Return how an account is known: by the last four figures of its number, else by what it is called."""
    return last_digits(account) or account.strip()[:60]


def last_digits(account: str) -> str:
    """Return the last four figures of an account's number, "" for what is no number."""
    digits = "".join(sign for sign in account if sign.isdigit())
    return digits[-4:] if len(digits) >= _FEWEST_DIGITS else ""


def _shown(named: str) -> str:
    return f"ending {named}" if last_digits(named) else f"“{named}”"
