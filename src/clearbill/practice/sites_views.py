"""Workspace Settings > Business > Payees and sites: the places where clients are treated."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.people.access import May, PracticeRequest, door, find
from clearbill.practice import payees_services
from clearbill.practice.models import Site
from clearbill.practice.payees_forms import SiteForm, site_values


@door(May.CHANGE_SETTINGS)
def new_site(request: PracticeRequest) -> HttpResponse:
    return _edit(request, None)


@door(May.CHANGE_SETTINGS)
def edit_site(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    return _edit(request, find(Site.objects.all(), request.practice, site_id))


@require_POST
@door(May.CHANGE_SETTINGS)
def make_default(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    site = find(Site.objects.all(), request.practice, site_id)
    try:
        payees_services.make_default(practice=request.practice, by=request.user, now=timezone.now(), row=site)
    except payees_services.CannotBeDefault as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, f"{site} is the default site.")
    return redirect("payees")


@require_POST
@door(May.CHANGE_SETTINGS)
def activate(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    return _put_active(request, site_id, is_active=True)


@require_POST
@door(May.CHANGE_SETTINGS)
def deactivate(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    return _put_active(request, site_id, is_active=False)


def _edit(request: PracticeRequest, site: Site | None) -> HttpResponse:
    others = Site.objects.filter(practice=request.practice)
    if site:
        others = others.exclude(pk=site.pk)
    form = SiteForm(
        request.POST or None,
        initial=site_values(site) if site else {},
        names_taken=others.values_list("name", flat=True),
    )
    if request.method == "POST" and form.is_valid():
        saved = payees_services.save_site(
            practice=request.practice, by=request.user, now=timezone.now(), site=site, details=form.cleaned_data
        )
        messages.success(request, f"{saved} is saved.")
        return redirect("payees")
    return render(request, "practice/business/site.html", {"form": form, "site": site})


def _put_active(request: PracticeRequest, site_id: UUID, *, is_active: bool) -> HttpResponse:
    site = find(Site.objects.all(), request.practice, site_id)
    payees_services.put_active(
        practice=request.practice, by=request.user, now=timezone.now(), row=site, is_active=is_active
    )
    messages.success(request, f"{site} is {'active again' if is_active else 'no longer active'}.")
    return redirect("payees")
