"""Put the practice in which a person works on the request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clearbill.people.models import Membership, User
from clearbill.web.errors import wrong_method
from clearbill.web.sign_in.form_owner import SESSION_KEY


class PracticeMiddleware:
    """Set `request.practice` and `request.membership`: that of this session, else the last one, else the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = self._membership(request, request.user) if isinstance(request.user, User) else None
        request.membership = membership  # type: ignore[attr-defined]
        request.practice = membership.practice if membership else None  # type: ignore[attr-defined]
        return self.get_response(request)

    def _membership(self, request: HttpRequest, user: User) -> Membership | None:
        mine = list(
            Membership.objects.filter(user=user, is_active=True)
            .select_related("practice", "user")
            .order_by("practice__name")
        )
        request.memberships = mine  # type: ignore[attr-defined]
        for chosen in (request.session.get(SESSION_KEY), str(user.last_practice_id)):
            if found := next((one for one in mine if str(one.practice_id) == chosen), None):
                return found
        return mine[0] if mine else None


class NoStoreMiddleware:
    """Pages hold health data: no browser or proxy keeps a copy. A form's step opened as a page says what it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            response.content = wrong_method(request).content
        response.headers.setdefault("Cache-Control", "no-store")
        return response
