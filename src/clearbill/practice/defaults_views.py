"""Workspace Settings > Business > Payees and sites: the default, and what is offered, for payees and sites alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.people.access import May, PracticeRequest, door, find
from clearbill.practice import defaults_services
from clearbill.practice.models import Payee, Site


@require_POST
@door(May.CHANGE_SETTINGS)
def make_default(request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site]) -> HttpResponse:
    row = _found(request, row_id, model)
    try:
        defaults_services.make_default(practice=request.practice, by=request.user, now=timezone.now(), row=row)
    except defaults_services.CannotBeDefault as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, f"{row} is the default {row._meta.verbose_name}.")
    return redirect("payees")


@require_POST
@door(May.CHANGE_SETTINGS)
def put_active(
    request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site], is_active: bool
) -> HttpResponse:
    row = _found(request, row_id, model)
    defaults_services.put_active(
        practice=request.practice, by=request.user, now=timezone.now(), row=row, is_active=is_active
    )
    messages.success(request, f"{row} is {'active again' if is_active else 'no longer active'}.")
    return redirect("payees")


def _found(request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site]) -> Payee | Site:
    rows: QuerySet[Any] = model._default_manager.all()
    row: Payee | Site = find(rows, request.practice, row_id)
    return row
