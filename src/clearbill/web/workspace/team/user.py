"""Team > Users > one person: details, Practitioner Settings, provider numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.appointments.queries import booked_ahead
from clearbill.bill import dates
from clearbill.bill.text import plural
from clearbill.forms.rows import Rows, fill_as_typed
from clearbill.people.models import Membership, Role
from clearbill.people.permissions import Permission
from clearbill.people.sign_in import second_factor
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.web.sign_in.confirmation import confirmed_to_change
from clearbill.web.workspace.team import forms
from clearbill.web.workspace.team.forms import (
    LonePractitionerForm,
    MemberForm,
    MemberPractitionerForm,
    NumberForm,
    Together,
)
from clearbill.workspace import team
from clearbill.workspace import team as workspace_team
from clearbill.workspace.models import Practitioner


@require_POST
@member_required(Permission.MANAGE_TEAM)
@confirmed_to_change
def reset_second_factor(request: PracticeRequest, membership_id: UUID) -> HttpResponse:
    """Take away the second factor of somebody who lost the device."""
    membership = get_own_or_404(Membership.objects.select_related("user"), request.practice, membership_id)
    with refusal_shown(request) as outcome:
        second_factor.reset(by=request.membership, membership=membership, now=timezone.now())
    if not outcome.is_refused:
        messages.success(
            request, f"{membership.user.full_name} signs in with the password alone until there is a new one."
        )
    return redirect("user", membership_id=membership.pk)


@member_required(Permission.MANAGE_TEAM)
@confirmed_to_change
@serialized
def user(request: PracticeRequest, membership_id: UUID) -> HttpResponse:
    """Edit a user. “Save Details” saves all of the page or nothing; adding or removing a row saves nothing yet."""
    membership = get_own_or_404(Membership.objects.select_related("user"), request.practice, membership_id)
    practitioner = team.practitioner_of(membership)
    is_save = request.method == "POST" and not _is_row_change(request)
    stored: list[BaseForm | Rows] = [
        *_user_forms(request, membership, practitioner),
        _stored_rows(request, practitioner),
    ]
    edit = ConcurrentEdit(request, [membership, practitioner], *stored, labels=_LABELS)
    member_form, practitioner_form = _user_forms(request, membership, practitioner, edit.data, is_bound=is_save)
    rows = _rows(request, practitioner, edit.data, is_save=is_save)
    is_valid = is_save and _all_valid(rows, member_form, practitioner_form)
    is_valid = is_valid and edit.is_settled(member_form, practitioner_form)
    if is_valid and _is_saved(request, membership, practitioner, member_form, practitioner_form, rows):
        messages.success(request, f"{member_form.cleaned_data['full_name']} is saved.")
        _warn_of_booked(request, team.practitioner_of(membership))
        return redirect("users")
    context = {
        "member": membership,
        "has_second_factor": second_factor.has_one(membership.user),
        "why_not_reset": second_factor.why_not_reset(membership, request.membership),
        "member_form": member_form,
        "form": practitioner_form,
        "edit": edit,
        "rows": rows,
        "all_forms": Together(member_form, practitioner_form, *rows),
    }
    return render(request, "workspace/team/user.html", context)


@member_required(Permission.MANAGE_TEAM)
@serialized
def practitioner(request: PracticeRequest, practitioner_id: UUID | None = None) -> HttpResponse:
    """Add or edit a practitioner who does not sign in."""
    alone = Practitioner.objects.filter(membership=None)
    row = get_own_or_404(alone, request.practice, practitioner_id) if practitioner_id else None
    is_save = request.method == "POST" and not _is_row_change(request)
    stored = _lone_form(request, row)
    edit = ConcurrentEdit(request, [row], stored, _stored_rows(request, row), labels=_LABELS)
    form = _lone_form(request, row, edit.data if is_save else None)
    if edit.data and _is_row_change(request):
        fill_as_typed(form, edit.data)
    rows = _rows(request, row, edit.data, is_save=is_save)
    if is_save and _all_valid(rows, form) and edit.is_settled(form):
        try:
            saved = workspace_team.save_practitioner(
                actor_of(request), practitioner=row, membership=None, details=form.details(), numbers=_entries(rows)
            )
        except (workspace_team.SameScope, workspace_team.TakenNumber) as refused:
            _filled(rows)[refused.position].add_error("number", str(refused))
        else:
            messages.success(request, f"{saved.name} is saved.")
            _warn_of_booked(request, saved)
            return redirect("users")
    context = {"practitioner": row, "form": form, "edit": edit, "rows": rows, "all_forms": Together(form, *rows)}
    return render(request, "workspace/team/practitioner.html", context)


def _warn_of_booked(request: PracticeRequest, row: Practitioner | None) -> None:
    """Say which appointments are still to come with somebody who sees clients no longer."""
    if row is None or row.is_active:
        return
    if booked := booked_ahead(row.appointments.all(), timezone.now()):
        count, first = len(booked), dates.show_moment(booked[0].starts_at)
        words = f"{row.name} still has {count} booked {plural(count, 'appointment')}, the next on {first}."
        messages.warning(request, f"{words} Move or cancel them in the calendar.")


def _is_row_change(request: PracticeRequest) -> bool:
    return "add" in request.POST or "remove" in request.POST


_LABELS = {"numbers": "Provider numbers"}


def _lone_form(
    request: PracticeRequest, row: Practitioner | None, data: QueryDict | None = None
) -> LonePractitionerForm:
    initial = {"is_active": row.is_active if row else True}
    return LonePractitionerForm(data, practice=request.practice, practitioner=row, initial=initial)


def _user_forms(
    request: PracticeRequest,
    membership: Membership,
    row: Practitioner | None,
    sent: QueryDict | None = None,
    *,
    is_bound: bool = False,
) -> tuple[MemberForm, MemberPractitionerForm]:
    """Return the forms as they are stored, as they were sent, or, where a row is added, as they were typed."""
    data = sent if is_bound else None
    sees_clients = row.is_active if row else membership.role == Role.PRACTITIONER
    member_form = MemberForm(data, membership=membership, by=request.membership)
    form = MemberPractitionerForm(
        data,
        practice=request.practice,
        practitioner=row,
        name=membership.user.full_name,
        initial={"sees_clients": sees_clients},
    )
    if sent and not is_bound:
        fill_as_typed(member_form, sent)
        fill_as_typed(form, sent)
    return member_form, form


def _stored_rows(request: PracticeRequest, row: Practitioner | None) -> Rows:
    return forms.number_rows(request.practice, team.provider_numbers(row))


def _rows(request: PracticeRequest, row: Practitioner | None, sent: QueryDict | None, *, is_save: bool) -> Rows:
    if is_save:
        return forms.number_rows(request.practice, data=sent)
    if sent is not None:
        return forms.number_rows_as_typed(request.practice, sent)
    return _stored_rows(request, row)


def _all_valid(rows: Rows, *forms: Any) -> bool:
    # A list, not a generator: every form shows its own problems.
    return all([form.is_valid() for form in (*forms, *rows)])


def _filled(rows: Rows) -> list[NumberForm]:
    return [row for row in rows if not row.is_blank]


def _entries(rows: Rows) -> list[workspace_team.NumberEntry]:
    return [row.entry() for row in _filled(rows)]


def _is_saved(
    request: PracticeRequest,
    membership: Membership,
    row: Practitioner | None,
    member_form: MemberForm,
    form: MemberPractitionerForm,
    rows: Rows,
) -> bool:
    """Save everything; where something is refused, say so at its field and return False."""
    sees_clients = form.cleaned_data["sees_clients"]
    if _filled(rows) and not sees_clients and row is None:
        form.add_error("sees_clients", "Tick this as well: provider numbers belong to somebody who sees clients.")
        return False
    with refusal_shown(request, member_form) as outcome:
        try:
            workspace_team.save_user(
                practice=request.practice,
                by=request.membership,
                now=timezone.now(),
                membership=membership,
                sees_clients=sees_clients,
                details=form.details(),
                numbers=_entries(rows),
                **member_form.cleaned_data,
            )
        except (workspace_team.SameScope, workspace_team.TakenNumber) as refused:
            _filled(rows)[refused.position].add_error("number", str(refused))
            return False
    return not outcome.is_refused
