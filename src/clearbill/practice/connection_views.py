"""Integrations > Healthcode: connect, what is connected, test again, replace keys, disconnect."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clearbill.clearing.port import Trial
from clearbill.people.access import May, PracticeRequest, door
from clearbill.practice import connection as practice_connection
from clearbill.practice import connection_queries, connection_services
from clearbill.practice.connection_forms import ConnectForm
from clearbill.practice.models import HealthcodeConnection
from clearbill.practice.pauses import pause_of
from clearbill.practice.secrets import SecretUnreadable

_WHERE_TO_LOOK = {
    "site_id": "Compare it with the letter or e-mail from Healthcode.",
    "user_id": "It is the user for web services, not the one you sign in to Healthcode’s site with.",
    "api_key": "Keys are given out per software system: one made for another system does not work here.",
    "api_key_id": "Compare both in your Healthcode account under API Keys; a deleted key cannot be used again.",
}


@require_safe
@door()
def integrations(request: PracticeRequest) -> HttpResponse:
    return render(request, "practice/integrations.html", _state(request))


@require_safe
@door()
def healthcode(request: PracticeRequest) -> HttpResponse:
    """Show the connection and the further steps; without one, lead to the tiles."""
    context = _state(request)
    if context["connection"] is None:
        return redirect("integrations")
    context["steps"] = connection_queries.further_steps(request.practice)
    return render(request, "practice/healthcode.html", context)


@door(May.CHANGE_SETTINGS, keeps_typed=False)
def connect(request: PracticeRequest) -> HttpResponse:
    """Take the credentials and try them for real. What was typed stays where Healthcode refuses."""
    stored = practice_connection.of(request.practice)
    form = ConnectForm(request.POST or None, stored=stored)
    unreachable = ""
    if request.method == "POST" and form.is_valid():
        try:
            connection_services.connect(
                practice=request.practice, by=request.user, now=timezone.now(), credentials=form.credentials()
            )
        except connection_services.NotConnected as failure:
            unreachable = _explain(form, failure.trial)
        else:
            messages.success(request, "Healthcode took every credential.")
            return redirect("healthcode")
    context = {**_state(request), "form": form, "unreachable": unreachable}
    return render(request, "practice/healthcode_connect.html", context)


@require_POST
@door(May.CHANGE_SETTINGS)
def try_again(request: PracticeRequest) -> HttpResponse:
    try:
        trial = connection_services.try_again(practice=request.practice, by=request.user, now=timezone.now())
    except HealthcodeConnection.DoesNotExist:
        return redirect("integrations")
    except SecretUnreadable as unreadable:
        messages.error(request, str(unreadable))
        return redirect("healthcode")
    for step in trial.steps:
        (messages.success if step.ok else messages.error)(request, step.sentence)
    return redirect("healthcode")


@door(May.CHANGE_SETTINGS)
def disconnect(request: PracticeRequest) -> HttpResponse:
    """Ask first: the keys are deleted and have to be entered again."""
    if practice_connection.of(request.practice) is None:
        return redirect("integrations")
    if request.method == "POST":
        connection_services.disconnect(practice=request.practice, by=request.user, now=timezone.now())
        messages.success(request, "Healthcode is disconnected. Claims not yet sent wait until you connect again.")
        return redirect("integrations")
    return render(request, "practice/healthcode_disconnect.html", _state(request))


def _state(request: PracticeRequest) -> dict[str, object]:
    connection = practice_connection.of(request.practice)
    return {
        "connection": connection,
        "state": connection_queries.state(connection),
        "pause": pause_of(connection, now=timezone.now()),
        "contract_version": settings.HEALTHCODE_CONTRACT,
    }


def _explain(form: ConnectForm, trial: Trial) -> str:
    """Put each refusal at its field; return a sentence where Healthcode did not answer at all, else ""."""
    unreachable = ""
    for step in trial.steps:
        if step.ok:
            continue
        if step.credential in _WHERE_TO_LOOK:
            form.add_error(step.credential, f"{step.sentence} {_WHERE_TO_LOOK[step.credential]}")
        else:
            unreachable = step.sentence
    return unreachable
