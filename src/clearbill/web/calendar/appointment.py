"""One appointment: its panel, the form, and the steps of its life."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from clearbill.appointments import authorised_sessions, cancellation_charges, queries, services
from clearbill.appointments.models import Appointment
from clearbill.bill import dates
from clearbill.bill.dates import LONDON
from clearbill.bill.problem import Refused
from clearbill.clients.excess import excess_left_on
from clearbill.clients.merges import survivor_of
from clearbill.clients.models import Client
from clearbill.db.ids import parse_id
from clearbill.invoicing import cover
from clearbill.invoicing.queries import invoices_of_visits
from clearbill.people.audit.queries import last_change
from clearbill.people.permissions import Permission
from clearbill.web.calendar.forms import AppointmentForm, MoveForm
from clearbill.web.components.client_field import client_for
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace.cancellation_policies import policies_of
from clearbill.workspace.models import Practitioner, Service
from clearbill.workspace.pricing import price_on
from clearbill.workspace.provider_numbers import usual_sites

STEPS: dict[str, tuple[Callable[..., Appointment], str]] = {
    "complete": (services.complete, "Completed. It can be invoiced now."),
    "miss": (services.mark_missed, "Noted: the client did not attend."),
    "cancel": (services.cancel, "Cancelled."),
    "reopen": (services.reopen, "Reopened: the appointment is booked again."),
    "invoice-here": (services.invoice_here, "It can be invoiced here now."),
}


@member_required(Permission.SEE_APPOINTMENTS)
def appointment(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Show the appointment: the calendar's side panel, or a page of its own."""
    return panel(request, get_own_or_404(queries.appointments(request.practice), request.practice, appointment_id))


def panel(request: PracticeRequest, row: Appointment, *, overlap: str = "") -> HttpResponse:
    """Show the appointment. `overlap` says that its time is taken, so that reopening it asks once more."""
    billed = invoices_of_visits([row]).get(row.pk)
    covered, day = cover.of_visit(row), dates.uk_day(row.starts_at)
    missed = policies_of(request.practice)
    context = {
        "has_policy": bool(missed),
        "charge": cancellation_charges.charge_of(row, missed),
        "charge_if_cancelled": cancellation_charges.charge_if_cancelled(row, missed, now=timezone.now()),
        "is_given": row.state in queries.HOLDS_TIME,
        "appointment": row,
        "covered": covered,
        "price": price_on(row.service, covered.insurer_slug, day),
        "excess_left": excess_left_on(covered.policy, day) if covered.policy else None,
        "authorised": authorised_sessions.use_for_visit(row),
        "concern": "" if billed else authorised_sessions.visit_concern(row),
        "invoice": billed.invoice if billed else None,
        "claim": billed.claim if billed else None,
        "overlap": overlap,
        "reopen": "Reopen all the same" if overlap else "Reopen",
        "has_begun": row.starts_at <= timezone.now(),
        "day": day,
    }
    return render(request, "calendar/panel.html" if request.htmx else "calendar/appointment.html", context)


@require_POST
@member_required(Permission.CHANGE_DIARY)
def step(request: PracticeRequest, appointment_id: UUID, step: str) -> HttpResponse:
    """Complete, miss, cancel or reopen, or say that it is to be invoiced here."""
    if step not in STEPS:
        raise Http404
    row = get_own_or_404(Appointment.objects.all(), request.practice, appointment_id)
    service, done = STEPS[step]
    overlap, given = "", {"anyway": True} if step == "reopen" and request.POST.get("anyway") == "on" else {}
    with refusal_shown(request):
        try:
            service(actor_of(request), appointment=row, **given)
            messages.success(request, done)
        except services.Overlapping as taken:
            overlap = str(taken)
    if overlap and not request.htmx:
        return panel(request, read_again(request, row), overlap=overlap)
    if not request.htmx:
        return redirect("appointment", row.pk)
    response = panel(request, read_again(request, row), overlap=overlap)
    response.headers["HX-Trigger"] = "diary-changed"
    return response


def read_again(request: PracticeRequest, row: Appointment) -> Appointment:
    """Return the appointment as it is now, with all that its panel shows."""
    return get_own_or_404(queries.appointments(request.practice), request.practice, row.pk)


