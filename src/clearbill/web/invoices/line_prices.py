"""The prices of an invoice's lines while it is being written: filled in, shown with their reason, asked about."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from clearbill.bill import money
from clearbill.db.ids import parse_id
from clearbill.invoicing import queries
from clearbill.invoicing.cover import CoverUnclear
from clearbill.invoicing.drafts import LineDraft
from clearbill.invoicing.models import Invoice
from clearbill.invoicing.prices import line_prices
from clearbill.people.permissions import Permission
from clearbill.web.invoices.forms import InvoiceForm, LineForm, LineRows, filled_lines, line_rows
from clearbill.web.invoices.money_rights import refuse_discounts
from clearbill.web.sign_in.access import PracticeRequest, get_own_or_404, has_permission, member_required
from clearbill.workspace.pricing import PriceBook

MAY_NOT = "You may not bill another price; an owner or an administrator may."


def drafts_of(
    request: PracticeRequest, form: InvoiceForm, rows: LineRows, *, of: Invoice | None = None
) -> list[LineDraft] | None:
    """Return the lines as they are billed, each with its price; only after both forms are valid.

    None where a line has another price than that of its day and payer and no reason, or a price or discount that is
    not the person's to give: its field says so. Raises CoverUnclear where the days of treatment do not say who is
    billed.
    """
    forms, prices = filled_lines(rows), PriceBook(request.practice)
    payer = form.payer([one.cleaned_data["treated_on"] for one in forms])
    drafts = [one.draft(payer, prices) for one in forms]
    refuse_discounts(request, forms, drafts, of=of)
    may_override = has_permission(request, Permission.OVERRIDE_PRICES)
    for one, priced in zip(forms, line_prices.priced(request.practice, payer, drafts, of=of), strict=True):
        if priced.line.discount > priced.line.amounts.gross:
            one.add_error("discount", "The discount is more than the line’s price.")
        if priced.is_new_override and not may_override:
            one.add_error("unit_price", f"{priced.told} Enter {money.show(priced.rule)}. {MAY_NOT}")
        elif priced.is_override and not priced.line.price_reason:
            one.add_error("price_reason", priced.question)
    return None if any(one.errors for one in forms) else drafts


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def line_price_list(request: PracticeRequest) -> JsonResponse:
    """Answer {"lines": {prefix: what the line costs its payer}, "question": ""} for the form as it is typed so far.

    A line of no service, or without its day, has no price yet.
    """
    invoice_id = parse_id(request.GET.get("invoice", ""))
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id) if invoice_id else None
    form = InvoiceForm(request.POST, practice=request.practice, invoice=row)
    lines = [one for one in line_rows(request.practice, request.POST).forms if _is_priced(one)]
    form.is_valid()
    payer, question = "", ""
    try:
        payer = form.payer([one.cleaned_data["treated_on"] for one in lines]) if "insurer" in form.cleaned_data else ""
    except CoverUnclear as unclear:
        question = str(unclear)
    prices = PriceBook(request.practice)
    return JsonResponse({"lines": {one.prefix: _told(one, payer, prices) for one in lines}, "question": question})


def _is_priced(one: LineForm) -> bool:
    one.is_valid()
    given = one.cleaned_data
    return bool(given.get("service") and given.get("treated_on") and not given.get("DELETE"))


def _told(one: LineForm, payer: str, prices: PriceBook) -> dict[str, Any]:
    given = one.cleaned_data
    service, day = given["service"], given["treated_on"]
    rate = service.rate_on(day)
    codes = (given.get("item_code") or rate.isc, given.get("procedure_code") or rate.procedure_code)
    price = prices.price(service, payer, day, codes=codes)
    return {
        "price": f"{price.amount:.2f}",
        "is_set": price.is_set,
        "is_contract": price.contract is not None,
        "sentence": price.sentence if price.is_set else "",
        "own": {"item_code": rate.isc, "procedure_code": rate.procedure_code, "vat_rate": f"{rate.vat_rate:f}"},
    }
