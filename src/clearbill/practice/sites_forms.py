"""What is typed about a site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.inputs import NumberTextField, PostcodeField, TextField
from clearbill.practice.models import Site


class SiteForm(forms.Form):
    """A place of treatment; `names_taken` are those of the practice's other sites."""

    name = TextField(label="Name", max_length=120, error_messages={"required": "Give the site a name."})
    site_number = NumberTextField(label="Site number", max_length=32, required=False)
    address_1 = TextField(label="Address line 1", max_length=50, required=False)
    address_2 = TextField(label="Address line 2", max_length=50, required=False)
    address_3 = TextField(label="Address line 3", max_length=50, required=False)
    address_4 = TextField(label="Address line 4", max_length=50, required=False)
    postcode = PostcodeField(label="Postcode", max_length=10, required=False)

    def __init__(self, *args: Any, names_taken: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names_taken = {name.casefold() for name in names_taken}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() in self._names_taken:
            raise ValidationError("Another site has this name. Give each its own.")
        return name


def site_values(site: Site) -> dict[str, Any]:
    """Return a site as a form's first values."""
    return {name: getattr(site, name) for name in SiteForm.base_fields}
