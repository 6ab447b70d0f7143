"""One invoice: shown, made, changed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from clearbill import documents
from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.lifecycle import Status
from clearbill.claims.core.cross_checks import agreement
from clearbill.db.ids import parse_id
from clearbill.documents import Page
from clearbill.invoicing import cover, credit_notes, ledger, payments, queries, services
from clearbill.invoicing.claimed import repeats
from clearbill.invoicing.cover import CoverUnclear
from clearbill.invoicing.models import Invoice, IssuedPaper, LedgerEntry, Mailing, Method
from clearbill.invoicing.papers import issued, mail, pages
from clearbill.invoicing.prices import line_prices
from clearbill.money.shortfalls import excess
from clearbill.money.shortfalls import queries as shortfall_queries
from clearbill.people.permissions import Permission
from clearbill.web.components.client_field import standing_client_for
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.invoices.amounts import invoice_amounts
from clearbill.web.invoices.document_forms import RefundForm
from clearbill.web.invoices.forms import (
    AS_COVERED,
    InvoiceForm,
    LineRows,
    PaymentForm,
    line_rows,
    lines_of_visit,
    present_head,
    present_lines,
    with_one_more_line,
)
from clearbill.web.invoices.line_prices import drafts_of
from clearbill.web.invoices.money_rights import withheld_names, withhold_discounts, withhold_paid
from clearbill.web.invoices.paper_shown import IssuedShown, PaperShown, receipt_shown
from clearbill.web.sign_in.access import (
    PracticeRequest,
    actor_of,
    get_own_or_404,
    has_permission,
    member_required,
)
from clearbill.workspace.models import Practitioner, Service
from clearbill.workspace.provider_numbers import usual_sites


@member_required(Permission.SEE_MONEY)
def invoice(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Show the invoice; to those who see no clients' records its amounts alone."""
    if not has_permission(request, Permission.SEE_CLINICAL):
        return invoice_amounts(request, invoice_id)
    return show(request, get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id))


def show(
    request: PracticeRequest, row: Any, payment_form: PaymentForm | None = None, refund_form: RefundForm | None = None
) -> HttpResponse:
    """Show the invoice, with the form as it was typed where it was refused."""
    open_amount = ledger.open_amount(row)
    first = {"amount": open_amount, "received_on": dates.today(), "source": LedgerEntry.PATIENT}
    claims, entries, lines = list(row.claims.all()), list(row.entries.all()), list(row.lines.all())
    claim = next((claim for claim in claims if claim.is_current), None)
    refundable = payments.refundable(row)
    editions = list(issued.editions(row).select_related("by"))
    why_fixed = services.reason_locked(row)
    context = {
        "invoice": row,
        "paper": PaperShown(documents.of_json(editions[-1].page) if editions else pages.invoice(row)),
        "papers": [_invoice_issued(row, editions, why_fixed), *_receipts_issued(row, entries)],
        "covered": cover.of_invoice(row),
        "excess_left": excess.excess_left(row) if row.insurer_slug else None,
        "excess_is_offered": excess.is_offered(row),
        "asked_too_much": _asked_too_much(row),
        "lines": lines,
        "is_price_told": any(line.price_basis for line in lines),
        "entries": entries,
        "open_amount": open_amount,
        "claim": claim,
        "earlier_claims": [claim for claim in claims if not claim.is_current],
        "why_fixed": why_fixed,
        "void_reason": queries.void_reason(request.practice, row) if row.voided_at else "",
        "payment_form": payment_form or PaymentForm(initial=first, invoice=row, has_claim=claim is not None),
        "lost": [] if row.voided_at else line_prices.below_contract(request.practice, row.insurer_slug, lines),
        "repeats": [] if row.voided_at else repeats.repeats(row),
        "paid": payments.paid_by_source(row),
        "can_credit": not credit_notes.reason_not_creditable(row),
        "refundable": refundable,
        "refund_form": refund_form
        or RefundForm(invoice=row, initial={"amount": refundable, "paid_on": dates.today()}, auto_id="refund_%s"),
        "methods": Method.choices,
        "mailings": mail.mailings_of(
            request.practice,
            (Mailing.INVOICE, [str(row.pk)]),
            (Mailing.RECEIPT, [str(entry.pk) for entry in entries]),
        ),
    }
    return render(request, "invoices/invoice.html", context)


