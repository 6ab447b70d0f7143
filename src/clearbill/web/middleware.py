"""Around every page: no copies of it are kept, and none is ever empty."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clearbill.web.views import wrong_method


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
