"""A bank statement as files: two layouts of CSV, OFX 1.02 (SGML) and OFX 2.11 (XML)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from healthcode_sandbox.page.bank import SORT_CODE, BankLine, Statement

_LONGEST_NAME, _LONGEST_MEMO = 32, 255

_SGML_HEAD = {
    "OFXHEADER": "100",
    "DATA": "OFXSGML",
    "VERSION": "102",
    "SECURITY": "NONE",
    "ENCODING": "USASCII",
    "CHARSET": "1252",
    "COMPRESSION": "NONE",
    "OLDFILEUID": "NONE",
    "NEWFILEUID": "NONE",
}

_XML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\r\n'
)

_Element = tuple[str, "str | Sequence[_Element]"]


def signed_csv(statement: Statement) -> bytes:
    """Return date (day first), description, signed amount and balance, with commas."""
    rows = [
        [f"{line.on:%d/%m/%Y}", line.description, f"{line.amount:.2f}", f"{line.balance:.2f}"]
        for line in statement.lines
    ]
    return _csv([["Date", "Description", "Amount", "Balance"], *rows], delimiter=",")


def two_column_csv(statement: Statement) -> bytes:
    """Return date (year first), type, description, reference, paid in, paid out and balance, with semicolons."""
    rows = [
        [line.on.isoformat(), line.kind, line.name, line.reference, *_in_and_out(line.amount), f"{line.balance:.2f}"]
        for line in statement.lines
    ]
    return _csv([["Date", "Type", "Description", "Reference", "Paid in", "Paid out", "Balance"], *rows], delimiter=";")


def ofx_sgml(statement: Statement) -> bytes:
    """Return OFX 1.02: elements that hold a text have no end tag."""
    head = "".join(f"{name}:{value}\r\n" for name, value in _SGML_HEAD.items())
    body = "\r\n".join(_written(_ofx(statement), closed=False))
    return f"{head}\r\n{body}\r\n".encode("cp1252", "xmlcharrefreplace")


def ofx_xml(statement: Statement) -> bytes:
    """Return OFX 2.11."""
    body = "\r\n".join(_written(_ofx(statement), closed=True))
    return f"{_XML_HEAD}{body}\r\n".encode()


FILES: dict[str, tuple[Callable[[Statement], bytes], str, str]] = {
    "statement.csv": (signed_csv, "text/csv", "CSV, one amount column"),
    "statement-two-columns.csv": (two_column_csv, "text/csv", "CSV, paid in and paid out, semicolons"),
    "statement-sgml.ofx": (ofx_sgml, "application/x-ofx", "OFX 1 (SGML)"),
    "statement-xml.ofx": (ofx_xml, "application/x-ofx", "OFX 2 (XML)"),
}


def _in_and_out(amount: Decimal) -> tuple[str, str]:
    return (f"{amount:.2f}", "") if amount > 0 else ("", f"{-amount:.2f}")


def _csv(rows: Sequence[Sequence[str]], *, delimiter: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode("utf-8")


def _ofx(statement: Statement) -> _Element:
    ended = _moment(statement.ends_on)
    fine: _Element = ("STATUS", [("CODE", "0"), ("SEVERITY", "INFO")])
    account: list[_Element] = [("BANKID", SORT_CODE), ("ACCTID", statement.account_no), ("ACCTTYPE", "CHECKING")]
    listed: list[_Element] = [
        ("DTSTART", _moment(statement.begins_on)),
        ("DTEND", ended),
        *(("STMTTRN", _transaction(line)) for line in statement.lines),
    ]
    told: list[_Element] = [
        ("CURDEF", "GBP"),
        ("BANKACCTFROM", account),
        ("BANKTRANLIST", listed),
        ("LEDGERBAL", [("BALAMT", f"{statement.balance:.2f}"), ("DTASOF", ended)]),
    ]
    signed_on: _Element = ("SONRS", [fine, ("DTSERVER", ended), ("LANGUAGE", "ENG")])
    answer: _Element = ("STMTTRNRS", [("TRNUID", "0"), fine, ("STMTRS", told)])
    return "OFX", [("SIGNONMSGSRSV1", [signed_on]), ("BANKMSGSRSV1", [answer])]


def _transaction(line: BankLine) -> list[_Element]:
    facts: list[_Element] = [
        ("TRNTYPE", line.kind),
        ("DTPOSTED", _moment(line.on)),
        ("TRNAMT", f"{line.amount:.2f}"),
        ("FITID", line.id),
        ("NAME", line.name[:_LONGEST_NAME]),
    ]
    return [*facts, ("MEMO", line.reference[:_LONGEST_MEMO])] if line.reference else facts


def _written(element: _Element, *, closed: bool) -> Iterator[str]:
    name, content = element
    if isinstance(content, str):
        yield f"<{name}>{escape(content)}{f'</{name}>' if closed else ''}"
        return
    yield f"<{name}>"
    for inner in content:
        yield from _written(inner, closed=closed)
    yield f"</{name}>"


def _moment(day: date) -> str:
    return f"{day:%Y%m%d}120000"
