"""Pages of clients: the list, one client, the insurer's member list."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.bill import dates, insurers
from clearbill.clients import member_answers, member_check, policies, policy_services, queries, services
from clearbill.clients.models import Client
from clearbill.exports.lists import LISTS
from clearbill.people.permissions import Permission
from clearbill.web.clients import cut_cover
from clearbill.web.clients import queries as clients_queries
from clearbill.web.clients.forms import MemberDetailsForm
from clearbill.web.components.concurrent_edit import serialized
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, has_permission, member_required

ROWS = 50

INVOICES = 25


@member_required(Permission.SEE_CLINICAL)
def client_list(request: PracticeRequest) -> HttpResponseBase:
    """The list. A search comes by POST: a name or membership number never stands in an address."""
    values = request.POST if request.method == "POST" else request.GET
    wanted = queries.ClientFilter.read(values)
    rows = queries.clients(request.practice, wanted)
    if wants_file(request):
        return list_file(request, "clients", LISTS["clients"].table(rows))
    page = Paginator(rows, ROWS).get_page(values.get("page"))
    context = {
        "page": page,
        "wanted": wanted,
        "insurers": insurers.all_insurers(),
        "states": queries.STATES,
        "sorts": {key: words for key, (words, _) in queries.SORTS.items()},
    }
    return render(request, "clients/list.html", context)


@member_required(Permission.SEE_CLINICAL)
def client(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    return _client_page(request, client_id)


def _client_page(request: PracticeRequest, client_id: UUID, known: Sequence[Client] = ()) -> HttpResponse:
    """The client's page; `known` are namesakes, where an archived client is brought back."""
    row = get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)
    can_ask = has_permission(request, Permission.CHANGE_CLIENTS) and member_check.can_ask(request.practice)
    context = {
        "client": row,
        "known": known,
        "page": Paginator(clients_queries.invoices(row), INVOICES).get_page(request.GET.get("page")),
        **clients_queries.client_page(row, timezone.now(), can_ask=can_ask),
    }
    return render(request, "clients/client.html", context)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def archive(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    row = get_own_or_404(Client.objects.all(), request.practice, client_id)
    with refusal_shown(request):
        services.archive(actor_of(request), client=row)
        messages.success(request, "The client is archived. Bring it back from this page whenever you need it.")
        if left := clients_queries.left_open(request.practice, row, timezone.now()):
            messages.warning(request, left)
    return redirect("client", client_id)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def unarchive(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    row = get_own_or_404(Client.objects.all(), request.practice, client_id)
    is_sure = request.POST.get("action") == "anyway"
    with refusal_shown(request):
        try:
            services.unarchive(actor_of(request), client=row, even_if_known=is_sure)
        except services.PossibleDuplicate as exc:
            return _client_page(request, client_id, exc.namesakes)
        messages.success(request, "The client is back in the list.")
    return redirect("client", client_id)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
def ask_member_list(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    """Ask the insurer while the person waits; the answer is shown, and kept with its day."""
    row = get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)
    policy = policies.cover_in_use(row, dates.today()).policy
    if policy is None:
        messages.warning(request, "There is no one policy that is valid today. Enter the client’s insurance first.")
        return redirect("client", client_id)
    finding = member_check.ask_member_list(practice=request.practice, client=row, policy=policy, on=dates.today())
    member_answers.keep(actor_of(request), client=row, policy=policy, found=finding)
    context = {"client": row, "policy": policy, "finding": finding, "asked_on": dates.today()}
    return render(request, "clients/member.html", context)


@require_POST
@member_required(Permission.CHANGE_CLIENTS)
@serialized
def use_member_details(request: PracticeRequest, client_id: UUID) -> HttpResponse:
    row = get_own_or_404(queries.with_diagnoses(request.practice), request.practice, client_id)
    form = MemberDetailsForm(request.POST)
    policy = policies.cover_in_use(row, dates.today()).policy
    if policy is None or not form.is_valid():
        messages.error(request, "Those details could not be taken over. Enter them by hand.")
        return redirect("client-edit", client_id)
    given = {name: value for name, value in form.cleaned_data.items() if value}
    cut = cut_cover.told(policy, **given)
    with refusal_shown(request) as outcome:
        policy_services.use_member_details(actor_of(request), policy=policy, details=form.cleaned_data)
    if outcome.is_refused:
        return redirect("policy-edit", client_id, policy.pk)
    messages.success(request, "The insurer’s details are in the client’s cover.")
    if cut:
        messages.warning(request, cut)
    return redirect("client", client_id)
