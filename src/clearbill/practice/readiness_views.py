"""Workspace Settings > Business > Readiness."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from clearbill.people.access import PracticeRequest, door
from clearbill.practice import readiness_queries


@door()
def readiness(request: PracticeRequest) -> HttpResponse:
    chosen = request.GET.get("practitioner", "")
    found = readiness_queries.readiness(request.practice, practitioner_id=chosen)
    return render(request, "practice/business/readiness.html", {"found": found, "chosen": chosen})
