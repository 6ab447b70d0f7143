"""A bank statement from OFX, 1.x in SGML and 2.x in XML: one small reader of tags for both, streaming.

SGML leaves out the end tags of values, so no XML parser reads it; the tags that OFX uses carry no attributes. Only the
lines of statements are read, and only those of accounts in pounds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from clearbill.bill.dates import LONDON
from clearbill.fileformats.bank.entries import ENDS_EARLY, TAKEN_AS_POUNDS, BreaksOff, entry_rows
from clearbill.fileformats.bank.line import NO_AMOUNT, BankLines, Texts, joined
from clearbill.fileformats.cells import CellError, DayReader, exact
from clearbill.fileformats.rows import Answers, BankRow, Reading, UnreadableFile
from clearbill.fileformats.uploaded_file import Source

_PIECE = 64 * 1024

_LONGEST_VALUE = 4000

_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)\]\]>|<!--.*?-->|(?P<refused><!\s*[A-Za-z])|<(?!!\[CDATA\[|!--)(?P<tag>[^<>]{0,500})>"
    r"|(?P<text>[^<]+|<(?=[^!<>][^<>]*<))",
    re.DOTALL,
)

_FIELDS = {
    "FITID": "transaction_id",
    "DTPOSTED": "booked_on",
    "TRNAMT": "amount",
    "NAME": "name",
    "MEMO": "memo",
    "TRNTYPE": "transaction_type",
    "CHECKNUM": "check",
    "REFNUM": "reference",
}

# Groups inside a line whose values are not the line's own.
_INNER = {"PAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY", "IMAGEDATA"}

_INNER_FIELDS = {("PAYEE", "NAME"): "name", ("CURRENCY", "CURSYM"): "currency"}

# A line whose own end tag was left out ends where one of these stands.
_ENDS_LINE = {"/STMTTRN", "STMTTRN", "/BANKTRANLIST", "/STMTRS", "/CCSTMTRS", "/OFX"}

_STATEMENTS = {"STMTRS", "CCSTMTRS"}

_DAY = re.compile(
    r"(?P<day>\d{8})(?P<time>(?:\d\d){1,3})?(?:\.\d{1,6})?"
    r"(?: ?\[(?P<hours>[+-]?\d{1,2})(?:[.:](?P<part>\d{1,2}))?(?::\w+)?\])?"
)

_AMOUNT = re.compile(r"[+-]?(\d{1,12}([.,]\d*)?|[.,]\d+)", re.ASCII)

# Two different signs leave no doubt: the first parts the thousands.
_WITH_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d{1,2}", re.ASCII)

_NO_AMOUNT_GIVEN = "without an amount"

_DOCTYPE = "The file carries a document type or an entity. Such a file is not read any further."

_LINE_OPEN = "This line of the statement has no end. The rows before were read."


def read_bank_ofx(source: Source, today: date, _answers: Answers) -> Reading[BankRow]:
    """Return the reading of a statement; nothing in it is asked. Raises UnreadableFile for one with a document type."""
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", source.opening, re.IGNORECASE):
        raise UnreadableFile(_DOCTYPE)
    days = DayReader(today)
    lines = BankLines(lambda text: days.believed(_uk_day(text)), _amount)
    says_currency = re.search(r"<(?:\w+:)?CURDEF>\s*[A-Z]{3}", source.opening, re.IGNORECASE)
    return Reading(
        encoding=source.encoding,
        notes=() if says_currency else (TAKEN_AS_POUNDS,),
        _rows=entry_rows(_lines(_values(_tokens(source))), lines),
    )


def _tokens(source: Source) -> Iterator[re.Match[str]]:
    """Yield tags, texts and character data one after another; a text may come in parts."""
    with source.text() as text:
        rest = ""
        while piece := text.read(_PIECE):
            rest += piece
            end = 0
            for token in _TOKEN.finditer(rest):
                if token.start() != end and "<" in rest[end : token.start()]:
                    break
                yield token
                end = token.end()
            rest = rest[end:]
            if len(rest) > _PIECE:
                raise BreaksOff("A tag of the file never ends. The rows before were read.")
        if rest.strip("\x00\x1a \r\n\t"):
            raise BreaksOff(ENDS_EARLY)


def _values(tokens: Iterator[re.Match[str]]) -> Iterator[tuple[str, str]]:
    """Yield (tag, value); the value stands before the next tag. End tags begin with a slash and have none."""
    tag, value, length = "", [""], 0
    for token in tokens:
        if token["refused"]:
            raise BreaksOff(_DOCTYPE)
        if token["tag"] is not None:
            if tag:
                yield tag, "".join(value).strip()
            tag, value, length = _name(token["tag"]), [""], 0
            if tag.startswith("/"):  # At once: what follows may be broken, but the line is whole.
                yield tag, ""
                tag = ""
        elif length <= _LONGEST_VALUE:
            part = token["data"] if token["data"] is not None else token["text"] or ""
            value.append(part)
            length += len(part)
    if tag:
        yield tag, "".join(value).strip()


def _name(tag: str) -> str:
    """Return the name of a tag without attributes and namespace; that of an end tag begins with a slash."""
    words = tag.upper().split()
    return re.sub(r"^(/?)\w+:", r"\1", words[0]) if words else ""


def _lines(values: Iterator[tuple[str, str]]) -> Iterator[Texts | str]:
    """Yield the values of each line of a statement by our columns, with account and currency.

    The file is whole where it ends with the end tag of its first element, which is OFX unless a program left it out.
    """
    statement, root, tag = _Statement(), "", ""
    for tag, value in values:
        root = root or (tag if tag.isalnum() else "")
        if statement.line is not None and tag in _ENDS_LINE:
            has_amount = statement.line.get("amount", "").casefold() != "null"
            yield statement.head | _line(statement.line) if has_amount else _NO_AMOUNT_GIVEN
            statement.line = None
        if statement.line is None:
            statement.outside(tag, value)
        else:
            statement.inside(statement.line, tag, value)
    if tag != f"/{root}":
        raise BreaksOff(_LINE_OPEN if statement.line is not None else ENDS_EARLY)


class _Statement:
    """The statement being read: what holds for all its lines, and the line in hand."""

    def __init__(self) -> None:
        self.head: dict[str, str] = {}
        self.line: dict[str, str] | None = None
        self._inner = ""

    def outside(self, tag: str, value: str) -> None:
        """Take a value that stands in no line."""
        if tag == "STMTTRN":
            self.line, self._inner = {}, ""
        elif tag in _STATEMENTS:
            self.head = {}
        elif tag == "CURDEF":
            self.head["currency"] = value
        elif tag == "ACCTID":
            self.head.setdefault("account", value)

    def inside(self, line: dict[str, str], tag: str, value: str) -> None:
        """Take a value of the line in hand, or of a group inside it."""
        if tag == f"/{self._inner}":
            self._inner = ""
        elif tag in _INNER:
            self._inner = tag
        elif ours := _INNER_FIELDS.get((self._inner, tag)) if self._inner else _FIELDS.get(tag):
            line.setdefault(ours, value)


def _line(found: dict[str, str]) -> dict[str, str]:
    """Return the texts of a line: name and memo as the description, entities in them resolved."""
    texts = {field: html.unescape(value) for field, value in found.items() if field not in ("amount", "booked_on")}
    texts |= {field: found[field] for field in ("amount", "booked_on") if field in found}
    name, memo = texts.pop("name", ""), texts.pop("memo", "")
    texts["description"] = joined(name, memo)
    check = texts.pop("check", "")
    texts["reference"] = texts.get("reference") or check
    return texts


def _amount(texts: Texts) -> Decimal:
    """Return TRNAMT, in which point and comma are both the decimal sign. Raises CellError.

    Its sign alone says whether money came in: banks write DEBIT and CREDIT for the kind of line, also on refunds.
    """
    text = texts.get("amount", "")
    if _WITH_THOUSANDS.fullmatch(text):
        pounds, pence = re.split(r"[.,](?=\d{1,2}$)", text)
        text = f"{re.sub('[.,]', '', pounds)}.{pence}"
    if not _AMOUNT.fullmatch(text):
        raise CellError("This is not an amount as OFX writes it." if text else NO_AMOUNT)
    return exact(Decimal(text.replace(",", ".")))


def _uk_day(text: str) -> date:
    """Return the UK day of DTPOSTED; one without a time zone is taken as it stands. Raises CellError."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        time = (found["time"] or "").ljust(6, "0")
        moment = datetime.strptime(found["day"] + time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if found["hours"] is None:
            return moment.date()
        hours, part = int(found["hours"]), found["part"] or "0"
        # [-3.30] has been seen for three and a half hours as well as [-3.5].
        minutes = int(part) if len(part) == 2 else int(part) * 6
        offset = timedelta(hours=abs(hours), minutes=minutes)
        return (moment + offset if found["hours"].startswith("-") else moment - offset).astimezone(LONDON).date()
    except (ValueError, OverflowError):
        raise CellError("This is not a date of the calendar.") from None
