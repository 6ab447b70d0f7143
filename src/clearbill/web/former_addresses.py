"""Addresses of earlier versions, which lead to where the same is found now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import CSV
from clearbill.web.sign_in.access import PracticeRequest, member_required


def former_address(page: str) -> Callable[..., HttpResponseBase]:
    """Return the view of an address at which a list was handed out as CSV before its page did: it leads there.

    Who may have the list is asked where it leads to.
    """

    @member_required(Permission.SEE)
    def lead_on(request: PracticeRequest, **kwargs: str) -> HttpResponseBase:
        asked = request.GET.copy()
        asked["file"] = CSV
        return HttpResponseRedirect(f"{reverse(page, kwargs=kwargs)}?{asked.urlencode()}", preserve_request=True)

    return lead_on
