"""The list of invoices, and the visits that are not invoiced yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from clearbill.appointments.models import Appointment
from clearbill.bill import dates, insurers, money
from clearbill.bill.lifecycle import Status
from clearbill.bill.text import plural, tidy
from clearbill.db.ids import parse_id
from clearbill.exports.lists import LISTS
from clearbill.invoicing import cover, missed_visits, queries, services
from clearbill.invoicing.claimed.outstanding import PLACES
from clearbill.invoicing.cover import VisitCover
from clearbill.people.permissions import Permission
from clearbill.reports.filters import ReportFilter
from clearbill.reports.kinds import unbilled_visits
from clearbill.web.components.client_field import standing_client_for
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.invoices.amounts import amount_list
from clearbill.web.invoices.invoice import warn_of_repeats
from clearbill.web.sign_in.access import PracticeRequest, actor_of, has_permission, member_required
from clearbill.workspace.models import Practitioner
from clearbill.workspace.pricing import Price, PriceBook

ROWS_PER_PAGE = 50

PAID = {"open": "Open", "paid": "Paid", "void": "Void"}


@member_required(Permission.SEE_MONEY)
def invoices(request: PracticeRequest) -> HttpResponseBase:
    """List invoices. Words to search for come by POST: names never stand in an address."""
    wanted = _filter(request)
    narrowed = wanted != queries.InvoiceFilter(sort=wanted.sort)
    if not has_permission(request, Permission.SEE_CLINICAL):
        found = queries.listed(request.practice, wanted, by_number_only=True)
        return amount_list(request, found, words=wanted.words, narrowed=narrowed)
    rows = queries.listed(request.practice, wanted)
    if wants_file(request):
        return list_file(request, "invoices", LISTS["invoices"].table(rows))
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.POST.get("page") or request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "wanted": wanted,
        "narrowed": narrowed,
        "summary": queries.summary(rows),
        "places": PLACES,
        "statuses": [status.value for status in Status],
        "insurers": insurers.all_insurers(),
        "people": Practitioner.objects.filter(practice=request.practice),
        "months": queries.months(request.practice),
        "paid_choices": PAID,
        "sorts": {name: _sort_link(wanted.sort, name) for name in queries.SORTS},
        "unbilled_count": queries.unbilled(request.practice).count(),
        "missed_count": missed_visits.to_charge(request.practice).count(),
    }
    return render(request, "invoices/invoices.html", context)


def _filter(request: PracticeRequest) -> queries.InvoiceFilter:
    asked = request.GET
    claims = {queries.NO_CLAIM, *(status.value for status in Status)}
    sort = asked.get("sort", "")
    return queries.InvoiceFilter(
        claim=asked.get("claim", "") if asked.get("claim") in claims else "",
        insurer=tidy(asked.get("insurer", ""))[:40],
        practitioner_id=parse_id(asked.get("practitioner", "")),
        month=_month(asked.get("month", "")),
        place=asked.get("place", "") if asked.get("place") in PLACES else "",
        paid=asked.get("paid", "") if asked.get("paid") in PAID else "",
        words=tidy(request.POST.get("words", ""))[:80],
        sort=sort if sort.lstrip("-") in queries.SORTS else "-date",
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None


def _sort_link(now: str, name: str) -> dict[str, str]:
    """Return what a column's heading leads to, and what it says about the present order."""
    falls = {"date", "number", "net"}
    usual = f"-{name}" if name in falls else name
    other = name if usual.startswith("-") else f"-{name}"
    aria = "descending" if now == f"-{name}" else "ascending" if now == name else ""
    return {"to": other if now == usual else usual, "aria": aria}


