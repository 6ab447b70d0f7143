"""The Edit Details page of a client, and the small answers it asks for while it is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import Problem, dates
from clearbill.bill.text import tidy
from clearbill.clients import cover as clients_cover
from clearbill.clients import merges, policies, queries, services
from clearbill.clients.models import Client, Policy
from clearbill.clients.policies import CoverInUse
from clearbill.people.permissions import Permission
from clearbill.web.clients import cut_cover, diagnosis_editor
from clearbill.web.clients.cover_form import COVER, NOT_STORED, NOTHING_IN_USE, CoverForm, cover_of
from clearbill.web.clients.diagnosis_editor import DiagnosisEditing
from clearbill.web.clients.forms import DETAILS, CoverHintsForm, DetailsForm, details_of, typed
from clearbill.web.components.concurrent_edit import ConcurrentEdit, StoredList, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, has_permission, member_required

_SAVES = {"save", "create-anyway"}


@dataclass(slots=True, kw_only=True)
class ClientEditing:
    """Everything on the Edit Details page."""

    details: DetailsForm
    cover: CoverForm
    diagnoses: DiagnosisEditing
    hints: list[Problem]
    wants_saving: bool = False
    policy_gone: str = ""

    def is_valid(self) -> bool:
        return all([self.details.is_valid(), self.cover.is_valid()]) and self.diagnoses.is_settled


@member_required(Permission.CHANGE_CLIENTS)
def new_client(request: PracticeRequest) -> HttpResponse:
    editing = _sent(request, request.POST, None) if request.method == "POST" else _stored(request, None)
    known: list[Client] = []
    if editing.wants_saving and editing.is_valid():
        with refusal_shown(request, editing.cover):
            try:
                return _create(request, editing)
            except services.PossibleDuplicate as exc:
                known = exc.namesakes
    return render(request, "clients/edit.html", {"editing": editing, "client": None, "known": known})


@member_required(Permission.CHANGE_CLIENTS)
@serialized
def edit_client(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)
    in_use = policies.cover_in_use(row, dates.today())
    stored = _stored(request, row, in_use)
    if (gone := _policy_gone(request, row, in_use)) is not None:
        stored.cover.belong_together = {"UK Private Health Insurance": " ".join(stored.cover.fields)}
    codes = StoredList("diagnosis", "Diagnosis codes", [one.key for one in stored.diagnoses.chosen])
    edit = ConcurrentEdit(
        request,
        [row, in_use.policy, in_use.authorisation, gone],
        stored.details,
        stored.cover,
        codes,
        but=NOT_STORED,
        words={"diagnosis": lambda key: key.partition(":")[2]},
        name=f"client:{row.pk}",
        merged=_merged(row) if request.method == "POST" else (),
    )
    editing = _sent(request, edit.data, row, in_use) if edit.data is not None else stored
    editing.policy_gone = _what_became_of(gone) if gone else ""
    is_ready = editing.wants_saving and editing.is_valid() and edit.is_settled(editing.details, editing.cover)
    if is_ready and not editing.cover.is_asked(cut_cover.of_edit(editing.cover.edit())):
        with refusal_shown(request, editing.cover):
            services.change(
                actor_of(request),
                client=row,
                details=editing.details.cleaned_data,
                cover=editing.cover.edit(),
                diagnoses=editing.diagnoses.chosen,
            )
            messages.success(request, "The details are saved.")
            if row.archived_at:
                messages.warning(request, "The client is archived.")
            return redirect("client", client_id)
    return render(request, "clients/edit.html", {"editing": editing, "edit": edit, "client": row})


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def diagnosis_search(request: PracticeRequest) -> HttpResponse:
    """Answer {"hits": [{value, code, title}]}, best first."""
    hits = diagnosis_editor.found(tidy(request.POST.get("q", ""))[:200])
    return JsonResponse({"hits": [{"value": hit.key, "code": hit.code, "title": hit.title} for hit in hits]})


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def diagnoses(request: PracticeRequest) -> HttpResponse:
    """One step in the list of Diagnosis Codes: the list afterwards, as a piece of the page. Nothing is saved."""
    return render(request, "clients/_diagnoses.html", {"diagnoses": diagnosis_editor.edited(request.POST)})


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def cover_hints(request: PracticeRequest) -> HttpResponse:
    """What the insurer's known formats say of the cover typed so far, as a piece of the page."""
    hints = clients_cover.cover_hints(**CoverHintsForm(request.POST).values())
    return render(request, "clients/_cover_hints.html", {"hints": hints})


def _policy_gone(request: PracticeRequest, row: Client, in_use: CoverInUse) -> Policy | None:
    """Return the policy that the page showed where it is no longer the one in use: its fields are those of another."""
    shown = request.POST.get("policy_shown", "")
    return next((one for one in row.policies.all() if str(one.pk) == shown and one != in_use.policy), None)


def _what_became_of(policy: Policy) -> str:
    if policy.entered_in_error:
        return f"{policy} was marked as entered by mistake after you opened the page."
    lasting = policies.lasting(policy.valid_from, policy.valid_to)
    return (
        f"{policies.told(policy)} is not in use today any more." if lasting else f"{policy} is not alone in use today."
    )


def _merged(row: Client) -> list[str]:
    return [f"client:{merge.merged_id}" for merge in merges.standing_merges(row)]


def _create(request: PracticeRequest, editing: ClientEditing) -> HttpResponse:
    is_sure = request.POST.get("action") == "create-anyway"
    row = services.create(
        actor_of(request),
        details=editing.details.cleaned_data,
        cover=editing.cover.edit(),
        diagnoses=editing.diagnoses.chosen,
        even_if_known=is_sure,
    )
    messages.success(request, f"The client is saved as {row.number}.")
    if is_sure:
        messages.info(
            request, "Were both one person after all, “Merge with another record” under Details makes them one."
        )
    return redirect("client", row.pk)


def _cover_form(request: PracticeRequest, in_use: CoverInUse, data: QueryDict | None = None, **given: Any) -> CoverForm:
    may_change = has_permission(request, Permission.RECORD_MONEY)
    return CoverForm(data, in_use=in_use, may_change_excess=may_change, **given)


def _stored(request: PracticeRequest, client: Client | None, in_use: CoverInUse = NOTHING_IN_USE) -> ClientEditing:
    return ClientEditing(
        details=DetailsForm(initial=details_of(client)),
        cover=_cover_form(request, in_use, initial=cover_of(in_use)),
        diagnoses=DiagnosisEditing(chosen=diagnosis_editor.stored(client.diagnoses.all()) if client else []),
        hints=clients_cover.cover_hints_of(in_use.policy, in_use.authorisation),
    )


def _sent(
    request: PracticeRequest, data: QueryDict, client: Client | None, in_use: CoverInUse = NOTHING_IN_USE
) -> ClientEditing:
    chosen = diagnosis_editor.stored(client.diagnoses.all()) if client else []
    state = diagnosis_editor.edited(data, before=chosen)
    hints = clients_cover.cover_hints(**CoverHintsForm(data).values())
    if data.get("action", "save") in _SAVES:
        return ClientEditing(
            details=DetailsForm(data),
            cover=_cover_form(request, in_use, data),
            diagnoses=state,
            hints=hints,
            wants_saving=True,
        )
    return ClientEditing(
        details=DetailsForm(initial=typed(data, DETAILS)),
        cover=_cover_form(request, in_use, initial=typed(data, COVER)),
        diagnoses=state,
        hints=hints,
    )
