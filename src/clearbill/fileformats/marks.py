"""How a file begins, by which its kind is recognised; `opening` is the first 4,096 bytes as text (`Source.opening`)."""

from __future__ import annotations

import re

from clearbill.clearinghouse.healthcode.assumed_2026_11.remittance_file import ROOT

_WEB_PAGE = re.compile(
    r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|body|meta|style|table)\b", re.IGNORECASE | re.DOTALL
)

_LABELLED_LINES = re.compile(r"^Date\s*:.*\n\s*Description\s*:.*\n\s*Amount\s*:", re.MULTILINE)


def begins_as_workbook(opening: str) -> bool:
    """Return whether a file with this opening is a workbook: a packed one of the present day, or one of before 2007."""
    parts = ("[Content_Types].xml", "xl/", "opendocument.spreadsheet")
    return opening.startswith("ÐÏ\x11à") or (opening.startswith("PK\x03\x04") and any(map(opening.__contains__, parts)))


def begins_as_html(opening: str) -> bool:
    """Return whether a file with this opening is a web page."""
    return _WEB_PAGE.match(opening) is not None


def begins_as_labelled_lines(opening: str) -> bool:
    """Return whether a file with this opening has blocks of lines that each begin with a label."""
    return _LABELLED_LINES.search(opening.replace("\r\n", "\n").replace("\r", "\n")) is not None


def begins_as_ofx(opening: str) -> bool:
    """Return whether a file with this opening is OFX."""
    return re.search(r"^OFXHEADER|<\?OFX\s|<(?:\w+:)?OFX[\s>]", opening, re.IGNORECASE) is not None


def begins_as_qif(opening: str) -> bool:
    """Return whether a file with this opening is QIF."""
    return re.match(r"!(?:Type|Account|Option|Clear)\b", opening, re.IGNORECASE) is not None


def begins_as_ical(opening: str) -> bool:
    """Return whether a file with this opening is a calendar (iCal)."""
    return re.match(r"BEGIN:VCALENDAR\b", opening, re.IGNORECASE) is not None


def begins_as_camt(opening: str) -> bool:
    """Return whether a file with this opening is an account statement or report of ISO 20022."""
    return re.search(r"<(?:\w+:)?BkToCstmr(?:Stmt|AcctRpt)[\s>]|camt\.05[23]\.", opening) is not None


def begins_as_xml(opening: str) -> bool:
    """Return whether a file with this opening is XML, and not the web page that some programs give instead."""
    return opening.startswith("<") and not begins_as_html(opening)


def begins_as_remittance(opening: str) -> bool:
    """Return whether a file with this opening is a remittance of the clearing house."""
    return re.search(rf"<(?:\w+:)?{ROOT}[\s>]", opening) is not None
