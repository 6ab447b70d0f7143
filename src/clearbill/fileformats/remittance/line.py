"""One line of a payment from its texts, the same for XML and CSV: checked field by field, with its key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from clearbill.fileformats.cells import CellError, Cells, DayReader, identifier, is_blank, only_pounds, plain, pounds
from clearbill.fileformats.duplicates import SeenValues
from clearbill.fileformats.rows import LeftOut, RemittanceRow, RowFault

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

# What an invoice or a payment is known by.
_KNOWN_BY = {"invoice_number", "payment_reference", "clearing_claim_number"}

_OF_A_BILL = (
    "invoice_number",
    "clearing_claim_number",
    "payor_claim_number",
    "membership_number",
    "patient_name",
    "amount_claimed",
    "shortfall",
)

_MAY_SAY_TOTAL = ("invoice_number", "payment_reference", "reason", "patient_name", "insurer")

_ADJUSTS = re.compile(
    r"\b(?:adjust|recover|recoup|claw|overpa|interest|fees?\b|charge|levy|offset|set.?off|withh|deduct|refund|repa|rebate"
    r"|correct|discount|bonus|compensat|goodwill|administ|previous)",
    re.IGNORECASE,
)

# What a spreadsheet shows of a long number: 1.00012E+11.
_CUT_SHORT = re.compile(r"\d[.,]?\d*E\+?\d{1,3}", re.IGNORECASE | re.ASCII)

TOTAL = "a total, not a payment"

_TOTAL = re.compile(r"(grand |sub-? ?|invoice |page )?totals?:?", re.IGNORECASE)


class RemittanceLines:
    """Makes the rows of one file; remembers what was there, for keys and repeated rows."""

    def __init__(self, days: DayReader) -> None:
        self._days = days
        self._equals = SeenValues()
        self._same = SeenValues()

    def row(
        self, row_no: int, texts: Mapping[str, str], *, besides: Sequence[str] = (), may_ask: bool = False
    ) -> list[RemittanceRow] | list[RowFault] | list[LeftOut]:
        """Return the row that the texts give by our columns, all that is wrong with it, or that it is left out.

        `besides` is what else the row says: one that differs in it from an earlier row does not repeat that row. With
        `may_ask`, saying nothing of its payment is no fault: a person says it for the whole file.
        """
        cells = Cells(row_no, texts)
        for field in _NUMBERS:
            cells.take(field, _whole_number if field in _KNOWN_BY else identifier)
        for field in _TEXTS:
            cells.take(field, plain)
        for field in _AMOUNTS:
            cells.take(field, _pounds_or_none)
        cells.take("paid_on", self._day)
        cells.take("issued_on", self._day)
        cells.take("currency", only_pounds)
        if _is_total(cells.values):
            return [LeftOut(row_no, TOTAL)]
        self._demand(cells, may_ask)
        key = self._key(cells.values)
        if cells.faults:
            return cells.faults
        del cells.values["currency"]
        content = "\x1f".join([*(f"{field}={value}" for field, value in cells.values.items()), *besides])
        repeats = self._same.earlier(content, row_no)
        return [RemittanceRow(row_no=row_no, key=key, repeats_row=repeats, **cells.values)]

    def _day(self, text: str) -> date | None:
        return self._days.read(text) if text.strip() else None

    def _demand(self, cells: Cells, may_ask: bool) -> None:
        values = cells.values
        if _names_no_bill(values) and not _is_adjustment(values):
            cells.fault("invoice_number", "The invoice number is missing.")
        if values.get("amount_paid", "?") is None:
            cells.fault("amount_paid", "The amount paid is missing.")
        if not may_ask and not values.get("payment_reference", "?") and not values.get("paid_on", "?"):
            cells.fault("payment_reference", "Nothing says which payment this is: no reference and no date.")

    def _key(self, values: Mapping[str, Any]) -> str:
        """Return payment, invoice and the ordinal among equals; a row with a fault elsewhere counts as well."""
        payment = _bare(values.get("payment_reference", "")) or f"on {values.get('paid_on')}"
        invoice = _bare(values.get("invoice_number", "")) or f"ch {_bare(values.get('clearing_claim_number', ''))}"
        if _is_adjustment(values):
            invoice = f"adjustment {values.get('amount_paid')} {_bare(values['reason'])}"
        fact = f"{payment}|{invoice}"
        return f"{fact}|{self._equals.ordinal(fact)}"


def _names_no_bill(values: Mapping[str, Any]) -> bool:
    return not any(values.get(field, "?") for field in ("invoice_number", "clearing_claim_number"))


def _is_total(values: Mapping[str, Any]) -> bool:
    """Return whether a row says that it is a total, in the place of an invoice number or beside none."""
    fields = _MAY_SAY_TOTAL if _names_no_bill(values) else ("invoice_number",)
    return any(_TOTAL.fullmatch(values.get(field) or "") for field in fields)


def _is_adjustment(values: Mapping[str, Any]) -> bool:
    """Return whether a row names no bill and no person, and says for what else money was added or taken off."""
    return bool(_ADJUSTS.search(values.get("reason") or "")) and not any(values.get(field) for field in _OF_A_BILL)


def _whole_number(text: str) -> str:
    number = identifier(text)
    if _CUT_SHORT.fullmatch(number):
        raise CellError(
            "A spreadsheet has cut this number short. Bring the file as it came, or write the whole number."
        )
    return number


def _pounds_or_none(text: str) -> Any:
    return None if is_blank(text) else pounds(text)


def _bare(text: str) -> str:
    """Return a number without blanks and case; the bar, which parts a key, is written otherwise."""
    return "".join(text.split()).casefold().replace("%", "%25").replace("|", "%7c")
