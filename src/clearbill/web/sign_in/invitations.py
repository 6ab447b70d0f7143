"""Accepting an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.people import invitations
from clearbill.people import invitations as people_invitations
from clearbill.people.actor import Actor
from clearbill.people.models import Invitation, User
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.form_owner import SESSION_KEY
from clearbill.web.sign_in.forms import PASSWORD_HINT, AcceptForm
from clearbill.web.sign_in.set_up import BACKEND
from clearbill.workspace.team import start_as_practitioner


def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the invitation behind a link and accept it: as a new person, or with the sign-in one has already."""
    invitation = invitations.with_secret(secret, now=timezone.now())
    if invitation is None:
        return render(request, "sign_in/invitation_over.html", status=404)
    if isinstance(request.user, User):
        return _as_signed_in(request, invitation, secret)
    return _as_new(request, invitation, secret)


def _as_signed_in(request: HttpRequest, invitation: Invitation, secret: str) -> HttpResponse:
    is_theirs = request.user.email == invitation.email  # type: ignore[union-attr]
    if request.method == "POST" and is_theirs:
        with refusal_shown(request):
            return _accept(request, secret, user=request.user)  # type: ignore[arg-type]
        return redirect("sign-in")
    context = {"invitation": invitation, "state": "join" if is_theirs else "somebody else"}
    return render(request, "sign_in/invitation.html", context)


def _as_new(request: HttpRequest, invitation: Invitation, secret: str) -> HttpResponse:
    """Whoever holds the link is not told whether the address has a sign-in, which may be of another practice."""
    form = AcceptForm(request.POST or None, email=invitation.email, initial={"full_name": invitation.full_name})
    if request.method == "POST" and form.is_valid():
        with refusal_shown(request, form):
            return _accept(request, secret, user=None, **form.cleaned_data)
    context = {"invitation": invitation, "state": "new", "form": form, "password_hint": PASSWORD_HINT}
    return render(request, "sign_in/invitation.html", context)


def _accept(request: HttpRequest, secret: str, *, user: User | None, **details: str) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        membership = people_invitations.accept(secret=secret, now=now, user=user, **details)
        start_as_practitioner(Actor(membership.practice, membership.user, now), membership=membership)
    if user is None:
        login(request, membership.user, backend=BACKEND)
    request.session[SESSION_KEY] = str(membership.practice_id)
    messages.success(request, f"Welcome to {membership.practice.name}.")
    return redirect("today")
