"""Pages on which two records of one person become one, and are taken apart again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.clients import doubles as client_doubles
from clearbill.clients import queries
from clearbill.clients import services as client_services
from clearbill.clients.merges import ClientMerge, TwoPeople, survivor_of
from clearbill.clients.models import Client
from clearbill.invoicing.client_merge import comparison, relations, services, taking_apart
from clearbill.people.permissions import Permission
from clearbill.web.clients.merge_form import MergeForm
from clearbill.web.components.client_field import ClientForm
from clearbill.web.components.concurrent_edit import serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required

ROWS = 50


@member_required(Permission.CHANGE_CLIENTS)
def doubles(request: PracticeRequest) -> HttpResponse:
    """The pairs of records that are likely of one person."""
    found = client_doubles.likely_doubles(request.practice)
    context = {
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "marked": Paginator(client_doubles.marked_as_two(request.practice), ROWS).get_page(request.GET.get("marked")),
    }
    return render(request, "clients/doubles.html", context)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def mark_as_two_people(request: PracticeRequest, client_id: UUID, other_id: UUID) -> HttpResponse:
    one, other = _client(request, client_id), _client(request, other_id)
    if one == other:
        raise Http404
    client_services.mark_as_two_people(actor_of(request), one=one, other=other)
    messages.success(request, f"{one.number} and {other.number} are marked as two people.")
    return redirect("client-doubles")


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def unmark_as_two_people(request: PracticeRequest, mark_id: UUID) -> HttpResponse:
    mark = get_own_or_404(TwoPeople.objects.select_related("first", "second"), request.practice, mark_id)
    client_services.unmark_as_two_people(actor_of(request), mark=mark)
    messages.success(request, f"{mark.first.number} and {mark.second.number} are no longer marked as two people.")
    return redirect("client-merge-review", mark.first_id, mark.second_id)


@member_required(Permission.CHANGE_CLIENTS)
def choose(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    """Which record is the other one of this person: those that are likely, and a search for any."""
    row = _client(request, client_id)
    form = ClientForm(request.POST or None, practice=request.practice)
    if request.method == "POST" and form.is_valid() and form.chosen is not None:
        if form.chosen != row:
            return redirect("client-merge-review", client_id, form.chosen.pk)
        form.add_error("client_words", "This is the same record. Choose the other one of this person.")
    context = {"client": row, "form": form, "doubles": client_doubles.doubles_of(row)}
    return render(request, "clients/merge_choose.html", context)


@member_required(Permission.CHANGE_CLIENTS)
@serialized
def review(request: PracticeRequest, client_id: UUID, other_id: UUID) -> HttpResponse:
    """Both records side by side, with what is chosen of each; one press makes them one."""
    first, second = _client(request, client_id), survivor_of(_client(request, other_id))
    if first == second:
        messages.info(request, "The two are one record already.")
        return redirect("client", first.pk)
    if second.pk != other_id:
        messages.info(request, f"The other record was merged into {second.number}, which is shown here.")
        return redirect("client-merge-review", first.pk, second.pk)
    version = comparison.version(first, second)
    is_changed = request.method == "POST" and request.POST.get("shown") != version
    form = MergeForm(request.POST or None, first=first, second=second, is_completed=is_changed)
    if is_changed:
        form.add_error(None, services.CHANGED_MEANWHILE)
    elif request.method == "POST" and form.is_valid():
        survivor, merged = form.sides()
        with refusal_shown(request, form):
            services.merge(
                actor_of(request),
                survivor=survivor,
                merged=merged,
                choices=form.choices(version),
            )
            messages.success(request, f"{merged.number} is merged into {survivor.number}, which stands for both.")
            return redirect("client", survivor.pk)
    context = {
        "client": first,
        "other": second,
        "form": form,
        "version": version,
        "belongs": [relations.told(one) for one in (first, second)],
        "why": client_doubles.why_double(first, second),
        "mark": client_doubles.mark_of(first, second),
    }
    return render(request, "clients/merge.html", context)


@member_required(Permission.SEE_CLINICAL)
def merged(request: PracticeRequest, merge_id: UUID) -> HttpResponse:
    """One merge: the record that went away as it is kept, and what taking the merge apart would do."""
    row = get_own_or_404(_merges(), request.practice, merge_id)
    said = [(comparison.label_of(name), comparison.in_words(row.merged, name)) for name in comparison.GROUPS]
    context = {"merge": row, "plan": taking_apart.plan(row), "said": [(label, lines) for label, lines in said if lines]}
    return render(request, "clients/merged.html", context)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
@serialized
def take_apart(request: PracticeRequest, merge_id: UUID) -> HttpResponse:
    row = get_own_or_404(_merges(), request.practice, merge_id)
    with refusal_shown(request) as outcome:
        done = taking_apart.take_apart(actor_of(request), merge=row)
        messages.success(request, f"{row.merged.number} and {row.survivor.number} are two records again.")
        if done.kept:
            messages.info(request, f"Changed since the merge, and left as it is: {', '.join(done.kept)}.")
    return redirect("client-merged", merge_id) if outcome.is_refused else redirect("client", row.merged_id)


def _client(request: PracticeRequest, client_id: UUID) -> Client:
    return get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)


def _merges() -> QuerySet[ClientMerge]:
    return ClientMerge.objects.select_related("survivor", "merged", "by", "taken_apart_by")
