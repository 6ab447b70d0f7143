"""A payment that came by post, as it is typed in: the payment, and a line for each bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.bill import deductions, money
from clearbill.forms.fields import CodeField, PastDayField, PoundsField, TextField, insurer_choices
from clearbill.forms.rows import Rows, rows_of
from clearbill.money.remittances.manual_entry import EnteredBill, EnteredPayment

MOST_BILLS, LINES_AT_FIRST, LINES_MORE = 200, 3, 3

OTHER = "other"

REASONS = [("", "No deduction"), *((name, name) for name in deductions.NAMES), (OTHER, "Other")]

OWED_BY = [
    ("", "The letter does not say"),
    *((party, deductions.LIABLE_PARTIES[party]) for party in (deductions.PATIENT, deductions.NOBODY)),
]

LINES_LOST = "The lines of this form were lost on the way. Type them again."


class PaidField(PoundsField):
    """Pounds; negative where the insurer takes money back."""

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return money.parse(str(value).replace("−", "-"))
        except money.NotAnAmount as exc:
            raise ValidationError(str(exc)) from None


class PaymentForm(forms.Form):
    """The payment as a whole."""

    form_id = forms.UUIDField(widget=forms.HiddenInput)
    insurer = forms.ChoiceField(label="Insurer")
    payment_reference = TextField(
        label="Payment reference",
        max_length=60,
        required=False,
        help_text="As it stands on the letter or the bank statement: the bank’s line is found by it. "
        "A letter that pays nothing may have none.",
    )
    paid_on = PastDayField(label="Paid on")
    total = PaidField(
        label="Sum on the letter", required=False, help_text="If you type it, the bills must add up to it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["insurer"].choices = insurer_choices("Choose the insurer")
        fields["payment_reference"].when_needed = "needed where money came"


class BillForm(forms.Form):
    """What the letter says of one bill."""

    invoice_number = CodeField(label="Invoice number", max_length=40)
    paid = PaidField(label="Paid")
    deducted = PoundsField(label="Deducted", required=False)
    reason = forms.ChoiceField(label="Why", required=False, choices=REASONS)
    words = TextField(label="In the letter’s words", required=False, max_length=200)
    owed_by = forms.ChoiceField(label="Who owes it", required=False, choices=OWED_BY)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        reason, words = data.get("reason"), data.get("words")
        is_deducted = bool(data.get("deducted"))
        if is_deducted and not reason and not words:
            self.add_error("reason", "Say why it was deducted.")
        if is_deducted and reason == OTHER and not words:
            self.add_error("words", "Write what the letter says.")
        if not is_deducted and "deducted" not in self.errors:
            if reason or data.get("owed_by"):
                self.add_error("deducted", "Enter what was deducted, or choose no reason.")
            elif data.get("paid") == 0:
                self.add_error("deducted", "It is paid nothing: enter what was deducted, all of it if it is declined.")
        return data

    def bill(self) -> EnteredBill:
        """Return the bill; only after the form is valid."""
        data = self.cleaned_data
        named = "" if data["reason"] == OTHER else data["reason"]
        return EnteredBill(
            invoice_number=data["invoice_number"],
            paid=data["paid"],
            deducted=data["deducted"] or Decimal("0.00"),
            reason=": ".join(part for part in (named, data["words"]) if part),
            owed_by=data["owed_by"] if data["deducted"] else "",
        )


class BillRows(Rows):
    """The lines; empty ones are passed over. A page with lines that were lost on the way is refused."""

    is_count_sent = True

    def clean(self) -> None:
        if self.management_form.is_valid() and not any(self.errors) and not self.bills():
            raise ValidationError("Type in at least one bill.")

    def bills(self) -> list[EnteredBill]:
        """Return the bills in their order; only after the lines are valid."""
        return [form.bill() for form in self.forms if form.has_changed()]

    def places(self) -> list[int]:
        """Return for each bill the place of its line."""
        return [place for place, form in enumerate(self.forms) if form.has_changed()]


_BillRows = rows_of(BillForm, BillRows, most=MOST_BILLS, absolute_max=MOST_BILLS + 1, validate_max=True)

_ROWS: dict[str, Any] = {
    "prefix": "bills",
    "error_messages": {
        "missing_management_form": LINES_LOST,
        "too_many_forms": f"A payment that is typed in has at most {MOST_BILLS} bills; bring a longer one as CSV.",
    },
    "form_kwargs": {"empty_permitted": True, "use_required_attribute": False},
}


def fit(payment: PaymentForm, bills: BillRows) -> bool:
    """Return whether the payment and its bills, each valid, also fit together; else the fault is at its field."""
    amount, told = typed(payment, bills).amount, payment.cleaned_data["total"]
    if abs(amount) > money.LARGEST:
        payment.add_error(None, "The bills come to more than £99,999,999.99, which cannot be right.")
    elif told is not None and told != amount:
        payment.add_error("total", f"The bills add up to {money.show(amount)}, not to {money.show(told)}.")
    if any(bill.paid for bill in bills.bills()) and not payment.cleaned_data["payment_reference"]:
        payment.add_error("payment_reference", "Money came: enter the reference, so that the bank can be matched.")
    return not payment.errors


def bill_rows(data: Any = None, initial: list[dict[str, Any]] | None = None) -> BillRows:
    """Return the lines as they were sent, to be checked; some empty ones where there is nothing yet."""
    return _BillRows(data, initial=None if data is not None else initial or [{}] * LINES_AT_FIRST, **_ROWS)


def with_more_lines(data: Any) -> BillRows:
    """Return the lines as they were sent, unchecked, with a few empty ones below."""
    return _BillRows.as_typed(data, more=[{}] * LINES_MORE, focus="invoice_number", **_ROWS)


def typed(payment: PaymentForm, bills: BillRows) -> EnteredPayment:
    """Return the payment; only after both are valid. A letter without a reference is known by its first bill."""
    data, told = payment.cleaned_data, tuple(bills.bills())
    return EnteredPayment(
        form_id=data["form_id"],
        insurer_slug=data["insurer"],
        payment_reference=data["payment_reference"] or f"Letter {told[0].invoice_number}",
        paid_on=data["paid_on"],
        bills=told,
    )
