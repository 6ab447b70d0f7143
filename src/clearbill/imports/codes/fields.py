"""The fields of a code that files give, as text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clearbill.bill import money
from clearbill.fileformats.lists.code_list import CodeRow
from clearbill.workspace.code_list import KINDS
from clearbill.workspace.models import CodeEntry

LABELS = {"code": "Code", "title": "Title", "price": "Price", "kind": "Kind"}

HEADINGS = ("Code", "Title", "Kind", "Price")


def key_of(kind: str, code: str) -> str:
    """Return what a code is known by: the two kinds may have the same one."""
    return f"{kind} {code}"


def values_of(code: CodeRow | CodeEntry) -> dict[str, str]:
    """Return what a row or an entry of the list says, as text."""
    price = "" if code.price is None else f"{code.price:.2f}"
    return {"kind": code.kind, "code": code.code, "title": code.title, "price": price}


def entry_of(values: Mapping[str, str]) -> CodeEntry:
    """Return an entry, not yet stored, of what values say; it is of no practice yet."""
    price = Decimal(values["price"]) if values["price"] else None
    return CodeEntry(kind=values["kind"], code=values["code"], title=values["title"], price=price)


def shown(values: Mapping[str, str]) -> dict[str, str]:
    """Return values as people read them."""
    price = money.show(Decimal(values["price"])) if values["price"] else ""
    return {**values, "kind": KINDS[values["kind"]], "price": price}
