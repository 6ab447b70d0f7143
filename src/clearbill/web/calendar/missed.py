"""A visit that the client missed or cancelled late: charged to the client, or not, with the reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clearbill.appointments import cancellation_charges, queries
from clearbill.appointments.models import Appointment
from clearbill.bill import money
from clearbill.bill.text import one_line
from clearbill.invoicing import services
from clearbill.people.permissions import Permission
from clearbill.web.calendar.appointment import panel, read_again
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def charge(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Make the invoice to the client, or lead to the one there is."""
    visit = get_own_or_404(queries.appointments(request.practice), request.practice, appointment_id)
    with refusal_shown(request) as outcome:
        try:
            (made,) = services.charge_missed(actor_of(request), appointments=[visit])
            messages.success(request, f"Invoice {made.number} made: {money.show(made.net_total)} to the client.")
        except services.AlreadyInvoiced as exc:
            made = exc.invoice
    return redirect("appointment", visit.pk) if outcome.is_refused else redirect("invoice", made.pk)


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def waive(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Keep that the client is not charged, and why."""
    row = get_own_or_404(Appointment.objects.all(), request.practice, appointment_id)
    reason = one_line(request.POST.get("reason", ""))
    with refusal_shown(request):
        cancellation_charges.waive_charge(actor_of(request), appointment=row, reason=reason)
        messages.success(request, "Noted: the client is not charged.")
    return _shown(request, row)


@require_POST
@member_required(Permission.CHANGE_INVOICES)
def restore(request: PracticeRequest, appointment_id: UUID) -> HttpResponse:
    """Take it back that the client is not charged."""
    row = get_own_or_404(Appointment.objects.all(), request.practice, appointment_id)
    with refusal_shown(request):
        cancellation_charges.restore_charge(actor_of(request), appointment=row)
        messages.success(request, "Taken back: the client can be charged.")
    return _shown(request, row)


def _shown(request: PracticeRequest, row: Appointment) -> HttpResponse:
    return panel(request, read_again(request, row)) if request.htmx else redirect("appointment", row.pk)
