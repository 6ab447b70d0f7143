"""Workspace Settings > Business > Insurers."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import insurers
from clearbill.people.access import May, PracticeRequest, door
from clearbill.practice import insurers_queries, insurers_services
from clearbill.practice.insurers_forms import InsurerForm, setting_values


@door()
def insurer_list(request: PracticeRequest) -> HttpResponse:
    own = insurers_queries.settings_of(request.practice)
    rows = [
        {
            "insurer": known,
            "setting": own.get(known.slug),
            "is_billed": insurers_queries.is_billed(known, own.get(known.slug)),
        }
        for known in insurers.all_insurers()
    ]
    return render(request, "practice/business/insurers.html", {"rows": rows})


@door(to_change=May.CHANGE_SETTINGS)
def insurer(request: PracticeRequest, slug: str) -> HttpResponse:
    known = insurers.by_slug(slug)
    if known is None:
        raise Http404
    setting = insurers_queries.settings_of(request.practice).get(slug)
    form = InsurerForm(request.POST if request.method == "POST" else None, initial=setting_values(known, setting))
    if request.method == "POST" and form.is_valid():
        insurers_services.save(
            practice=request.practice, by=request.user, now=timezone.now(), insurer=known, details=form.cleaned_data
        )
        messages.success(request, f"What you know of {known.name} is saved.")
        return redirect("insurers")
    context = {"insurer": known, "facts": insurers_queries.facts(known), "form": form}
    return render(request, "practice/business/insurer.html", context)
