"""The form of the Healthcode connection."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.inputs import CodeField, NumberTextField
from clearbill.practice.connection_services import Credentials
from clearbill.practice.models import HealthcodeConnection
from clearbill.practice.secrets import SecretUnreadable, open_sealed

_NOT_WORDS = {"autocomplete": "off", "spellcheck": "false"}


def _secret(label: str) -> forms.CharField:
    """A field for a secret. What was typed is shown again only in the answer to the same form, never from storage."""
    widget = forms.PasswordInput(render_value=True, attrs=_NOT_WORDS)
    return forms.CharField(label=label, max_length=200, required=False, widget=widget)


class ConnectForm(forms.Form):
    """Healthcode's credentials. With a connection stored, an API Key left empty means the stored one."""

    site_id = CodeField(label="Site ID", widget=forms.TextInput(attrs=_NOT_WORDS))
    user_id = NumberTextField(label="User ID", max_length=60, widget=forms.TextInput(attrs=_NOT_WORDS))
    api_key = _secret("API Key")
    api_key_id = NumberTextField(
        label="API Key Id", max_length=80, required=False,
        widget=forms.TextInput(attrs=_NOT_WORDS),
    )  # fmt: skip
    rest_api_key = _secret("API Key (REST)")

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
        """Say whether an empty field means the stored secret: not when the id it belongs to was changed."""
        if self._stored is None:
            return False
        if field == "rest_api_key":
            return bool(cleaned.get("api_key_id")) and cleaned["api_key_id"] == self._stored.api_key_id
        return (cleaned.get("site_id"), cleaned.get("user_id")) == (self._stored.site_id, self._stored.user_id)

    def _from_store(self, field: str) -> str:
        try:
            return open_sealed(getattr(self._stored, f"{field}_encrypted"))
        except SecretUnreadable as exc:
            self.add_error(field, str(exc))
            return ""
