"""The audit trail: read only."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clearbill.people import audit_queries, audit_words
from clearbill.people.access import May, PracticeRequest, door


@require_safe
@door(May.SEE_AUDIT)
def trail(request: PracticeRequest) -> HttpResponse:
    person, kind = request.GET.get("person", ""), request.GET.get("kind", "")
    page, lines = audit_queries.trail(request.practice, person=person, kind=kind, page=request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines,
        "people": audit_queries.people(request.practice),
        "kinds": sorted(audit_words.KINDS.items(), key=lambda one: one[1]),
        "person": person,
        "kind": kind,
    }
    return render(request, "people/audit.html", context)
