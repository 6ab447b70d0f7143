"""Integrations > Healthcode: connect, what is connected, test again, replace keys, disconnect."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clearbill.claims import readiness
from clearbill.claims.queue.connection_status import sending_pause
from clearbill.clearinghouse.port import ConnectionTest
from clearbill.forms.fields import AccountNameField, CodeField, SecretField
from clearbill.people.encryption import DecryptionFailed, decrypt
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.web.sign_in.confirmation import confirmed
from clearbill.workspace import connection
from clearbill.workspace import connection as workspace_connection
from clearbill.workspace import connection as workspace_connection_queries
from clearbill.workspace.connection import Credentials
from clearbill.workspace.models import HealthcodeConnection

_NOT_WORDS = {"autocomplete": "off", "spellcheck": "false"}


def _secret(label: str) -> SecretField:
    """A field for a secret. What was typed is shown again only in the answer to the same form, never from storage."""
    widget = forms.PasswordInput(render_value=True, attrs=_NOT_WORDS)
    return SecretField(label=label, strip=True, required=False, widget=widget)


class ConnectForm(forms.Form):
    """Healthcode's credentials. With a connection stored, an API Key left empty means the stored one."""

    site_id = CodeField(label="Site ID", widget=forms.TextInput(attrs=_NOT_WORDS))
    user_id = AccountNameField(label="User ID", max_length=60, widget=forms.TextInput(attrs=_NOT_WORDS))
    api_key = _secret("API Key")
    api_key_id = AccountNameField(
        label="API Key Id",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs=_NOT_WORDS),
    )
    rest_api_key = _secret("API Key (REST)")
    belong_together = {"Credentials": "site_id user_id api_key_id"}

    def __init__(self, data: Any = None, *, stored: HealthcodeConnection | None) -> None:
        fields = ("site_id", "user_id", "api_key_id")
        initial = {field: getattr(stored, field) for field in fields} if stored else {}
        super().__init__(data, initial=initial)
        self._stored = stored
        self.advice = ""
        # Its label says whether it is compulsory; an empty one is filled from the store in clean.
        self.fields["api_key"].required = stored is None
        self.fields["api_key"].error_messages["required"] = "Enter the API Key."

    def clean_site_id(self) -> str:
        site_id = str(self.cleaned_data["site_id"])
        if len(site_id) != 7:
            raise ValidationError(f"A Site ID has 7 characters, such as HC01234. This one has {len(site_id)}.")
        if not re.fullmatch(r"HC[0-9A-Z]{5}", site_id, re.ASCII):
            self.advice = "Site IDs usually start with HC. Check that this is the Site ID and not another number."
        return site_id

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field in ("api_key", "rest_api_key"):
            if not cleaned.get(field) and field not in self.errors and self._stays(field, cleaned):
                cleaned[field] = self._from_store(field)
        key_id, key = cleaned.get("api_key_id"), cleaned.get("rest_api_key")
        if key_id and not key and "rest_api_key" not in self.errors:
            self.add_error("rest_api_key", "Enter the API Key that belongs to the API Key Id, or leave both empty.")
        if key and not key_id and "api_key_id" not in self.errors:
            self.add_error("api_key_id", "Enter the API Key Id that belongs to the API Key, or leave both empty.")
        return cleaned

    def credentials(self) -> Credentials:
        """Return what was typed, once it is valid."""
        return Credentials(**self.cleaned_data)

    def _stays(self, field: str, cleaned: dict[str, Any]) -> bool:
        """Return whether an empty field means the stored secret: not when the id it belongs to was changed."""
        if self._stored is None:
            return False
        if field == "rest_api_key":
            return bool(cleaned.get("api_key_id")) and cleaned["api_key_id"] == self._stored.api_key_id
        return (cleaned.get("site_id"), cleaned.get("user_id")) == (self._stored.site_id, self._stored.user_id)

    def _from_store(self, field: str) -> str:
        try:
            return decrypt(getattr(self._stored, f"{field}_encrypted"))
        except DecryptionFailed as exc:
            self.add_error(field, str(exc))
            return ""