@require_POST
@member_required(Permission.CHANGE_DIARY)
@serialized
def move(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Take a drag on the calendar. Refused with 409 and a sentence; `overlap` says that a tick would allow it."""
    row = get_own_or_404(
        Appointment.objects.select_related("practice", "practitioner"), request.practice, appointment_id
    )
    form = MoveForm(request.POST)
    if not form.is_valid():
        sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"sentence": sentence, "overlap": False}, status=409)
    wanted = form.cleaned_data
    if sentence := _moved_meanwhile(row, wanted["was_start"], wanted["was_practitioner"]):
        return JsonResponse({"sentence": sentence, "overlap": False}, status=409)
    to = wanted["practitioner"] and get_own_or_404(Practitioner.objects.all(), request.practice, wanted["practitioner"])
    try:
        moved = services.move(
            actor_of(request),
            appointment=row,
            starts_at=wanted["start"],
            minutes=wanted["minutes"],
            practitioner=to or None,
            anyway=wanted["anyway"],
        )
    except Refused as exc:
        overlap = isinstance(exc, services.Overlapping)
        return JsonResponse({"sentence": str(exc), "overlap": overlap}, status=409)
    said = [f"Moved to {dates.show_moment(wanted['start'])}.", *authorised_sessions.booking_concerns([moved])]
    return JsonResponse({"sentence": " ".join(said)})


def _moved_meanwhile(row: Appointment, was_start: datetime | None, was_practitioner: UUID | None) -> str:
    """Return the sentence where the appointment is no longer where the calendar showed it, else ""."""
    if was_start in (None, row.starts_at.replace(second=0, microsecond=0)) and was_practitioner in (
        None,
        row.practitioner_id,
    ):
        return ""
    entry = last_change([row], since=row.created_at, field="starts_at")
    who = entry.by_name if entry else "Somebody else"
    when = f"{dates.show_moment(row.starts_at)} with {row.practitioner}"
    return f"{who} moved it meanwhile: it is on {when}. Nothing was changed."


@member_required(Permission.CHANGE_DIARY)
def book(request: PracticeRequest) -> HttpResponse:
    """Book an appointment, once or weekly."""
    if request.method != "POST":
        form = AppointmentForm(practice=request.practice, client=_client(request), initial=_prefilled(request))
        return _form_page(request, form)
    form = AppointmentForm(request.POST, practice=request.practice)
    if not form.is_valid():
        return _form_page(request, form)
    wanted = form.cleaned_data
    try:
        rows = services.book(
            actor_of(request),
            visit=form.visit(),
            weeks=int(wanted["weeks"] or 1),
            anyway=wanted["anyway"],
            appointment_id=wanted["key"],
        )
    except Refused as exc:
        return _refused(request, form, exc)
    when = dates.show_moment(rows[0].starts_at)
    messages.success(request, f"Booked {len(rows)} visits from {when}." if len(rows) > 1 else f"Booked on {when}.")
    if rows[0].starts_at < timezone.now():
        messages.warning(request, "This day or time is past. If it is right, mark the visit as completed or missed.")
    _tell_of_cover(request, rows)
    return redirect("appointment", rows[0].pk)


@member_required(Permission.CHANGE_DIARY)
@serialized
def edit(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Change an appointment; also the way to move one by keyboard."""
    row = get_own_or_404(queries.appointments(request.practice), request.practice, appointment_id)
    stored = AppointmentForm(practice=request.practice, appointment=row, client=row.client, initial=_present(row))
    names = {"client": lambda text: str(client_for(request.practice, text) or "")}
    edit = ConcurrentEdit(request, [row], stored, but=("key", "anyway", "client_words"), words=names)
    if edit.data is None:
        return _form_page(request, stored, row, edit)
    form = AppointmentForm(edit.data, practice=request.practice, appointment=row)
    if not (form.is_valid() and edit.is_settled(form)):
        return _form_page(request, form, row, edit)
    try:
        saved = services.change(
            actor_of(request), appointment=row, visit=form.visit(), anyway=form.cleaned_data["anyway"]
        )
    except Refused as exc:
        return _refused(request, form, exc, row, edit)
    messages.success(request, "Saved.")
    _tell_of_cover(request, [saved])
    return redirect("appointment", row.pk)


@require_POST
@member_required(Permission.SEE_APPOINTMENTS)
def cover_told(request: PracticeRequest) -> HttpResponse:
    """Answer the booking form while it is filled in: what is used, booked and left of what the insurer authorised.

    By POST: an address holds no client.
    """
    row_id = parse_id(request.POST.get("editing", ""))
    row = get_own_or_404(queries.appointments(request.practice), request.practice, row_id) if row_id else None
    form = AppointmentForm(request.POST, practice=request.practice, appointment=row)
    form.is_valid()
    return render(request, "calendar/cover_told.html", _outlook(form, form.cleaned_data, row))


def _outlook(form: AppointmentForm, given: Mapping[str, Any], row: Appointment | None) -> dict[str, Any]:
    """Return what the form says of the client’s cover, with what is chosen so far; nothing without client and day."""
    day, service = given.get("day"), given.get("service")
    if form.chosen is None or not isinstance(day, date):
        return {"outlook": None}
    found = authorised_sessions.outlook(
        form.chosen,
        day=day,
        service=service if isinstance(service, Service) else None,
        weeks=int(given.get("weeks") or 1),
        but_for=(row.pk,) if row else (),
    )
    return {"outlook": found, "payer": cover.told_on(form.chosen, day), "day": day}


def _tell_of_cover(request: PracticeRequest, rows: Sequence[Appointment]) -> None:
    """Say what is beyond the client's cover, and what is used of the authorisation that the visit counts to."""
    for sentence in authorised_sessions.booking_concerns(rows):
        messages.warning(request, sentence)
    if use := authorised_sessions.use_for_visit(rows[0]):
        messages.info(request, f"Authorisation {use.authorisation}: {use.words}.")


def _refused(
    request: PracticeRequest,
    form: AppointmentForm,
    exc: Refused,
    row: Appointment | None = None,
    edit: ConcurrentEdit | None = None,
) -> HttpResponse:
    if isinstance(exc, services.Overlapping):
        form.add_error("anyway", f"{exc} Tick to book all the same.")
    else:
        form.add_error(exc.field or None, str(exc))
    return _form_page(request, form, row, edit)


def _form_page(
    request: PracticeRequest,
    form: AppointmentForm,
    row: Appointment | None = None,
    edit: ConcurrentEdit | None = None,
) -> HttpResponse:
    minutes = dict(Service.objects.filter(practice=request.practice).values_list("pk", "duration_minutes"))
    context = {
        "form": form,
        "edit": edit,
        "appointment": row,
        "minutes": {str(service): length for service, length in minutes.items()},
        "usual_sites": usual_sites(request.practice),
        "overlaps": "anyway" in form.errors or bool(form.data.get("anyway")),
        "lacks": _lacks(form),
        **_outlook(form, form.cleaned_data if form.is_bound else _chosen(form), row),
    }
    return render(request, "calendar/appointment_form.html", context)


def _chosen(form: AppointmentForm) -> dict[str, Any]:
    """Return what an unbound form shows as chosen."""
    service = form.fields["service"].queryset.filter(pk=form.initial.get("service")).first()  # type: ignore[attr-defined]
    return {"day": form.initial.get("day"), "service": service}


def _lacks(form: AppointmentForm) -> list[tuple[str, str]]:
    """Return what the practice must set up before anything can be booked: (sentence, name of the page's url)."""
    wanted = (
        ("practitioner", "Add a practitioner", "users"),
        ("service", "Add a service", "services"),
    )
    return [(words, page) for name, words, page in wanted if not form.fields[name].queryset.exists()]  # type: ignore[attr-defined]


def _client(request: PracticeRequest) -> Client | None:
    client_id = parse_id(request.GET.get("client", ""))
    return survivor_of(get_own_or_404(Client.objects.all(), request.practice, client_id)) if client_id else None


def _prefilled(request: PracticeRequest) -> dict[str, Any]:
    """Take day, time and practitioner from where the calendar was clicked; nonsense is left out."""
    now = localtime(timezone.now())
    people = list(queries.practitioners(request.practice))
    mine = next(
        (one for one in people if one.membership_id == request.membership.pk), people[0] if len(people) == 1 else None
    )
    asked = next((one for one in people if str(one.pk) == request.GET.get("practitioner")), None)
    clicked = _clicked(request.GET.get("start", ""))
    when = clicked or (now + timedelta(hours=1)).replace(minute=0)
    return {
        "day": when.date() if clicked else dates.day_or_default(request.GET.get("date", ""), when.date()),
        "at": when.time(),
        "practitioner": asked or mine,
    }


def _clicked(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=LONDON)
    except ValueError:
        return None


def _present(row: Appointment) -> dict[str, Any]:
    starts_at = localtime(row.starts_at)
    return {
        "client": str(row.client_id),
        "practitioner": row.practitioner_id,
        "service": row.service_id,
        "site": row.site_id,
        "day": starts_at.date(),
        "at": starts_at.time(),
        "minutes": int((row.ends_at - row.starts_at).total_seconds() // 60),
        "note": row.note,
    }
