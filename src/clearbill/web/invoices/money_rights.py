"""What of an invoice moves money, and so is for those alone who may record payments or give money up."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.forms.withheld import HINT, withhold
from clearbill.invoicing.drafts import LineDraft
from clearbill.invoicing.models import Invoice
from clearbill.people.permissions import Permission
from clearbill.web.invoices.forms import InvoiceForm, LineForm, LineRows, present_head
from clearbill.web.sign_in.access import PracticeRequest, has_permission

PAID = ("patient_paid", "patient_paid_method")

MAY_NOT_RECORD = "You may not record what the patient paid; the reception, an administrator or an owner may."

MAY_NOT_DISCOUNT = "You may not give or change a discount; an owner or an administrator may."


def withhold_paid(request: PracticeRequest, form: InvoiceForm, of: Invoice | None = None) -> InvoiceForm:
    """Return the form with what the patient paid as it stands on the invoice, unless the person may record payments."""
    if not has_permission(request, Permission.RECORD_MONEY):
        head = present_head(of) if of else {}
        withhold(form, {name: head.get(name) for name in PAID}, MAY_NOT_RECORD)
    return form


def withheld_names(request: PracticeRequest) -> tuple[str, ...]:
    """Return which fields of the invoice's head the person may not change."""
    return () if has_permission(request, Permission.RECORD_MONEY) else PAID


def withhold_discounts(request: PracticeRequest, rows: LineRows) -> LineRows:
    """Return the lines with their discounts to be read only, unless the person may give money up."""
    if not has_permission(request, Permission.WRITE_OFF):
        for form in rows.forms:
            field = form.fields["discount"]
            field.is_withheld, field.widget.attrs["readonly"] = True, True
            field.help_text = HINT
    return rows


def refuse_discounts(
    request: PracticeRequest, forms: Sequence[LineForm], lines: Sequence[LineDraft], *, of: Invoice | None
) -> None:
    """Say at its field which discount is not one that stands on the invoice, unless the person may give money up.

    A line may go with its discount, and one may be moved to another day; a discount is neither added nor taken off.
    """
    if has_permission(request, Permission.WRITE_OFF):
        return
    stored = [line.discount for line in of.lines.all()] if of else []
    left = [discount for discount in stored if discount]
    for form, line in zip(forms, lines, strict=True):
        if line.discount in left:
            left.remove(line.discount)
        elif line.discount:
            form.add_error("discount", MAY_NOT_DISCOUNT)
    if left and len(lines) >= len(stored):
        for form, line, before in zip(forms, lines, stored, strict=False):
            if before and not line.discount:
                form.add_error("discount", MAY_NOT_DISCOUNT)
