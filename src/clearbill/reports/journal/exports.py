"""The books as files: a journal for Xero's import of manual journals, and a plain-text journal for hledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clearbill.fileformats import csv_lines
from clearbill.reports.chart_of_accounts import FIELDS, PLAIN_ACCOUNTS, Account
from clearbill.reports.journal.entries import Line, Transaction
from clearbill.reports.models import AccountCodes

# As in Xero's own template; see docs/accounting.md.
XERO_COLUMNS = (
    "*Narration",
    "*Date",
    "Description",
    "*AccountCode",
    "*TaxRate",
    "*Amount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
)

XERO_MOST_LINES = 300

"""The lines of one file, its heading among them."""


def code_of(codes: AccountCodes, account: Account) -> str:
    """Return the code that the practice has for this account."""
    return str(getattr(codes, FIELDS[account]))


def xero(transactions: Iterable[Transaction], codes: AccountCodes) -> Iterator[str]:
    """Yield the lines of the CSV file. A narration with its day stands for one journal; debits are above nothing."""
    return csv_lines(XERO_COLUMNS, (_xero_cells(one, line, codes) for one in transactions for line in one.lines))


def _xero_cells(one: Transaction, line: Line, codes: AccountCodes) -> list[str]:
    return [
        f"Clearbill {one.key}",
        f"{one.on:%d/%m/%Y}",
        f"{line.account}: {one.words}",
        code_of(codes, line.account),
        codes.tax_rate,
        f"{line.amount:.2f}",
        *[""] * 4,
    ]


def for_xero(transactions: Iterable[Transaction]) -> Iterator[list[Transaction]]:
    """Yield the transactions in parts that Xero takes as one file each; one part at least. None is cut in two."""
    part: list[Transaction] = []
    room = XERO_MOST_LINES - 1
    for one in transactions:
        if part and len(one.lines) > room:
            yield part
            part, room = [], XERO_MOST_LINES - 1
        part.append(one)
        room -= len(one.lines)
    yield part


def xero_zip(parts: Iterable[list[Transaction]], codes: AccountCodes, *, name: str) -> Iterator[bytes]:
    """Yield the bytes of a zip file while it is made: a CSV file for each part. The same books give the same bytes."""
    pieces = _Pieces()
    with ZipFile(pieces, "w") as archive:
        for place, part in enumerate(parts, start=1):
            archive.writestr(ZipInfo(f"{name}-part-{place:03}.csv"), "".join(xero(part, codes)), ZIP_DEFLATED)
            yield pieces.taken()
    yield pieces.taken()


class _Pieces:
    """A file that hands on what was written to it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._written.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> bytes:
        """Return what was written since this was last asked."""
        whole, self._written = b"".join(self._written), []
        return whole


def hledger(
    transactions: Iterable[Transaction], codes: AccountCodes, *, title: str, first_on: date, last_on: date
) -> Iterator[str]:
    """Yield the text of the journal: accounts first, each with its code, then every transaction."""
    yield f"; {' '.join(title.split())}: the books from {first_on} to {last_on}, in pounds.\n"
    yield "\ncommodity GBP 1000.00\n\n"
    for account, place in PLAIN_ACCOUNTS.items():
        yield f"account {place}  ; {account.value}, code {code_of(codes, account)}\n"
    for one in transactions:
        amounts = "".join(f"    {PLAIN_ACCOUNTS[line.account]}  GBP {line.amount:.2f}\n" for line in one.lines)
        yield f"\n{one.on} ({one.key}) {one.words}\n{amounts}"
