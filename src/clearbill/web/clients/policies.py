"""Pages of one policy and of one authorisation: added and changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from clearbill.bill import dates
from clearbill.clients import policy_services, queries
from clearbill.clients.excess import excess_by_year
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.forms.withheld import withhold
from clearbill.people.permissions import Permission
from clearbill.web.clients import cut_cover
from clearbill.web.clients.cover_form import MAY_NOT_CHANGE_EXCESS
from clearbill.web.clients.policy_forms import EXCESS, AuthorisationForm, PolicyForm, present
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, has_permission, member_required


@member_required(Permission.CHANGE_CLIENTS)
def new_policy(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    client = _client(request, client_id)
    form = _withheld(request, PolicyForm(request.POST or None, client=client))
    if request.method == "POST" and form.is_valid() and not form.is_asked(_cut_by_new(form)):
        with refusal_shown(request, form):
            made = policy_services.add_policy(
                actor_of(request), client=client, details=form.details(), ends=form.ends()
            )
            messages.success(request, f"{made} is added.")
            return redirect("client", client_id)
    return render(request, "clients/policy.html", {"client": client, "form": form, "policy": None})


@member_required(Permission.CHANGE_CLIENTS)
@serialized
def edit_policy(request: PracticeRequest, client_id: UUID, policy_id: int) -> HttpResponse:
    client = _client(request, client_id)
    policy = get_object_or_404(Policy.objects.filter(client=client), pk=policy_id)
    first = present(policy, PolicyForm)
    but = ("anyway", *(() if has_permission(request, Permission.RECORD_MONEY) else EXCESS))
    edit = ConcurrentEdit(request, [policy], PolicyForm(client=client, policy=policy, initial=first), but=but)
    form = _withheld(request, PolicyForm(edit.data, client=client, policy=policy, initial=first))
    is_ready = request.method == "POST" and form.is_valid() and edit.is_settled(form)
    if is_ready and not form.is_asked(cut_cover.told(policy, **_days(form))):
        with refusal_shown(request, form):
            saved = policy_services.change_policy(actor_of(request), policy=policy, details=form.details())
            messages.success(request, f"{saved} is saved.")
            return redirect("client", client_id)
    years = excess_by_year(policy, dates.today())
    context = {"client": client, "form": form, "edit": edit, "policy": policy, "years": years}
    return render(request, "clients/policy.html", context)


def _cut_by_new(form: PolicyForm) -> str:
    ends = form.ends()
    return cut_cover.followed(ends, form.cleaned_data["valid_from"]) if ends else ""


def _days(form: PolicyForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("valid_from", "valid_to", "entered_in_error")}


def _withheld(request: PracticeRequest, form: PolicyForm) -> PolicyForm:
    """Return the form with the excess as it stands, unless the person may record what of it is taken."""
    if not has_permission(request, Permission.RECORD_MONEY):
        withhold(form, {name: form.initial.get(name) for name in EXCESS}, MAY_NOT_CHANGE_EXCESS)
    return form


@member_required(Permission.CHANGE_CLIENTS)
def new_authorisation(request: PracticeRequest, client_id: UUID, policy_id: int) -> HttpResponse:
    client = _client(request, client_id)
    policy = get_object_or_404(Policy.objects.filter(client=client), pk=policy_id)
    form = AuthorisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown(request, form):
            policy_services.add_authorisation(actor_of(request), policy=policy, details=form.cleaned_data)
            messages.success(request, "The authorisation is added.")
            return redirect("client", client_id)
    return _authorisation_page(request, policy, form)


@member_required(Permission.CHANGE_CLIENTS)
@serialized
def edit_authorisation(
    request: PracticeRequest, client_id: UUID, policy_id: int, authorisation_id: int
) -> HttpResponse:
    client = _client(request, client_id)
    rows = Authorisation.objects.filter(policy=policy_id, policy__client=client).select_related("policy__client")
    row = get_object_or_404(rows, pk=authorisation_id)
    first = present(row, AuthorisationForm)
    edit = ConcurrentEdit(request, [row], AuthorisationForm(authorisation=row, initial=first))
    form = AuthorisationForm(edit.data, authorisation=row, initial=first)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        with refusal_shown(request, form):
            policy_services.change_authorisation(actor_of(request), authorisation=row, details=form.cleaned_data)
            messages.success(request, "The authorisation is saved.")
            return redirect("client", client_id)
    return _authorisation_page(request, row.policy, form, row, edit)


def _client(request: PracticeRequest, client_id: UUID) -> Client:
    return get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)


def _authorisation_page(
    request: PracticeRequest,
    policy: Policy,
    form: AuthorisationForm,
    row: Authorisation | None = None,
    edit: ConcurrentEdit | None = None,
) -> HttpResponse:
    context = {"client": policy.client, "policy": policy, "form": form, "edit": edit, "authorisation": row}
    return render(request, "clients/authorisation.html", context)
