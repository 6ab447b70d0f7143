"""The audit trail: read only."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clearbill.exports.lists import LISTS
from clearbill.people.audit import clinical_entries, labels, queries
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, member_required, permissions


@require_safe
@member_required(Permission.SEE_AUDIT)
def trail(request: PracticeRequest) -> HttpResponseBase:
    person, kind = request.GET.get("person", ""), request.GET.get("kind", "")
    if wants_file(request):
        found = queries.entries(request.practice, person=person, kind=kind)
        told = clinical_entries.readable_all(found.iterator(chunk_size=1000), permissions(request))
        return list_file(request, "audit-trail", LISTS["audit"].table_of(told))
    page, lines = queries.trail(
        request.practice, may=permissions(request), person=person, kind=kind, page=request.GET.get("page")
    )
    context = {
        "page": page,
        "lines": lines,
        "people": queries.people(request.practice),
        "kinds": sorted(((one, labels.kind_of(one)) for one in labels.KINDS), key=lambda one: one[1]),
        "person": person,
        "kind": kind,
    }
    return render(request, "workspace/audit_trail.html", context)
