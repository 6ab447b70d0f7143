"""Who may open a page: `member_required` and the lookups that answer 404 to strangers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from clearbill.db.ids import parse_id
from clearbill.people.actor import Actor
from clearbill.people.models import Membership, Practice, User
from clearbill.people.permissions import Permission, Permissions, permissions_of
from clearbill.web.sign_in import form_owner, form_recovery, form_refusal


class PracticeRequest(HttpRequest):
    """A request of a member: `practice`, `membership` and `user` are always there. For type checking only."""

    practice: Practice
    membership: Membership
    user: User
    htmx: Any


Door = Callable[..., HttpResponseBase]

M = TypeVar("M", bound=Model)


def member_required(
    permission: Permission,
    *,
    to_change: Permission | None = None,
    keeps_typed: bool = True,
    of_person: bool = False,
) -> Callable[[Door], Door]:
    """Let members with `permission` in; others are asked to sign in, told what they may not do, or find nothing.

    `to_change` is needed on top for anything but reading (POST), so that one view can show and save. What was typed
    is kept through a sign-in unless `keeps_typed` is False, as for passwords and keys. A form that was shown to another
    person or in another practice is refused; `of_person` says that the practice does not matter, as for a password of
    one's own, and that the page stays open without a second factor that the practice demands. The view that comes out
    carries `keeps_typed`, `permission` and `of_person`: a house rule asks every address for the permission.
    """

    def wrap(view: Door) -> Door:
        @wraps(view)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request, keeps_typed)
            if getattr(request, "practice", None) is None:
                return render(request, "sign_in/no_practice.html", status=403)
            if request.method == "POST" and (refusal := _not_theirs(request, keeps_typed, of_person)):
                return refusal
            needed = [permission] if request.method in {"GET", "HEAD"} or to_change is None else [permission, to_change]
            for need in needed:
                require_permission(request, need)
            return view(request, *args, **kwargs)

        inside.keeps_typed = keeps_typed  # type: ignore[attr-defined]
        inside.permission = permission  # type: ignore[attr-defined]
        inside.of_person = of_person  # type: ignore[attr-defined]
        return inside

    return wrap


def _not_theirs(request: HttpRequest, keeps_typed: bool, of_person: bool) -> HttpResponse | None:
    """Return the answer to a form of another person or practice; one that asks for its own practice is sent there."""
    if asked := parse_id(request.POST.get(form_owner.WORK_IN, "")):
        form_owner.change_practice(request, asked)
    return form_refusal.refusal(request, keeps_typed=keeps_typed, only_person=of_person)


def _sign_in_first(request: HttpRequest, keeps_typed: bool) -> HttpResponse:
    if request.method == "POST":
        return form_recovery.sign_in_first(request, keeps=keeps_typed)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": settings.LOGIN_URL})
    return redirect_to_login(request.get_full_path())


def permissions(request: HttpRequest) -> Permissions:
    """Return what the person of this request may see and do in the current practice."""
    membership = getattr(request, "membership", None)
    return permissions_of(membership) if membership else frozenset()


def has_permission(request: HttpRequest, permission: Permission) -> bool:
    """Return whether the person of this request has the permission in the current practice."""
    return permission in permissions(request)


def require_permission(request: HttpRequest, permission: Permission) -> None:
    """Raise PermissionDenied, with a sentence, where the person of this request lacks the permission."""
    if not has_permission(request, permission):
        membership = getattr(request, "membership", None)
        raise PermissionDenied(
            f"You may not {permission}. Your role here is {membership.get_role_display() if membership else 'none'}; "
            "ask an owner or administrator of the practice."
        )


def actor_of(request: PracticeRequest) -> Actor:
    """Return who acts here, at this moment: what services are told first."""
    return Actor(request.practice, request.user, timezone.now())


def get_own_or_404(rows: QuerySet[M], practice: Practice, object_id: UUID | int | None) -> M:
    """Return the practice's own row with this id. Raises Http404 for any other, as if it did not exist, or for None."""
    try:
        return rows.get(practice=practice, pk=object_id)
    except rows.model.DoesNotExist:  # type: ignore[attr-defined]
        raise Http404 from None
