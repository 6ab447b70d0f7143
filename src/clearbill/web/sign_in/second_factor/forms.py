"""Forms of the second factor, in our words. A code counts once."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clearbill.forms.fields import CodeField, TextField
from clearbill.people import sign_in_limits
from clearbill.people.models import FailedAttempt
from clearbill.people.sign_in_limits import TooMany
from clearbill.web.sign_in import limits

_LAST_CODES = "last_codes"

_CODES_REMEMBERED = 5
"""More than are good at one time: one before, one now, one after."""


def _code(label: str, **attributes: str) -> CodeField:
    shown = {"autocomplete": "one-time-code", "autofocus": True, **attributes}
    return CodeField(
        label=label, max_length=20, widget=forms.TextInput(attrs=shown), error_messages={"required": "Enter the code."}
    )


class SecondStepForm(AuthenticateForm):
    """The code of the second step of the sign-in."""

    code = _code("Code")
    remember = forms.BooleanField(label="Remember this device for 30 days", required=False)

    def clean_code(self) -> str:
        attempt = limits.attempt_of(context.request, kind=FailedAttempt.SECOND_FACTOR, email=self.user.email)
        try:
            row = sign_in_limits.begin(attempt, now=timezone.now())
        except TooMany as too_many:
            raise limits.refusal(too_many) from None
        try:
            code = self._right_code()
        except ValidationError:
            sign_in_limits.failed(row)
            raise
        sign_in_limits.succeeded(row)
        return code

    def _right_code(self) -> str:
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not _is_first_use(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AppForm(ActivateTOTPForm):
    """The first code of an authenticator app, which shows that it was set up well."""

    code = _code("Code from the app", inputmode="numeric")


class PasskeyForm(AddWebAuthnForm):
    """What a new passkey is called, and what the browser made of it."""

    name = TextField(label="Name", max_length=60, required=False)


def _is_first_use(app: Authenticator, code: str) -> bool:
    """Return whether this code of the app was not used before, and remember it. Also where two come at once."""
    used = hashlib.sha256(code.encode()).hexdigest()
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=app.pk)
        last: list[Any] = row.data.get(_LAST_CODES, [])
        if used in last:
            return False
        row.data[_LAST_CODES] = [used, *last][:_CODES_REMEMBERED]
        row.save(update_fields=["data"])
    return True
