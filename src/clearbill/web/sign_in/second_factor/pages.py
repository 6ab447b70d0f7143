"""The pages on which a person adds and removes their own second factor."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clearbill.people.permissions import Permission
from clearbill.people.sign_in import second_factor
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.web.sign_in.confirmation import confirmed
from clearbill.web.sign_in.second_factor.forms import AppForm, PasskeyForm


@require_safe
@member_required(Permission.SEE, of_person=True)
def overview(request: PracticeRequest) -> HttpResponse:
    """What the person has, and what they can add."""
    rows = Authenticator.objects.filter(user=request.user).order_by("created_at")
    codes = next((one for one in rows if one.type == second_factor.CODES), None)
    context = {
        "app": next((one for one in rows if one.type == second_factor.APP), None),
        "passkeys": [one for one in rows if one.type == second_factor.PASSKEY],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
    }
    return render(request, "sign_in/second_factor/overview.html", context)


class AddApp(ActivateTOTPView):
    """Set up an authenticator app: show its key, take its first code."""

    template_name = "sign_in/second_factor/add_app.html"
    form_class = AppForm

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            second_factor.was_added(self.request.user, kind=second_factor.APP, now=timezone.now())
        messages.success(self.request, "The authenticator app is set up. You are asked for its code when you sign in.")
        return response


class RemoveApp(DeactivateTOTPView):
    """Ask once more, then remove the authenticator app."""

    template_name = "sign_in/second_factor/remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            second_factor.was_removed(self.request.user, kind=second_factor.APP, now=timezone.now())
        messages.success(self.request, "The authenticator app is removed.")
        return response


class AddPasskey(AddWebAuthnView):
    """Let the browser make a passkey, one that signs in alone where the device can."""

    template_name = "sign_in/second_factor/add_passkey.html"
    form_class = PasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), **kwargs}
        context.setdefault("form", self.get_form())
        chosen = context["js_data"]["creation_options"]["publicKey"].setdefault("authenticatorSelection", {})
        chosen["residentKey"] = "preferred"
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            second_factor.was_added(self.request.user, kind=second_factor.PASSKEY, now=timezone.now())
        messages.success(self.request, f"The passkey “{form.cleaned_data['name']}” is added.")
        return response


class RemovePasskey(RemoveWebAuthnView):
    """Ask once more, then remove the passkey."""

    template_name = "sign_in/second_factor/remove.html"

    def get_success_url(self) -> str:
        return reverse("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            second_factor.was_removed(self.request.user, kind=second_factor.PASSKEY, now=timezone.now())
        messages.success(self.request, "The passkey is removed.")
        return response


class NewCodes(GenerateRecoveryCodesView):
    """Make new recovery codes; those of before are good no longer."""

    template_name = "sign_in/second_factor/new_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            second_factor.codes_were_made(self.request.user, now=timezone.now())
        return response


class Codes(ViewRecoveryCodesView):
    """The recovery codes: shown once, to be printed or kept as a file."""

    template_name = "sign_in/second_factor/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        text = "Clearbill recovery codes. Each is good once.\n\n" + "\n".join(context["unused_codes"]) + "\n"
        return {**context, "as_file": f"data:text/plain;charset=utf-8,{quote(text)}"}


def _own(view: Any) -> Any:
    """Let members in, for what is theirs in every practice, and ask for the password anew."""
    return member_required(Permission.SEE, keeps_typed=False, of_person=True)(confirmed(view))


add_app = _own(AddApp.as_view())

remove_app = _own(RemoveApp.as_view())

add_passkey = _own(AddPasskey.as_view())

remove_passkey = _own(RemovePasskey.as_view())

new_codes = _own(NewCodes.as_view())

codes = _own(Codes.as_view())
