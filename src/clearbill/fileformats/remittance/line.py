"""One line of a payment from its texts, the same for XML and CSV: checked field by field, with its key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from clearbill.fileformats.cells import Cells, DayReader, identifier, is_blank, only_pounds, plain, pounds
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.rows import RemittanceRow, RowFault

_NUMBERS = (
    "invoice_number",
    "payment_reference",
    "membership_number",
    "clearing_claim_number",
    "payor_claim_number",
    "payee_number",
    "message_id",
    "reason_code",
)

_TEXTS = ("reason", "patient_name", "insurer")

_AMOUNTS = ("amount_paid", "amount_claimed", "shortfall", "previously_paid")

_TOTAL = re.compile(r"(grand |sub-? ?|invoice |page )?totals?:?", re.IGNORECASE)


class RemittanceLines:
    """Makes the rows of one file; remembers what was there, for keys and repeated rows."""

    def __init__(self, days: DayReader) -> None:
        self._days = days
        self._equals = SeenValues()
        self._same = SeenValues()

    def row(self, row_no: int, texts: Mapping[str, str], *, may_ask: bool = False) -> RemittanceRow | list[RowFault]:
        """Return the row that the texts give by our columns, or all that is wrong with it.

        With `may_ask`, saying nothing of its payment is no fault: a person says it for the whole file.
        """
        cells = Cells(row_no, texts)
        for field in _NUMBERS:
            cells.take(field, identifier)
        for field in _TEXTS:
            cells.take(field, plain)
        for field in _AMOUNTS:
            cells.take(field, _pounds_or_none)
        cells.take("paid_on", self._day)
        cells.take("issued_on", self._day)
        cells.take("currency", only_pounds)
        self._demand(cells, may_ask)
        key = self._key(cells.values)
        if cells.faults:
            return cells.faults
        del cells.values["currency"]
        content = "\x1f".join(f"{field}={value}" for field, value in cells.values.items())
        return RemittanceRow(row_no=row_no, key=key, repeats_row=self._same.earlier(content, row_no), **cells.values)

    def _day(self, text: str) -> date | None:
        return self._days.read(text) if text.strip() else None

    def _demand(self, cells: Cells, may_ask: bool) -> None:
        values = cells.values
        if _TOTAL.fullmatch(values.get("invoice_number") or ""):
            cells.fault("invoice_number", "This row is a total, not the payment of an invoice.")
        elif not any(values.get(field, "?") for field in ("invoice_number", "clearing_claim_number")):
            cells.fault("invoice_number", "The invoice number is missing.")
        if values.get("amount_paid", "?") is None:
            cells.fault("amount_paid", "The amount paid is missing.")
        if not may_ask and not values.get("payment_reference", "?") and not values.get("paid_on", "?"):
            cells.fault("payment_reference", "Nothing says which payment this is: no reference and no date.")

    def _key(self, values: Mapping[str, Any]) -> str:
        """Return payment, invoice and the ordinal among equals; a row with a fault elsewhere counts as well."""
        payment = _bare(values.get("payment_reference", "")) or f"on {values.get('paid_on')}"
        invoice = _bare(values.get("invoice_number", "")) or f"ch {_bare(values.get('clearing_claim_number', ''))}"
        fact = f"{payment}|{invoice}"
        return f"{fact}|{self._equals.ordinal(fact)}"


def _pounds_or_none(text: str) -> Any:
    return None if is_blank(text) else pounds(text)


def _bare(text: str) -> str:
    """Return a number without blanks and case; the bar, which parts a key, is written otherwise."""
    return "".join(text.split()).casefold().replace("%", "%25").replace("|", "%7c")
