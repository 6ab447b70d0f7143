"""Signing in and out, passwords, and changing to another practice."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.views import (
    INTERNAL_RESET_SESSION_TOKEN,
    LoginView,
    PasswordResetConfirmView,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clearbill.db.ids import parse_id
from clearbill.people import account_mail, services, sign_in_limits
from clearbill.people.models import User
from clearbill.people.permissions import Permission
from clearbill.web.sign_in import confirmation, form_owner, form_recovery, sessions
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.web.sign_in.forms import PASSWORD_HINT, ForgottenForm, NewPasswordForm, PasswordForm, SignInForm
from clearbill.web.sign_in.second_factor import second_step


class SignIn(LoginView):
    """Sign in and go back to where the person was; only to addresses of this installation."""

    template_name = "sign_in/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not services.is_set_up():
            return redirect("set-up")
        return super().get(request, *args, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and (again := self._send_again()):
            return again
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if sessions.unlock(self.request, form):
            confirmation.remember(self.request, now=timezone.now())
            return self._send_again() or redirect(self.get_success_url())
        return second_step.begin(self.request, form.get_user(), to=self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 429 if form.too_many else response.status_code
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), "typed": self.request.POST.get(form_recovery.FIELD, "")}
        return {**context, "locked": sessions.locked_row(self.request)}

    def get_initial(self) -> dict[str, Any]:
        row = sessions.locked_row(self.request)
        return {**super().get_initial(), **({"username": row.user.email} if row else {})}

    def _send_again(self) -> HttpResponse | None:
        return form_recovery.resubmit_page(self.request, self.request.POST.get(form_recovery.FIELD, ""))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. Where a local `next` is given (an invitation for somebody else), go there."""
    if isinstance(request.user, User):
        services.audit_sign_in(by=request.user, now=timezone.now(), action="signed out")
    logout(request)
    to = request.POST.get("next", "")
    return redirect(to if to.startswith("/invitations/") else "sign-in")


@member_required(Permission.SEE, keeps_typed=False, of_person=True)
def password(request: PracticeRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        services.change_password(by=request.user, now=timezone.now(), password=form.cleaned_data["password"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed. Other browsers are signed out.")
        return redirect("today")
    return render(request, "sign_in/password.html", {"form": form, "password_hint": PASSWORD_HINT})


def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for an e-mail with a link. Neither the answer nor its time tells whether somebody has the address."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked_from = request.META.get("REMOTE_ADDR") or None
        account_mail.ask_for_link(email=form.cleaned_data["email"], asked_from=asked_from, now=timezone.now())
        return redirect("password-forgotten-sent")
    return render(request, "sign_in/forgotten.html", {"form": form})


def forgotten_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "sign_in/forgotten_sent.html", {"goes_out": settings.EMAIL_GOES_OUT})


class NewPassword(PasswordResetConfirmView):
    """The page behind the e-mailed link: set a new password, once."""

    template_name = "sign_in/new_password.html"
    form_class = NewPasswordForm  # type: ignore[assignment]
    reset_url_token = "new"
    extra_context = {"password_hint": PASSWORD_HINT}

    def form_valid(self, form: Any) -> HttpResponse:
        services.change_password(
            by=form.user,
            now=timezone.now(),
            password=form.cleaned_data["password"],
            action="set a new password by e-mail",
        )
        sign_in_limits.forget(form.user.email)
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, "Your new password is set. Sign in with it.")
        return redirect("sign-in")


@require_POST
@member_required(Permission.SEE, of_person=True)
def switch_practice(request: PracticeRequest) -> HttpResponse:
    """Work in another of one's practices from here on."""
    if not form_owner.change_practice(request, parse_id(request.POST.get("practice", ""))):
        raise Http404
    return redirect("today")
