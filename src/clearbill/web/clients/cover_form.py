"""UK Private Health Insurance on the page Edit Details: the policy in use today, and what changed about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from clearbill.bill import money
from clearbill.clients.models import Authorisation
from clearbill.clients.policies import CoverInUse
from clearbill.clients.policy_services import CoverEdit
from clearbill.forms.fields import DayField, NumberTextField, PoundsField, TextField, insurer_choices
from clearbill.forms.withheld import withhold

MAY_NOT_CHANGE_EXCESS = "You may not change an excess; the reception, an administrator or an owner may."

NEW, FOLLOWS, BESIDE, CORRECTION = "new", "follows", "beside", "correction"

_HINTS_BY_HTMX = {
    "hx-post": reverse_lazy("client-cover-hints"),
    "hx-trigger": "change",
    "hx-target": "#cover-hints",
    "hx-include": "#cover-fields",
}

# Fields of the form, and what the columns are called.
POLICY = {
    "insurer_slug": "insurer_slug",
    "membership_number": "membership_number",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "scheme": "scheme",
    "group_number": "group_number",
    "excess_left": "excess_left",
}

AUTHORISATION = {
    "authorisation_code": "code",
    "authorisation_from": "valid_from",
    "authorisation_to": "valid_to",
    "authorised_sessions": "sessions",
}

NOTHING_IN_USE = CoverInUse(None, None, several_policies=False, several_authorisations=False)


class CoverForm(forms.Form):
    """UK Private Health Insurance. Only the membership number is compulsory, once a provider is chosen.

    Where another provider, number or code is typed than the one in use, the form asks whether that is a new one.
    """

    insurer_slug = forms.ChoiceField(label="Insurance Provider", required=False)
    membership_number = NumberTextField(
        label="Membership Number", required=False, max_length=50, help_text="Copy it from the insurance card."
    )
    policy_change = forms.ChoiceField(label="What happened to the policy", required=False)
    authorisation_code = NumberTextField(label="Authorisation Code", required=False, max_length=50)
    authorised_sessions = forms.IntegerField(
        label="Authorised sessions",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    authorisation_change = forms.ChoiceField(label="What the other code is", required=False)
    authorisation_from = DayField(label="Authorised from", required=False)
    authorisation_to = DayField(label="Authorised to", required=False)
    excess_left = PoundsField(
        label="Excess still to pay (£)",
        required=False,
        help_text="What the client pays of the next bills before the insurer does. It goes down as you take it; enter "
        "it anew when a policy year begins.",
    )
    valid_from = DayField(label="Cover valid from", required=False)
    valid_to = DayField(label="Cover valid to", required=False)
    scheme = TextField(label="Scheme", required=False, max_length=200)
    group_number = TextField(label="Group number", required=False, max_length=50)
    anyway = forms.BooleanField(label="Save all the same", required=False)
    policy_shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    belong_together = {
        "Policy": "insurer_slug membership_number",
        "Cover": "valid_from valid_to",
        "Authorised": "authorisation_from authorisation_to",
    }

    def __init__(
        self, *args: Any, in_use: CoverInUse = NOTHING_IN_USE, may_change_excess: bool = True, **kwargs: Any
    ) -> None:
        """`in_use` is what is stored: what was typed is compared with it."""
        super().__init__(*args, **kwargs)
        self.in_use, self.asks_anyway = in_use, False
        fields: dict[str, Any] = self.fields
        kept = in_use.policy.insurer_slug if in_use.policy else ""
        fields["insurer_slug"].choices = insurer_choices("No insurance: the client pays", kept=kept)
        fields["policy_change"].choices = [
            ("", "Choose what happened"),
            (NEW, f"It changed: {in_use.policy} stays as an earlier policy"),
            (CORRECTION, f"{in_use.policy} was entered by mistake"),
        ]
        fields["authorisation_change"].choices = [
            ("", "Choose what it is"),
            (FOLLOWS, f"A new authorisation: {in_use.authorisation} ends the day before"),
            (BESIDE, f"A further authorisation beside {in_use.authorisation}"),
            (CORRECTION, f"{in_use.authorisation} was entered wrongly"),
        ]
        for name in ("policy_change", "authorisation_change"):
            fields[name].when_needed = "compulsory"
        for field in fields.values():
            field.widget.attrs["autocomplete"] = "off"
        for name in ("insurer_slug", "membership_number", "authorisation_code", "authorisation_to"):
            fields[name].widget.attrs.update(_HINTS_BY_HTMX)
        if not may_change_excess:
            left = in_use.policy.excess_left if in_use.policy else None
            withhold(self, {"excess_left": left}, MAY_NOT_CHANGE_EXCESS)
        if in_use.several_authorisations:
            for name in (*AUTHORISATION, "authorisation_change"):
                del fields[name]

    @property
    def has_more(self) -> bool:
        """Return whether one of the details that are folded away is there, or wrong."""
        return any(
            self[name].value() or name in self.errors for name in ("valid_from", "valid_to", "scheme", "group_number")
        )

    @property
    def asks_about_policy(self) -> bool:
        return "policy_change" in self.errors or bool(self.data.get("policy_change"))

    @property
    def asks_about_authorisation(self) -> bool:
        return "authorisation_change" in self.errors or bool(self.data.get("authorisation_change"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        insurer = given.get("insurer_slug")
        if insurer and not given.get("membership_number") and "membership_number" not in self.errors:
            self.add_error("membership_number", "The Membership Number is compulsory. Copy it from the insurance card.")
        if (given.get("excess_left") or 0) > money.LARGEST_EXCESS:
            self.add_error("excess_left", money.EXCESS_TOO_LARGE)
        if insurer == "" and self.in_use.policy is None and any(given.get(name) for name in (*POLICY, *AUTHORISATION)):
            self.add_error("insurer_slug", "Choose the provider these details belong to, or clear them.")
        if not self.errors:
            self._ask(given)
        return given

    def _ask(self, given: dict[str, Any]) -> None:
        """Where it is not said what happened, ask; where it was said, the day it happened is needed."""
        policy, authorisation = self.in_use.policy, self.in_use.authorisation
        said = given["policy_change"]
        if policy is not None and _is_another(policy, given, POLICY, "insurer_slug", "membership_number"):
            if not said:
                self.add_error(
                    "policy_change", f"Until now it was {policy}. Visits before the change are billed to it."
                )
            elif said == NEW and not given["insurer_slug"] and not given["valid_to"]:
                self.add_error("valid_to", f"Give the last day of {policy}.")
            elif said == NEW and given["insurer_slug"] and given["valid_from"] in (None, policy.valid_from):
                self.add_error("valid_from", f"Give the first day of the new policy. {policy} ends the day before.")
        elif authorisation is not None and given.get("authorisation_code") not in (None, "", authorisation.code):
            self._ask_about_authorisation(given, authorisation)

    def _ask_about_authorisation(self, given: dict[str, Any], known: Authorisation) -> None:
        if not known.code:
            return
        said = given["authorisation_change"]
        if not said:
            self.add_error("authorisation_change", f"Until now it was {known}. Say what the other code is.")
        elif said == FOLLOWS and not given["authorisation_from"]:
            self.add_error(
                "authorisation_from", f"Give the first day of the new authorisation. {known} ends before it."
            )

    def is_asked(self, cut: str) -> bool:
        """Return whether the person has still to tick that so much is cut off; it stands at the day that does it."""
        if not cut or self.cleaned_data["anyway"]:
            return False
        self.asks_anyway = True
        is_begun = self.cleaned_data["valid_from"] != (self.in_use.policy and self.in_use.policy.valid_from)
        self.add_error(
            "valid_from" if is_begun else "valid_to", f"{cut} Put the days right, or tick “{self['anyway'].label}”."
        )
        return True

    def edit(self) -> CoverEdit | None:
        """Return what is to be saved, None where nothing is; only after the form is valid."""
        given, policy = self.cleaned_data, self.in_use.policy
        if self.in_use.several_policies or (policy is None and not given["insurer_slug"]):
            return None
        is_new = (
            policy is not None
            and given["policy_change"] == NEW
            and _is_another(policy, given, POLICY, "insurer_slug", "membership_number")
        )
        if not given["insurer_slug"]:
            return CoverEdit(details=None, policy=policy, ends_on=given["valid_to"] if is_new else None)
        details = {column: given[name] for name, column in POLICY.items()}
        authorised = self._authorised()
        if is_new and policy is not None:
            details = _without_what_stayed(policy, details)
            known = self.in_use.authorisation
            authorised = None if authorised and known and authorised["code"] == known.code else authorised
        said = given.get("authorisation_change", "")
        return CoverEdit(
            details=details,
            authorised=authorised,
            policy=policy,
            authorisation=self.in_use.authorisation,
            is_new_policy=is_new,
            is_new_authorisation=said in (FOLLOWS, BESIDE),
            ends_authorisation=said == FOLLOWS,
        )

    def _authorised(self) -> dict[str, Any] | None:
        if self.in_use.several_authorisations:
            return None
        return {column: self.cleaned_data[name] for name, column in AUTHORISATION.items()}


COVER = tuple(CoverForm.base_fields)

NOT_STORED = ("policy_change", "authorisation_change", "policy_shown", "anyway")


def cover_of(in_use: CoverInUse) -> dict[str, Any]:
    """Return the policy in use and its authorisation as a form's first values."""
    found: dict[str, Any] = {}
    for row, columns in ((in_use.policy, POLICY), (in_use.authorisation, AUTHORISATION)):
        if row is not None:
            found |= {name: getattr(row, column) for name, column in columns.items()}
    return {**found, "policy_shown": in_use.policy.pk if in_use.policy else None}


def _is_another(row: Any, given: dict[str, Any], columns: dict[str, str], *names: str) -> bool:
    return any(given[name] != getattr(row, columns[name]) for name in names)


def _without_what_stayed(policy: Any, details: dict[str, Any]) -> dict[str, Any]:
    """What was shown and left as it was belongs to the earlier policy; scheme and group stay with the same insurer."""
    kept = {"insurer_slug", "membership_number", "valid_from"}
    if details["insurer_slug"] == policy.insurer_slug:
        kept |= {"scheme", "group_number"}
    return {name: value for name, value in details.items() if name in kept or value != getattr(policy, name)}
