"""Today, the search, the front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone

from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, member_required, permissions
from clearbill.web.today import queries
from clearbill.web.today.search import find


def front(request: HttpRequest) -> HttpResponse:
    """Lead to Today, or to the sign-in."""
    return redirect("today" if request.user.is_authenticated else "sign-in")


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead to the icon, whose name changes with what it shows: the answer is for today only."""
    return redirect(static("clearbill/icon.svg"))


@member_required(Permission.SEE)
def today(request: PracticeRequest) -> HttpResponse:
    return render(
        request, "today/today.html", queries.today(request.practice, now=timezone.now(), may=permissions(request))
    )


@member_required(Permission.SEE)
def search(request: PracticeRequest) -> HttpResponse:
    """Look for clients, invoices and claims. By POST: a name or membership number never stands in an address."""
    text = " ".join(request.POST.get("q", "").replace("\x00", "").split())[:80]
    return render(
        request, "today/search.html", {"text": text, **find(request.practice, text, may=permissions(request))}
    )
