"""A bank statement from CAMT.053 or CAMT.052 of ISO 20022, entry by entry as it streams.

Only booked entries are money. An entry that stands for several payments is one line, as it is on the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from clearbill.bill.dates import LONDON
from clearbill.fileformats.bank.entries import BreaksOff, entry_rows
from clearbill.fileformats.bank.line import NO_AMOUNT, BankLines, Texts, joined
from clearbill.fileformats.cells import CellError, DayReader, exact
from clearbill.fileformats.rows import Answers, BankRow, Reading, UnreadableFile
from clearbill.fileformats.uploaded_file import Source
from clearbill.fileformats.xml_stream import Records, XmlStream

_STATEMENTS = {"Stmt", "Rpt"}

_BOOKED = {"", "BOOK"}

_LEFT_OUT = {
    "PDNG": "pending: not booked by the bank yet",
    "INFO": "for information: not booked by the bank",
    "FUTR": "due later: not booked by the bank yet",
}

_OTHER_STATUS = "not booked by the bank"

_NOT_PROVIDED = {"", "NOTPROVIDED", "NOT PROVIDED"}

_AMOUNT = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,5})?", re.ASCII)

# Where a value stands below its entry; the names of people stand below Pty since version 8.
_OF_ENTRY = {
    "Amt": "amount",
    "CdtDbtInd": "direction",
    "Sts": "status",
    "Sts/Cd": "status",
    "RvslInd": "reversal",
    "BookgDt/Dt": "booked_on",
    "BookgDt/DtTm": "booked_on",
    "ValDt/Dt": "valued_on",
    "ValDt/DtTm": "valued_on",
    "AddtlNtryInf": "entry_text",
}

_OF_PAYMENT = {
    "Refs/EndToEndId": "reference",
    "RltdPties/Dbtr/Nm": "payer",
    "RltdPties/Dbtr/Pty/Nm": "payer",
    "RltdPties/Cdtr/Nm": "payee",
    "RltdPties/Cdtr/Pty/Nm": "payee",
    "RmtInf/Ustrd": "text",
    "RmtInf/Strd/CdtrRefInf/Ref": "text",
    "RmtInf/Strd/RfrdDocInf/Nb": "text",
    "RmtInf/Strd/AddtlRmtInf": "text",
    "AddtlTxInf": "text",
}

_PAYMENT = "NtryDtls/TxDtls/"

_OF_ACCOUNT = {"Acct/Id/IBAN": "account", "Acct/Id/Othr/Id": "account", "Acct/Ccy": "currency"}

# More names and texts of a batch than anybody reads are dropped; the amount is that of the whole batch.
_LONGEST_TEXT = 900

_ONE_BY_ONE = 20


def read_bank_camt(source: Source, today: date, _answers: Answers) -> Reading[BankRow]:
    """Return the reading of a statement; nothing in it is asked. Raises UnreadableFile for what is not XML."""
    entries = _Entries()
    stream = XmlStream(source, entries)
    if entries.root != "Document":
        raise UnreadableFile("This is XML, but no CAMT statement: its outermost element is not Document.")
    days = DayReader(today)
    lines = BankLines(lambda text: days.believed(_uk_day(text)), _amount)
    return Reading(encoding=stream.encoding, _rows=entry_rows(_texts(stream), lines))


class _Entries(Records):
    """Collects what is said of one entry at a time; a value that may stand several times is a list of its texts."""

    def __init__(self) -> None:
        super().__init__()
        self._account: dict[str, str] = {}
        self._entry: dict[str, list[str]] = {}

    def begin(self, path: list[str], attributes: Mapping[str, str]) -> None:
        match path[2:]:
            case [statement] if statement in _STATEMENTS:
                self._account = {}
            case [_, "Ntry"]:
                self._entry = {}
            case [_, "Ntry", "Amt"]:
                self._entry["currency"] = [attributes.get("Ccy", "")]

    def finish(self, path: list[str], text: str) -> None:
        if len(path) < 4 or path[2] not in _STATEMENTS:
            return
        place = "/".join(path[3:])
        if place == "Ntry":
            self.finished.append(self._account | {name: _LINE.join(texts) for name, texts in self._entry.items()})
        elif path[3] == "Ntry" and text:
            self._keep(place.removeprefix("Ntry/"), text)
        elif place in _OF_ACCOUNT:
            self._account.setdefault(_OF_ACCOUNT[place], text)

    def _keep(self, place: str, text: str) -> None:
        if place in _OF_ENTRY:
            self._entry.setdefault(_OF_ENTRY[place], [text])
        elif place.startswith(_PAYMENT) and (ours := _OF_PAYMENT.get(place.removeprefix(_PAYMENT))):
            texts = self._entry.setdefault(ours, [])
            if text not in texts and len(texts) < _ONE_BY_ONE:
                texts.append(text)


_LINE = "\n"


def _texts(stream: XmlStream) -> Iterator[Texts | str]:
    for found in stream:
        status = found.get("status", "").upper()
        yield _entry(found) if status in _BOOKED else _LEFT_OUT.get(status, _OTHER_STATUS)
    if stream.fault:
        raise BreaksOff(stream.fault)


def _entry(found: Mapping[str, str]) -> Texts:
    """Return the texts of an entry: who paid or was paid, and what for; the bank's own words where it says neither."""
    other = found.get("payer" if found.get("direction") == "CRDT" else "payee", "")
    said = joined(*other.split(_LINE), *found.get("text", "").split(_LINE), found.get("entry_text", ""))
    references = [one for one in found.get("reference", "").split(_LINE) if one.upper() not in _NOT_PROVIDED]
    is_reversal = found.get("reversal", "").lower() in ("true", "1")
    return {
        **found,
        "booked_on": found.get("booked_on") or found.get("valued_on", ""),
        "description": said[:_LONGEST_TEXT],
        "reference": references[0] if len(references) == 1 else "",
        "transaction_type": "reversal" if is_reversal else "",
    }


def _amount(texts: Texts) -> Decimal:
    """Return the amount of the entry. The indicator says which way the money of a reversal went, too."""
    text, direction = texts.get("amount", ""), texts.get("direction", "")
    if not _AMOUNT.fullmatch(text):
        raise CellError("This is not an amount as CAMT writes it." if text else NO_AMOUNT)
    if direction not in ("CRDT", "DBIT"):
        raise CellError("This says neither credit nor debit.", "direction")
    amount = exact(Decimal(text))
    return -amount + 0 if direction == "DBIT" else amount


def _uk_day(text: str) -> date:
    """Return the UK day of a date or of a moment; one without a time zone is taken as it stands. Raises CellError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        # A date may carry a time zone, which does not move it.
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", text, re.ASCII)
        try:
            return date.fromisoformat(found[1] if found else text)
        except ValueError:
            raise CellError("This is not a date of the calendar.") from None
    return (moment.astimezone(LONDON) if moment.tzinfo else moment).date()
