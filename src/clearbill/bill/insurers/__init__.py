"""What is known of each insurer: identifiers, number formats, limits. One data file each, every fact with its source.

>>> find("bup").name
'BUPA'
"""

from __future__ import annotations

from clearbill.bill.insurers.catalogue import LIST_READ_ON, all_insurers, by_identifier, by_slug, find, name_of
from clearbill.bill.insurers.insurer import (
    Confidence,
    Fact,
    Format,
    Insurer,
    NotANumber,
    Numbers,
    OtherInsurer,
    Refusal,
    WithdrawnCode,
    bare,
    checked_number,
)

__all__ = [
    "LIST_READ_ON",
    "Confidence",
    "Fact",
    "Format",
    "Insurer",
    "NotANumber",
    "Numbers",
    "OtherInsurer",
    "Refusal",
    "WithdrawnCode",
    "all_insurers",
    "bare",
    "by_identifier",
    "by_slug",
    "checked_number",
    "find",
    "name_of",
]
