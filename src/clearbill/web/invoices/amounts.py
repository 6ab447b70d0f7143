"""Invoices for those who see money and no clients' records: numbers, payers, days and amounts."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clearbill.invoicing import amounts, queries
from clearbill.invoicing.models import Invoice
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, get_own_or_404

ROWS_PER_PAGE = 50


def amount_list(request: PracticeRequest, rows: QuerySet[Invoice], *, words: str, narrowed: bool) -> HttpResponseBase:
    """Show these invoices, or hand them out as a file."""
    if wants_file(request):
        return list_file(request, "invoices", amounts.table(rows))
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.POST.get("page") or request.GET.get("page"))
    context = {
        "page": page,
        "rows": amounts.amounts(page),
        "summary": queries.summary(rows),
        "words": words,
        "narrowed": narrowed,
    }
    return render(request, "invoices/amount_list.html", context)


def invoice_amounts(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Show the amounts of one invoice and what was moved on it."""
    row = get_own_or_404(Invoice.objects.select_related("client"), request.practice, invoice_id)
    (told,) = amounts.amounts([row])
    context = {"invoice": told, "movements": amounts.movements(request.practice, row.pk)}
    return render(request, "invoices/invoice_amounts.html", context)
