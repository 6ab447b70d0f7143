"""Team > Sign-in: what the practice demands of the sign-ins of its people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from clearbill.forms.settings import FormRow, SettingsForm, names_in
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.web.sign_in.confirmation import confirmed_to_change
from clearbill.workspace import settings

_LAYOUT = (FormRow("second_factor_for"), FormRow("idle_minutes"))


class SecurityForm(SettingsForm):
    """Of whom a second factor is demanded, and when a session is locked."""

    layout = _LAYOUT

    class Meta(SettingsForm.Meta):
        model = Practice
        fields = names_in(_LAYOUT)
        help_texts = {
            "second_factor_for": "An authenticator app or a passkey besides the password. Whoever has none yet is told "
            "so, and has a week to set it up.",
            "idle_minutes": "1 to 120. What was typed is kept, and the password opens it again. After 12 hours "
            "everybody signs in anew.",
        }


@member_required(Permission.SEE, to_change=Permission.CHANGE_SETTINGS)
@confirmed_to_change
@serialized
def security(request: PracticeRequest) -> HttpResponse:
    request.practice.refresh_from_db()
    edit = ConcurrentEdit(request, [request.practice], SecurityForm(instance=request.practice))
    form = SecurityForm(edit.data, instance=request.practice)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        settings.save_sign_in_rules(actor_of(request), details=form.cleaned_data)
        messages.success(request, "The rules of the sign-in are saved.")
        return redirect("security")
    return render(request, "workspace/team/security.html", {"form": form, "edit": edit})
