"""Forms of the signed-out pages, of the password, and of invitations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from clearbill.forms.fields import EmailField, SecretField, TextField
from clearbill.people import password_rules, services, sign_in_limits
from clearbill.people.models import FailedAttempt, Membership, User
from clearbill.people.sign_in_limits import TooMany
from clearbill.web.sign_in import limits

PASSWORD_HINT = "At least 12 characters. Three or four words that have nothing to do with each other are good."

NO_PRACTICE = "You no longer belong to a practice here. Ask the practice to invite you again."

_WRONG = "E-mail or password is wrong. Check both; capital letters matter in the password."


def may_sign_in(user: User, *, to: str) -> bool:
    """Return whether the person belongs to a practice, or is about to join one by the page `to`."""
    is_member = Membership.objects.filter(user=user, is_active=True).exists()
    return user.is_active and (is_member or to.startswith("/invitations/"))


def _password(label: str, autocomplete: str) -> SecretField:
    words = {"required": f"Enter the {label.lower()}."}
    return SecretField(
        error_messages=words,
        label=label,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(AuthenticationForm):
    """E-mail and password. One sentence for every way they can be wrong."""

    username = EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = _password("Password", "current-password")
    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}
    too_many: TooMany | None = None

    def clean(self) -> dict[str, Any]:
        """Look at the password, where there were not too many wrong ones already."""
        email = self.cleaned_data.get("username")
        if self.request is None or not email or not self.cleaned_data.get("password"):
            return self.cleaned_data
        attempt = limits.attempt_of(self.request, kind=FailedAttempt.PASSWORD, email=email)
        try:
            row = sign_in_limits.begin(attempt, now=timezone.now())
        except TooMany as too_many:
            self.too_many = too_many
            raise limits.refusal(too_many) from None
        try:
            cleaned = super().clean()
        except ValidationError:
            sign_in_limits.failed(row)
            raise
        sign_in_limits.succeeded(row)
        return cleaned

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        to = (self.request.POST.get("next") or self.request.GET.get("next") or "") if self.request else ""
        if not may_sign_in(user, to=to):
            raise ValidationError(NO_PRACTICE)


class _NewPassword(forms.Form):
    """A new password, checked against what is known of the person."""

    def person(self) -> User:
        """Return whose password it will be, as far as the form knows."""
        return User(email=self.cleaned_data.get("email", ""), full_name=self.cleaned_data.get("full_name", ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password:
            try:
                password_rules.check(password, person=self.person(), practice_name=cleaned.get("practice_name") or "")
            except ValidationError as exc:
                self.add_error("password", exc)
        return cleaned


class SetUpForm(_NewPassword):
    """The first practice and its owner."""

    code = TextField(label="Set-up code", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    practice_name = TextField(
        label="Name of the practice", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    full_name = TextField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = _password("Password", "new-password")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not services.is_set_up_code(code):
            raise ValidationError(services.WRONG_CODE)
        return code


class AcceptForm(_NewPassword):
    """What an invited person adds: their name and a password."""

    full_name = TextField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = _password("Password", "new-password")

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def person(self) -> User:
        return User(email=self._email, full_name=self.cleaned_data.get("full_name", ""))


class ConfirmForm(forms.Form):
    """The present password, where a person shows again who they are."""

    present = _password("Your password", "current-password")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self._user: User = request.user  # type: ignore[assignment]

    def clean_present(self) -> str:
        present: str = self.cleaned_data["present"]
        attempt = limits.attempt_of(self._request, kind=FailedAttempt.PRESENT_PASSWORD, email=self._user.email)
        try:
            row = sign_in_limits.begin(attempt, now=timezone.now())
        except TooMany as too_many:
            raise limits.refusal(too_many) from None
        if not self._user.check_password(present):
            sign_in_limits.failed(row)
            raise ValidationError("This is not your present password.")
        sign_in_limits.succeeded(row)
        return present


class PasswordForm(ConfirmForm, _NewPassword):
    """The present password and a new one."""

    present = _password("Present password", "current-password")
    password = _password("New password", "new-password")

    def person(self) -> User:
        return self._user


class NewPasswordForm(_NewPassword):
    """A new password alone, for the page the e-mail leads to."""

    password = _password("New password", "new-password")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def person(self) -> User:
        return self.user


class ForgottenForm(forms.Form):
    """The address to which a link for a new password is sent."""

    email = EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
