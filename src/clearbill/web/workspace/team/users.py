"""Team > Users: the list, and inviting somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.people import invitations
from clearbill.people.models import Invitation, Role
from clearbill.people.permissions import ROLES, Permission, may_manage
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, get_own_or_404, member_required
from clearbill.web.sign_in.confirmation import confirmed_to_change
from clearbill.web.workspace.team.forms import InviteForm
from clearbill.workspace import team

ROWS_PER_PAGE = 50

_LINK = "invitation_link"


@member_required(Permission.SEE)
def users(request: PracticeRequest) -> HttpResponse:
    """List everybody. The search comes by POST: a name never stands in an address."""
    search = request.POST.get("q", "").strip()[:80]
    sort = request.GET.get("sort", "name")
    sort = sort if sort in team.SORTS else "name"
    rows = team.team(request.practice, by=request.membership, search=search, sort=sort)
    context = {
        "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "sort": sort,
        "issued": _issued(request),
        "roles": Role.labels,
        "role_table": [(one.value, [one in ROLES[role] for role in Role]) for one in Permission],
    }
    return render(request, "workspace/team/users.html", context)


@member_required(Permission.MANAGE_TEAM)
@confirmed_to_change
def invite(request: PracticeRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown(request, form):
            issued = invitations.invite(
                practice=request.practice,
                by=request.membership,
                now=timezone.now(),
                link=_link(),
                **form.cleaned_data,
            )
            return _show_link(request, issued)
    return render(request, "workspace/team/invite.html", {"form": form})


@require_POST
@member_required(Permission.MANAGE_TEAM)
def resend(request: PracticeRequest, invitation_id: UUID) -> HttpResponse:
    invitation = get_own_or_404(Invitation.objects.all(), request.practice, invitation_id)
    with refusal_shown(request) as outcome:
        issued = invitations.resend(
            practice=request.practice,
            by=request.membership,
            now=timezone.now(),
            invitation=invitation,
            link=_link(),
        )
    if outcome.is_refused:
        return redirect("users")
    return _show_link(request, issued)


@require_POST
@member_required(Permission.MANAGE_TEAM)
def withdraw(request: PracticeRequest, invitation_id: UUID) -> HttpResponse:
    invitation = get_own_or_404(Invitation.objects.all(), request.practice, invitation_id)
    with refusal_shown(request) as outcome:
        invitations.withdraw(
            practice=request.practice, by=request.membership, now=timezone.now(), invitation=invitation
        )
    if not outcome.is_refused:
        messages.success(request, f"The invitation of {invitation.full_name} is withdrawn; its link no longer works.")
    return redirect("users")


def _link() -> invitations.Link:
    return lambda secret: f"{settings.ADDRESS}{reverse('invitation', args=[secret])}"


def _show_link(request: PracticeRequest, issued: invitations.IssuedInvitation) -> HttpResponse:
    """Lead to the list, which shows the link once."""
    request.session[_LINK] = {
        "practice": str(request.practice.pk),
        "role": issued.invitation.role,
        "name": issued.invitation.full_name,
        "email": issued.invitation.email,
        "address": _link()(issued.secret),
        "is_sent": issued.is_sent,
    }
    return redirect("users")


def _issued(request: PracticeRequest) -> dict[str, Any] | None:
    """Return the link to show once; none in another practice, or to somebody who may no longer give it away."""
    issued: dict[str, Any] = request.session.pop(_LINK, None) or {}
    is_theirs = issued.get("practice") == str(request.practice.pk) and may_manage(
        request.membership.role, issued["role"]
    )
    return issued if is_theirs else None
