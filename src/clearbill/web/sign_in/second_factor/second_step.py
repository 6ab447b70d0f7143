"""Signing in: who has a second factor is asked for it after the password; a passkey signs in alone."""

from __future__ import annotations

from typing import Any

from allauth.account.models import Login
from allauth.account.utils import perform_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.internal.flows.trust import trust_browser
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth, flows
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from clearbill.people import services, sessions
from clearbill.people.models import User
from clearbill.web.sign_in import form_recovery, limits
from clearbill.web.sign_in.form_recovery import local_page
from clearbill.web.sign_in.forms import NO_PRACTICE, may_sign_in
from clearbill.web.sign_in.second_factor.forms import SecondStepForm
from clearbill.web.sign_in.sessions import locked_row

_TYPED = "typed"


def begin(request: HttpRequest, user: User, *, to: str) -> HttpResponse:
    """Go on after the right password: to the second step where there is one, else signed in, to the page `to`.

    What was typed before the sign-in waits, encrypted as the browser sent it, until the second step is done.
    """
    request.session[_TYPED] = request.POST.get(form_recovery.FIELD, "")
    return _arrived(request, perform_login(request, user, redirect_url=to))


def _arrived(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Write the sign-in into the trail once it is complete, and give back what was typed before it."""
    if not isinstance(request.user, User):
        return response
    if row := locked_row(request):
        sessions.unlock(row, now=timezone.now())
    services.audit_sign_in(by=request.user, now=timezone.now(), action="signed in")
    answer = form_recovery.resubmit_page(request, request.session.pop(_TYPED, "")) or response
    limits.remember_own_browser(request, answer, email=request.user.email)
    return answer


class SecondStep(AuthenticateView):
    """The second step: a code of the app or a recovery code, or a passkey."""

    template_name = "sign_in/second_factor/second_step.html"
    form_class = SecondStepForm

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.stage.login.user
        response = _arrived(self.request, super().form_valid(form))
        if self.request.POST.get("remember"):
            trust_browser(self.request, user, response)
        return response


second_step = SecondStep.as_view()


@require_safe
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask for a passkey of nobody in particular."""
    return JsonResponse(auth.begin_authentication(user=None))


def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: the device has asked for a finger, a face or its PIN."""
    form = LoginWebAuthnForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        if form.errors:
            messages.error(request, "This passkey is not known here. Sign in with your password.")
        return redirect("sign-in")
    authenticator = form.cleaned_data["credential"]
    to = local_page(request)
    if not may_sign_in(authenticator.user, to=to):
        messages.error(request, NO_PRACTICE)
        return redirect("sign-in")
    request.session[_TYPED] = request.POST.get(form_recovery.FIELD, "")
    login = Login(user=authenticator.user, redirect_url=to)
    return _arrived(request, flows.perform_passwordless_login(request, authenticator, login))
