"""Forms of documents: a credit note, a refund, the days of a statement, an e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from clearbill.bill import dates, money
from clearbill.bill.dates import FIRST_DAY
from clearbill.bill.problem import Refused
from clearbill.forms.fields import DayField, EmailField, KeyField, PastDayField, PoundsField, TextField
from clearbill.invoicing import credit_notes
from clearbill.invoicing.credit_notes import CreditableLine
from clearbill.invoicing.models import Invoice
from clearbill.web.components.method_field import MethodField
from clearbill.web.invoices.forms import not_before_treatment

STATEMENT_DAYS = 90

LONGEST_TEXT = 4000


class CreditForm(forms.Form):
    """What is credited: one amount spread over the lines, or an amount for each line. Both hold their VAT."""

    key = KeyField(required=False)
    reason = TextField(
        label="Why is it credited?", max_length=300, error_messages={"required": "Say why; the client reads it."}
    )
    amount = PoundsField(error_messages={"required": "Say how much is credited."})

    def __init__(self, *args: Any, over: Sequence[CreditableLine], most: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.over, self.most = over, most
        self.initial.setdefault("key", uuid4())
        has_lines, has_vat = len(over) > 1, any(one.vat for one in over)
        self.fields["amount"].required = not has_lines
        self.fields["amount"].help_text = (
            f"Up to {money.show(most)}{', VAT included' if has_vat else ''}."
            f"{' It is spread over the lines.' if has_lines else ''}"
        )
        for one in over if has_lines else []:
            self.fields[f"line-{one.line.pk}"] = PoundsField(label=one.line.description, required=False)

    def by_line(self) -> list[tuple[Any, CreditableLine]]:
        """Return the field of each line beside what is left of it."""
        return [(self[name], one) for one in self.over if (name := f"line-{one.line.pk}") in self.fields]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        typed = {one.line.pk: cleaned.get(f"line-{one.line.pk}") for one in self.over}
        lines = {pk: amount for pk, amount in typed.items() if amount}
        amount = cleaned.get("amount")
        if self.errors:
            return cleaned
        if lines and amount and amount != money.total(lines.values()):
            told = money.show(money.total(lines.values()))
            self.add_error("amount", f"The lines below come to {told}. Leave one of the two empty.")
        elif not lines and not amount:
            self.add_error("amount", f"Say how much is credited, up to {money.show(self.most)}.")
        else:
            self._share(amount, lines)
        return cleaned

    def _share(self, amount: Decimal | None, lines: dict[int, Decimal]) -> None:
        if amount and amount > self.most:
            self.add_error("amount", f"Only {money.show(self.most)} can be credited on this invoice.")
            return
        try:
            self.amounts = lines or credit_notes.spread_over_lines(amount or Decimal(0), self.over)
        except Refused as exc:
            self.add_error("amount", str(exc))


class RefundForm(forms.Form):
    """Money paid back to the client."""

    amount = PoundsField()
    paid_on = PastDayField(label="Paid back on")
    method = MethodField(label="Paid back by")
    reference = TextField(required=False, max_length=60)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoice = invoice

    def clean_paid_on(self) -> date:
        paid_on: date = self.cleaned_data["paid_on"]
        return not_before_treatment(paid_on, self.invoice)


class StatementForm(forms.Form):
    """The days of a statement; the last ninety where none are given."""

    first_on = DayField(label="From", required=False)
    last_on = DayField(label="To", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        last_on = cleaned.get("last_on") or dates.today()
        first_on = cleaned.get("first_on") or last_on - timedelta(days=STATEMENT_DAYS)
        if last_on > dates.today():
            self.add_error("last_on", "This day has not come yet.")
        elif first_on > last_on:
            self.add_error("first_on", "The first day is after the last one.")
        elif first_on < FIRST_DAY:
            self.add_error("first_on", f"Choose a day from {dates.show(FIRST_DAY)} on.")
        return {"first_on": first_on, "last_on": last_on}


class MailForm(forms.Form):
    """One e-mail to one address. `paper` is the id of what was attached when it was shown."""

    key = KeyField(required=False)
    paper = KeyField(required=False)
    to = EmailField(label="To", widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}))
    title = TextField(label="Subject", max_length=150, error_messages={"required": "Write a subject."})
    text = TextField(
        label="Text",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "Write a few words."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())