def _asked_too_much(share: Invoice) -> Decimal | None:
    """Return what the client is asked for too much by the shares of an invoice; None where this is no live share."""
    if share.share_of is None or share.voided_at:
        return None
    return shortfall_queries.shortfall_on(share.share_of).asked_too_much


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def reissue(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Issue a new edition with what is true of client, policy and practice today."""
    row = get_own_or_404(Invoice.objects.all(), request.practice, invoice_id)
    with refusal_shown(request):
        made = services.reissue(actor_of(request), invoice=row)
        messages.success(request, f"Edition {made.edition} of invoice {row.number} issued. The earlier one is kept.")
    return redirect("invoice", row.pk)


def _invoice_issued(row: Invoice, editions: list[IssuedPaper], why_fixed: str) -> IssuedShown:
    has_standing = bool(pages.standing(row, as_of=dates.today()).since) and not row.voided_at
    return IssuedShown(
        what=f"invoice {row.number}",
        papers=editions[::-1],
        changed=issued.changed_since(editions[-1], pages.invoice(row)) if editions and not row.voided_at else [],
        reissue="" if why_fixed else reverse("invoice-reissue", args=[row.pk]),
        why_fixed=why_fixed,
        copy=reverse("invoice-copy-pdf", args=[row.pk]) if has_standing else "",
    )


def _receipts_issued(row: Invoice, entries: list[LedgerEntry]) -> list[IssuedShown]:
    """The receipts of which there is more to say than that they are there."""
    found = issued.receipts_of(row.practice, [one for one in entries if one.source == LedgerEntry.PATIENT])
    return [
        receipt_shown(entry, found[entry.pk][::-1], page=_receipt_now(row, entry))
        for entry in entries
        if entry.pk in found
    ]


def _receipt_now(row: Invoice, entry: LedgerEntry) -> Page | None:
    if hasattr(entry, "taken_back_by"):
        return None
    entry.invoice = row
    return pages.receipt(entry, as_of=dates.today())


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def from_appointment(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Make the invoice of one visit, or lead to the one there is."""
    rows = Appointment.objects.select_related("client", "practitioner__site", "service", "site")
    visit = get_own_or_404(rows, request.practice, appointment_id)
    with refusal_shown(request) as outcome:
        try:
            made = services.invoice_appointments(actor_of(request), appointments=[visit])
            messages.success(request, f"Invoice {made.number} made.")
            warn_of_repeats(request, [made])
        except CoverUnclear as unclear:
            messages.warning(request, str(unclear))
            return redirect(f"{reverse('invoice-new')}?visit={visit.pk}")
        except services.AlreadyInvoiced as exc:
            made = exc.invoice
    return redirect("appointment", visit.pk) if outcome.is_refused else redirect("invoice", made.pk)


@member_required(Permission.CHANGE_INVOICES)
def new(request: PracticeRequest) -> HttpResponse:
    """Make an invoice by hand."""
    if request.method != "POST":
        visit = _visit(request)
        if visit and visit.state != Appointment.COMPLETED:
            messages.warning(request, services.NOT_COMPLETED)
            return redirect("appointment", visit.pk)
        client = visit.client if visit else standing_client_for(request.practice, request.GET.get("client", ""))
        first = _first(request) if visit is None else {**_first(request), **_head_of(visit)}
        form = withhold_paid(request, InvoiceForm(practice=request.practice, client=client, initial=first))
        rows = line_rows(request.practice, initial=lines_of_visit(visit) if visit else None)
        return _form_page(request, form, rows)
    form = withhold_paid(request, InvoiceForm(request.POST, practice=request.practice))
    lines = line_rows(request.practice, request.POST)
    if (again := _asked_for_more(request, form)) is not None:
        return again
    if not (form.is_valid() & lines.is_valid()):
        return _form_page(request, form, lines)
    made = None
    with refusal_shown(request, form):
        if (drafts := drafts_of(request, form, lines)) is not None:
            made = services.create(
                actor_of(request), draft=form.draft(drafts), lines=drafts, invoice_id=form.cleaned_data["key"]
            )
    if made is None:
        return _form_page(request, form, lines)
    messages.success(request, f"Invoice {made.number} made.")
    warn_of_repeats(request, [made])
    return redirect("invoice", made.pk)


@member_required(Permission.CHANGE_INVOICES)
@serialized
def edit(request: PracticeRequest, invoice_id: UUID) -> HttpResponse:
    """Change an invoice while no claim of it is under way."""
    row = get_own_or_404(queries.invoice(request.practice), request.practice, invoice_id)
    # What was typed before somebody else voided it is shown again, with the reason from where it is saved.
    if request.method != "POST" and (sentence := services.reason_locked(row)):
        messages.error(request, sentence)
        return redirect("invoice", row.pk)
    stored = InvoiceForm(practice=request.practice, invoice=row, initial=present_head(row))
    stored_lines = line_rows(request.practice, initial=present_lines(row), of=row)
    not_its_own = ("key", "client", "client_words", *withheld_names(request))
    change = ConcurrentEdit(request, [row], stored, stored_lines, but=not_its_own, labels={"lines": "Lines"})
    if change.data is None:
        return _form_page(request, withhold_paid(request, stored, row), stored_lines, row, change)
    form = withhold_paid(request, InvoiceForm(change.data, practice=request.practice, invoice=row), row)
    lines = line_rows(request.practice, change.data, of=row)
    if (again := _asked_for_more(request, form, row, change)) is not None:
        return again
    if not (form.is_valid() & lines.is_valid() and change.is_settled(form)):
        return _form_page(request, form, lines, row, change)
    saved = None
    with refusal_shown(request, form):
        if (drafts := drafts_of(request, form, lines, of=row)) is not None:
            saved = services.change(actor_of(request), invoice=row, draft=form.draft(drafts), lines=drafts)
    if saved is None:
        return _form_page(request, form, lines, row, change)
    edition = issued.editions(row).count()
    messages.success(request, f"Saved. The invoice is in edition {edition} now." if edition > 1 else "Saved.")
    warn_of_repeats(request, [row])
    claim = row.claims.filter(is_current=True, status=Status.CREATED.value).first()
    if claim and agreement.differences(claim, on=dates.today()):
        messages.warning(request, f"Claim {claim.number} says something else now. Open it and collect the data again.")
    return redirect("invoice", row.pk)


def warn_of_repeats(request: PracticeRequest, invoices: Iterable[Invoice]) -> None:
    """Say which of these invoices, just made or changed, ask for a treatment that another invoice asks for too."""
    for row in invoices:
        for one in repeats.repeats(row):
            message = f"Invoice {row.number}: the treatment of {dates.show(one.day)} is also billed on invoice "
            messages.warning(request, f"{message}{one.other.number}. Void the one that is too much.")


def _asked_for_more(
    request: PracticeRequest, form: InvoiceForm, row: Invoice | None = None, change: ConcurrentEdit | None = None
) -> HttpResponse | None:
    """Without JavaScript “+ Add line” comes here: the same page, everything as typed, one more line, no complaints."""
    if "add_line" not in request.POST:
        return None
    typed = request.POST if change is None or change.data is None else change.data
    head = typed.dict()
    fresh = InvoiceForm(
        practice=request.practice, invoice=row, initial=head, **({} if row else {"client": form.chosen})
    )
    withhold_paid(request, fresh, row)
    return _form_page(request, fresh, with_one_more_line(request.practice, typed), row, change)


def _form_page(
    request: PracticeRequest,
    form: InvoiceForm,
    lines: LineRows,
    row: Invoice | None = None,
    change: ConcurrentEdit | None = None,
) -> HttpResponse:
    services_there = Service.objects.filter(practice=request.practice)
    client = form.chosen if row is None else None
    context = {
        "form": form,
        "lines": withhold_discounts(request, lines),
        "edit": change,
        "usual_sites": usual_sites(request.practice),
        "invoice": row,
        "unbilled_count": queries.unbilled(request.practice, client_id=client.pk).count() if client else 0,
        "services": {str(pk): name for pk, name in services_there.values_list("pk", "name")},
        "may_override": has_permission(request, Permission.OVERRIDE_PRICES),
    }
    return render(request, "invoices/invoice_form.html", context)


def _visit(request: PracticeRequest) -> Appointment | None:
    """Return the visit that is to be invoiced by hand, because the person has to choose who is billed."""
    visit_id = parse_id(request.GET.get("visit", ""))
    rows = Appointment.objects.select_related("client", "practitioner__site", "service", "site")
    return get_own_or_404(rows, request.practice, visit_id) if visit_id else None


def _head_of(visit: Appointment) -> dict[str, Any]:
    return {"practitioner": visit.practitioner, "site": visit.site or visit.practitioner.site}


def _first(request: PracticeRequest) -> dict[str, Any]:
    people = list(Practitioner.objects.filter(practice=request.practice, is_active=True)[:2])
    return {
        "insurer": AS_COVERED,
        "issued_on": dates.today(),
        "practitioner": people[0] if len(people) == 1 else None,
    }