@member_required(Permission.SEE_CLINICAL, to_change=Permission.CHANGE_INVOICES)
def unbilled(request: PracticeRequest) -> HttpResponseBase:
    """List completed visits without an invoice; make invoices of the ticked ones."""
    client = standing_client_for(request.practice, request.GET.get("client", ""))
    rows = queries.unbilled(request.practice, client_id=client.pk if client else None)
    if wants_file(request):
        return list_file(request, "unbilled-visits", LISTS["appointments"].table(rows))
    if request.method == "POST":
        return _make_invoices(request, rows)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    missed = missed_visits.to_charge(request.practice, client_id=client.pk if client else None)
    narrowed = ReportFilter(practice=request.practice, today=dates.today())
    context = {
        "page": page,
        "rows": _priced(request, page),
        "client": client,
        "amount": money.total(row.amount for row in unbilled_visits.unbilled(narrowed)),
        "missed": missed_visits.with_charges(request.practice, missed[:ROWS_PER_PAGE]),
        "missed_count": missed.count(),
    }
    return render(request, "invoices/unbilled.html", context)


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def charge_missed(request: PracticeRequest) -> HttpResponse:
    """Charge the clients for the ticked visits that they missed or cancelled late."""
    ids = [found for text in request.POST.getlist("visit") if (found := parse_id(text))]
    chosen = list(missed_visits.to_charge(request.practice).filter(pk__in=ids))
    if not chosen:
        messages.warning(request, "Nothing was made: tick missed visits that are not charged yet.")
        return redirect("invoices-unbilled")
    with refusal_shown(request) as outcome:
        made = services.charge_missed(actor_of(request), appointments=chosen)
    if not outcome.is_refused:
        _tell_of_others(request, ticked=len(set(ids)), taken=len(chosen))
        total = money.show(money.total(one.net_total for one in made))
        messages.success(request, f"{len(made)} {plural(len(made), 'invoice')} to clients made, {total} in all.")
    return redirect("invoices-unbilled")


def _priced(request: PracticeRequest, visits: Iterable[Appointment]) -> Iterator[tuple[Appointment, VisitCover, Price]]:
    """Yield each visit with who is billed for it, and at which price of its day."""
    prices = PriceBook(request.practice)
    for visit in visits:
        covered = cover.of_visit(visit)
        yield visit, covered, prices.price(visit.service, covered.insurer_slug, dates.uk_day(visit.starts_at))


def _tell_of_others(request: PracticeRequest, *, ticked: int, taken: int) -> None:
    """Say that some of what was ticked was settled meanwhile, or reopened, by somebody else."""
    if (left := ticked - taken) > 0:
        visits = f"{left} of the {ticked} visits that you ticked"
        messages.warning(request, f"{visits} {plural(left, 'was', 'were')} not in this list any more and left out.")


def _make_invoices(request: PracticeRequest, rows: Any) -> HttpResponse:
    ids = [found for text in request.POST.getlist("visit") if (found := parse_id(text))]
    chosen = list(rows.filter(pk__in=ids))
    if not chosen:
        messages.warning(request, "Nothing was made: tick visits that are not invoiced yet.")
        return redirect(request.get_full_path())
    with refusal_shown(request) as outcome:
        made_of = services.invoice_all(actor_of(request), appointments=chosen)
    if outcome.is_refused:
        return redirect(request.get_full_path())
    for left in made_of.unclear:
        when = dates.show(dates.uk_day(left.visit.starts_at))
        messages.warning(request, f"{left.visit.client.name}, {when}: {left.question} Choose who is billed.")
    _tell_of_others(request, ticked=len(set(ids)), taken=len(chosen))
    made = made_of.invoices
    if not made:
        return redirect(request.get_full_path())
    total = money.show(money.total(one.net_total for one in made))
    messages.success(request, f"{len(made)} {plural(len(made), 'invoice')} made, {total} in all.")
    warn_of_repeats(request, made)
    if made_of.unclear:
        return redirect(request.get_full_path())
    claimable = [one.pk.hex for one in made if one.insurer_slug]
    if claimable and has_permission(request, Permission.SUBMIT_CLAIMS):
        return redirect(f"{reverse('claims-to-create')}?made={','.join(claimable)}")
    return redirect("invoice", made[0].pk) if len(made) == 1 else redirect("invoices")
