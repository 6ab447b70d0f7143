"""The calendar: week and day, the agenda of a day, and what its script asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.appointments import queries
from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.dates import show
from clearbill.clients import queries as clients_queries
from clearbill.db.ids import parse_id
from clearbill.exports.lists import LISTS
from clearbill.invoicing.queries import invoices_of_visits
from clearbill.people.permissions import Permission
from clearbill.web.calendar.initials import initials
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required
from clearbill.workspace.models import Practitioner

WEEK, DAY, LIST = "week", "day", "list"

MOST_IN_A_WEEK = 2

COLOURS = 7


@member_required(Permission.SEE_APPOINTMENTS)
def calendar(request: PracticeRequest) -> HttpResponseBase:
    """Show a week or a day; on small screens and without JavaScript the same days as a list."""
    everyone = list(queries.all_practitioners(request.practice))
    day = dates.day_or_default(request.GET.get("date", ""), dates.uk_day(timezone.now()))
    return _page(request, _view(request, everyone), day, everyone)


def _view(request: PracticeRequest, everyone: list[Practitioner]) -> str:
    """Return a week, unless so many people work here that it could not show them all and nobody asked for it."""
    asked = request.GET.get("view")
    if asked in {WEEK, DAY}:
        return asked
    is_crowded = sum(one.is_active for one in everyone) > MOST_IN_A_WEEK
    return DAY if is_crowded and not request.GET.get("practitioner") else WEEK


@member_required(Permission.SEE_APPOINTMENTS)
def agenda(request: PracticeRequest, day: str) -> HttpResponseBase:
    """Show one day as a list: everything the calendar can do, with links alone."""
    everyone = list(queries.all_practitioners(request.practice))
    return _page(request, LIST, dates.day_or_default(day, dates.uk_day(timezone.now())), everyone)


def _page(request: PracticeRequest, view: str, day: date, everyone: list[Practitioner]) -> HttpResponseBase:
    today = dates.uk_day(timezone.now())
    chosen = next((one for one in everyone if str(one.pk) == request.GET.get("practitioner")), None)
    first = day - timedelta(days=day.weekday()) if view == WEEK else day
    count = 7 if view == WEEK else 1
    days = queries.days(request.practice, first, count, practitioner_id=chosen.pk if chosen else None)
    if wants_file(request):
        start, end = dates.day_range(first, count)
        rows = queries.appointments_between(request.practice, start, end, practitioner_id=chosen.pk if chosen else None)
        return list_file(request, "appointments", LISTS["appointments"].table(rows))
    weekend = view != WEEK or any(one["appointments"] for one in days[5:]) or today in {one["day"] for one in days[5:]}
    shown = days if weekend else days[:5]
    found = invoices_of_visits([row for one in days for row in one["appointments"]])
    for one in shown:
        one["visits"] = [{"appointment": row, "billed": found.get(row.pk)} for row in one["appointments"]]
    people = _people(everyone, days, chosen)
    context: dict[str, Any] = {
        "view": view,
        "day": day,
        "today": today,
        "title": dates.show_days(shown[0]["day"], shown[-1]["day"]),
        "earlier": day - timedelta(days=count),
        "later": day + timedelta(days=count),
        "people": people,
        "chosen": chosen,
        "days": shown,
        "count": sum(len(one["appointments"]) for one in days),
        "script": _script(view, first, people, str(chosen.pk) if chosen else "")
        | {"hiddenDays": [] if weekend else [0, 6], "mayChange": has_permission(request, Permission.CHANGE_DIARY)},
    }
    return render(request, "calendar/calendar.html", context)


def _people(
    everyone: list[Practitioner], days: list[dict[str, Any]], chosen: Practitioner | None
) -> list[dict[str, Any]]:
    """Return who works now, and of those who have left whoever was chosen or is in these days: each told apart by
    initials and colour."""
    busy = {row.practitioner_id for one in days for row in one["appointments"]}
    shown = [one for one in everyone if one.is_active or one == chosen or one.pk in busy]
    letters = initials([one.name for one in shown])
    return [
        {"id": str(one.pk), "name": one.name, "initials": short, "colour": number % COLOURS}
        for number, (one, short) in enumerate(zip(shown, letters, strict=True))
    ]


def _script(view: str, first: date, people: list[dict[str, Any]], chosen: str) -> dict[str, Any]:
    return {
        "view": view,
        "date": first.isoformat(),
        "practitioner": chosen,
        "people": people,
        "events": reverse("calendar-events"),
        "new": reverse("appointment-new"),
        "base": reverse("calendar"),
    }


@member_required(Permission.SEE_APPOINTMENTS)
def events(request: PracticeRequest) -> HttpResponse:
    """Answer the calendar's script: the appointments of a span of days, in UK clock time."""
    today = dates.uk_day(timezone.now())
    first = dates.day_or_default(request.GET.get("start", "")[:10], today)
    last = dates.day_or_default(request.GET.get("end", "")[:10], first + timedelta(days=7))
    practitioner_id = parse_id(request.GET.get("practitioner", ""))
    start, end = dates.day_range(first, max((last - first).days, 1))
    rows = queries.appointments_between(request.practice, start, end, practitioner_id=practitioner_id)
    visits = list(rows.exclude(state=Appointment.CANCELLED))
    found = invoices_of_visits(visits)
    return JsonResponse([_event(row, is_invoiced=row.pk in found) for row in visits], safe=False)


def _event(row: Appointment, *, is_invoiced: bool) -> dict[str, Any]:
    # The calendar draws each day as having 24 hours, so an appointment is drawn as long as it lasts.
    starts_at = timezone.localtime(row.starts_at).replace(tzinfo=None)
    ends_at = starts_at + (row.ends_at - row.starts_at)
    return {
        "id": str(row.pk),
        "start": f"{starts_at:%Y-%m-%dT%H:%M}",
        "end": f"{ends_at:%Y-%m-%dT%H:%M}",
        "title": f"{row.client.first_name} {row.client.last_name}".strip(),
        "resourceIds": [str(row.practitioner_id)],
        "editable": row.state == Appointment.BOOKED,
        "extendedProps": {
            "times": dates.show_times(row.starts_at, row.ends_at),
            "service": row.service.name,
            "practitioner": row.practitioner.name,
            "state": row.state,
            "stateWord": row.get_state_display(),
            "invoiced": is_invoiced,
        },
    }


@require_POST
@member_required(Permission.SEE_APPOINTMENTS)
def client_search(request: PracticeRequest) -> HttpResponse:
    """Answer {"hits": [{value, code, title}], "more": n}: id, name, number and birth date; how many others fit, if any.

    By POST: an address holds no name.
    """
    found = clients_queries.find_clients(request.practice, request.POST.get("q", ""), limit=8)
    hits = [
        {"value": str(row.pk), "code": row.name, "title": _detail(row.number, row.birth_date)} for row in found.rows
    ]
    return JsonResponse({"hits": hits, **({"more": found.more} if found.more else {})})


def _detail(number: str, birth_date: date | None) -> str:
    return f"{number}, born {show(birth_date)}" if birth_date else number