_WHERE_TO_LOOK = {
    "site_id": "Compare it with the letter or e-mail from Healthcode.",
    "user_id": "It is the user for web services, not the one you sign in to Healthcode’s site with.",
    "api_key": "Keys are given out per software system: one made for another system does not work here.",
    "api_key_id": "Compare both in your Healthcode account under API Keys; a deleted key cannot be used again.",
}


@require_safe
@member_required(Permission.SEE)
def integrations(request: PracticeRequest) -> HttpResponse:
    context = _state(request)
    return render(request, "workspace/integrations.html", {**context, "steps": _steps_before(request, context)})


@require_safe
@member_required(Permission.SEE)
def healthcode(request: PracticeRequest) -> HttpResponse:
    """Show the connection and the further steps; without one, lead to the tiles."""
    context = _state(request)
    if context["connection"] is None:
        return redirect("integrations")
    context["steps"] = readiness.setup_steps(request.practice)
    return render(request, "workspace/healthcode.html", context)


@member_required(Permission.CHANGE_SETTINGS, keeps_typed=False)
@confirmed
def connect(request: PracticeRequest) -> HttpResponse:
    """Take the credentials and try them for real. What was typed stays where Healthcode refuses."""
    stored = workspace_connection.stored_connection(request.practice)
    secret = ("api_key", "rest_api_key")
    edit = ConcurrentEdit(
        request, [stored], ConnectForm(stored=stored), but=secret, name=f"connection:{request.practice.pk}"
    )
    form = ConnectForm(edit.data, stored=stored)
    unreachable = ""
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        try:
            connection.connect(actor_of(request), credentials=form.credentials())
        except connection.ConnectionRefused as failure:
            unreachable = _explain(form, failure.trial)
        else:
            messages.success(request, "Healthcode took every credential.")
            return redirect("healthcode")
    context = {**_state(request), "form": form, "edit": edit, "unreachable": unreachable}
    context["steps"] = _steps_before(request, context)
    return render(request, "workspace/healthcode_connect.html", context)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def try_again(request: PracticeRequest) -> HttpResponse:
    try:
        trial = connection.retest(actor_of(request))
    except HealthcodeConnection.DoesNotExist:
        return redirect("integrations")
    except DecryptionFailed as unreadable:
        messages.error(request, str(unreadable))
        return redirect("healthcode")
    for step in trial.steps:
        (messages.success if step.ok else messages.error)(request, step.sentence)
    return redirect("healthcode")


@member_required(Permission.CHANGE_SETTINGS)
def disconnect(request: PracticeRequest) -> HttpResponse:
    """Ask first: the keys are deleted and have to be entered again."""
    if workspace_connection.stored_connection(request.practice) is None:
        return redirect("integrations")
    if request.method == "POST":
        connection.disconnect(actor_of(request))
        messages.success(request, "Healthcode is disconnected. Claims not yet sent wait until you connect again.")
        return redirect("integrations")
    return render(request, "workspace/healthcode_disconnect.html", _state(request))


def _state(request: PracticeRequest) -> dict[str, object]:
    connection = workspace_connection.stored_connection(request.practice)
    return {
        "connection": connection,
        "state": workspace_connection_queries.status_word(connection),
        "pause": sending_pause(connection, now=timezone.now()),
        "contract_version": settings.HEALTHCODE_CONTRACT,
    }


def _steps_before(request: PracticeRequest, context: dict[str, Any]) -> list[readiness.SetupStep]:
    """Return what can be entered while Healthcode's credentials are waited for; nothing once it is connected."""
    return [] if context["connection"] else readiness.setup_steps(request.practice)


def _explain(form: ConnectForm, trial: ConnectionTest) -> str:
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
