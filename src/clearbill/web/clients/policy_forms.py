"""Forms of a client's policies and of what insurers authorised under them."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from clearbill.bill import money
from clearbill.clients.models import Authorisation, Client, Policy
from clearbill.clients.policies import policies_of
from clearbill.forms.fields import CodeField, DayField, NumberTextField, PoundsField, TextField, insurer_choices

PRIMARY, OTHER = "primary", "other"

EXCESS = ("excess", "excess_left", "policy_year_from")

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./-]*", re.ASCII)

_RELATIONS = ["Child", "Spouse or partner", "Parent", "Other"]


class PolicyForm(forms.Form):
    """One policy. A new one beside others asks for its first day, and whether an earlier one ends before it."""

    insurer_slug = forms.ChoiceField(
        label="Insurance Provider", error_messages={"required": "Choose the insurance provider."}
    )
    membership_number = NumberTextField(
        label="Membership Number",
        max_length=50,
        help_text="Copy it from the insurance card.",
        error_messages={"required": "The Membership Number is compulsory. Copy it from the insurance card."},
    )
    valid_from = DayField(label="Cover valid from", required=False)
    valid_to = DayField(label="Cover valid to", required=False)
    follows = forms.ChoiceField(label="Follows the policy", required=False)
    is_primary = forms.TypedChoiceField(
        label="Primary policy",
        choices=[(PRIMARY, "Yes: it is billed first"), (OTHER, "No: billed only where no primary one is valid")],
        coerce=lambda value: value == PRIMARY,
        initial=PRIMARY,
    )
    holder_name = TextField(
        label="Policy holder", required=False, max_length=100, help_text="Where it is not the client."
    )
    holder_relation = forms.ChoiceField(
        label="The client is the holder’s",
        required=False,
        choices=[("", "The client is the holder"), *((one, one) for one in _RELATIONS)],
    )
    scheme = TextField(label="Scheme", required=False, max_length=200)
    group_number = TextField(label="Group number", required=False, max_length=50)
    excess = PoundsField(label="Excess per policy year (£)", required=False)
    excess_left = PoundsField(label="Excess still to pay (£)", required=False, help_text="It goes down as you take it.")
    policy_year_from = DayField(
        label="Policy year began on",
        required=False,
        help_text="Where it is given, the whole excess is to be paid again a year later.",
    )
    entered_in_error = forms.BooleanField(
        label="Entered by mistake", required=False, help_text="It is kept, and never billed."
    )
    anyway = forms.BooleanField(label="Save all the same", required=False)
    belong_together = {
        "Policy": "insurer_slug membership_number",
        "Cover": "valid_from valid_to",
        "Policy holder": "holder_name holder_relation",
        "Excess": "excess excess_left policy_year_from",
    }

    def __init__(self, *args: Any, client: Client, policy: Policy | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client, self.policy, self.asks_anyway = client, policy, False
        self._before = [one for one in policies_of(client) if policy is None or one.pk != policy.pk]
        fields: dict[str, Any] = self.fields
        fields["insurer_slug"].choices = insurer_choices("Choose one", kept=policy.insurer_slug if policy else "")
        if policy is None and self._before:
            told = [(str(one.pk), f"{one}: it ends the day before") for one in self._before]
            fields["follows"].choices = [("", "None: all stay valid as they are"), *told]
        else:
            del fields["follows"]
        if policy is None:
            del fields["entered_in_error"]
            lasting = [one for one in self._before if one.valid_to is None and one.is_primary]
            if len(lasting) == 1:
                self.initial.setdefault("follows", str(lasting[0].pk))
        for field in fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("excess", "excess_left"):
            if (given.get(name) or 0) > money.LARGEST_EXCESS:
                self.add_error(name, money.EXCESS_TOO_LARGE)
        if given.get("holder_name") and not given.get("holder_relation"):
            self.add_error("holder_relation", "Say how the client is related to the policy holder.")
        if given.get("holder_relation") and given.get("holder_name") == "":
            self.add_error("holder_name", "Enter the policy holder’s name.")
        return given

    def details(self) -> dict[str, Any]:
        """Return the policy's fields; only after the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("follows", "anyway")}

    def is_asked(self, cut: str) -> bool:
        """Return whether the person has still to tick that so much is cut off; it stands at the day that does it."""
        if not cut or self.cleaned_data["anyway"]:
            return False
        self.asks_anyway = True
        self.add_error(self._raised_by(), f"{cut} Put the days right, or tick “{self['anyway'].label}”.")
        return True

    def _raised_by(self) -> str:
        if "follows" in self.fields:
            return "follows"
        if self.cleaned_data["entered_in_error"]:
            return "entered_in_error"
        is_begun_later = self.policy is not None and self.cleaned_data["valid_from"] != self.policy.valid_from
        return "valid_from" if is_begun_later else "valid_to"

    def ends(self) -> Policy | None:
        """Return the earlier policy that ends before this one begins."""
        chosen = self.cleaned_data.get("follows")
        return next((one for one in self._before if str(one.pk) == chosen), None)


class AuthorisationForm(forms.Form):
    """One authorisation under a policy. Nothing of it is compulsory, but something has to be there."""

    code = NumberTextField(label="Authorisation Code", required=False, max_length=50)
    sessions = forms.IntegerField(
        label="Authorised sessions",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    amount = PoundsField(label="Authorised amount (£)", required=False)
    valid_from = DayField(label="Authorised from", required=False)
    valid_to = DayField(label="Authorised to", required=False)
    body_area = TextField(label="Body area", required=False, max_length=100)
    codes = TextField(
        label="Item codes",
        required=False,
        max_length=200,
        help_text="Only where the insurer named them, with a comma between. Other services then do not fall under it.",
    )
    contact = TextField(label="Contact at the insurer", required=False, max_length=120)
    note = TextField(label="Note", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    entered_in_error = forms.BooleanField(
        label="Entered by mistake", required=False, help_text="It is kept, and never used."
    )
    belong_together = {"Authorised": "valid_from valid_to"}

    def __init__(self, *args: Any, authorisation: Authorisation | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if authorisation is None:
            del self.fields["entered_in_error"]
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean_codes(self) -> str:
        tidy = CodeField()
        parts = re.split(r"[,;\n]", str(self.cleaned_data["codes"]))
        codes = [code for part in parts if (code := str(tidy.to_python(part)))]
        for code in codes:
            if not _CODE.fullmatch(code):
                raise forms.ValidationError(
                    f"“{code[:30]}” is no item code: those have letters, digits, “-”, “.” and “/”."
                )
        return ", ".join(dict.fromkeys(codes))

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount > 999_999:
            raise forms.ValidationError("An authorised amount is at most £999,999. Check it.")
        return amount

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not any(value for name, value in given.items() if name != "entered_in_error"):
            self.add_error("code", "Enter the code, or what was authorised.")
        return given


def present(row: Policy | Authorisation | None, form: type[forms.Form]) -> dict[str, Any]:
    """Return the row as a form's first values."""
    if row is None:
        return {}
    found = {name: getattr(row, name) for name in form.base_fields if hasattr(row, name)}
    if isinstance(row, Policy):
        found["is_primary"] = PRIMARY if row.is_primary else OTHER
    return found
