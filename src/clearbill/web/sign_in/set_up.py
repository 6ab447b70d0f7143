"""The first run: the first practice and its owner."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.people import services
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.forms import PASSWORD_HINT, SetUpForm

# There are two (one counts wrong passwords); a person whose password was not asked for is signed in by this one.
BACKEND = "django.contrib.auth.backends.ModelBackend"


def set_up(request: HttpRequest) -> HttpResponse:
    """Make the first practice. Once somebody can sign in, this page only leads to the sign-in."""
    if services.is_set_up():
        return redirect("sign-in")
    services.set_up_code()
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown(request, form):
            membership = services.set_up(**form.cleaned_data, now=timezone.now())
            login(request, membership.user, backend=BACKEND)
            messages.success(
                request, f"{membership.practice.name} is set up. The next step is to connect to Healthcode."
            )
            return redirect("settings")
    return render(request, "sign_in/set_up.html", {"form": form, "password_hint": PASSWORD_HINT})
