"""One line of a payment from its texts, the same for XML and CSV: checked field by field, with its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from clearbill.files.cells import Days, NotRead, is_blank, plain, pounds, shown
from clearbill.files.rows import Fault, PaidRow
from clearbill.files.seen import Seen

LONGEST_NUMBER = 60
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


class PaidLines:
    """Makes the rows of one file; remembers what was there, for keys and repeated rows."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._equals = Seen()
        self._same = Seen()

    def row(self, row_no: int, texts: Mapping[str, str], *, may_ask: bool = False) -> PaidRow | list[Fault]:
        """Return the row that the texts give by our columns, or all that is wrong with it.

        With `may_ask`, saying nothing of its payment is no fault: a person says it for the whole file.
        """
        cells = Cells(row_no, texts)
        for field in _NUMBERS:
            cells.take(field, number)
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
        return PaidRow(row_no=row_no, key=key, repeats_row=self._same.earlier(content, row_no), **cells.values)

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


class Cells:
    """The values read from one row so far, and the faults."""

    def __init__(self, row_no: int, texts: Mapping[str, str]) -> None:
        self._row_no = row_no
        self._texts = texts
        self.values: dict[str, Any] = {}
        self.faults: list[Fault] = []

    def take(self, field: str, read: Callable[[str], Any]) -> None:
        """Read one field, with its fault where it cannot be read."""
        try:
            self.values[field] = read(self._texts.get(field, ""))
        except NotRead as exc:
            self.fault(exc.field or field, str(exc))

    def fault(self, field: str, sentence: str) -> None:
        """Note what is wrong at a field. What stands in the patient's field is never shown."""
        cell = "" if field == "patient_name" else shown(self._texts.get(field, ""))
        self.faults.append(Fault(self._row_no, field, sentence, cell))


def number(text: str, longest: int = LONGEST_NUMBER) -> str:
    """Return a number by which something is found again. Raises NotRead where it is damaged or absurdly long."""
    tidy = plain(text, longest)
    if "\ufffd" in tidy:
        raise NotRead("This cell holds a character that could not be read. Save the file again as CSV (UTF-8).")
    return tidy


def only_pounds(text: str) -> str:
    """Return the currency. Raises NotRead for any but pounds; none given means pounds."""
    if text.strip().upper() not in ("", "GBP", "£"):
        raise NotRead("The amount is not in pounds.")
    return text


def _pounds_or_none(text: str) -> Any:
    return None if is_blank(text) else pounds(text)


def _bare(text: str) -> str:
    """Return a number without blanks and case; the bar, which parts a key, is written otherwise."""
    return "".join(text.split()).casefold().replace("%", "%25").replace("|", "%7c")
