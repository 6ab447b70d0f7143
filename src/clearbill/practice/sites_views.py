"""Workspace Settings > Business > Payees and sites: the places where clients are treated."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.people.access import May, PracticeRequest, door, find
from clearbill.practice import sites_services
from clearbill.practice.models import Site
from clearbill.practice.sites_forms import SiteForm, site_values


@door(May.CHANGE_SETTINGS)
def new_site(request: PracticeRequest) -> HttpResponse:
    return _edit(request, None)


@door(May.CHANGE_SETTINGS)
def edit_site(request: PracticeRequest, site_id: UUID) -> HttpResponse:
    return _edit(request, find(Site.objects.all(), request.practice, site_id))


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
        saved = sites_services.save_site(
            practice=request.practice, by=request.user, now=timezone.now(), site=site, details=form.cleaned_data
        )
        messages.success(request, f"{saved} is saved.")
        return redirect("payees")
    return render(request, "practice/business/site.html", {"form": form, "site": site})
