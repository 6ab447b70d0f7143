"""Forms of Team > Users: the person, the practitioner, and the rows of provider numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import Q

from clearbill.bill import insurers
from clearbill.forms.fields import CodeField, EmailField, HealthcodeNumberField, NameField, TextField, insurer_choices
from clearbill.forms.rows import Rows, rows_of
from clearbill.people.models import Membership, Practice, Role
from clearbill.people.services import why_not_renamed
from clearbill.workspace.models import REGISTRATION_BODIES, Payee, Practitioner, ProviderNumber, Site
from clearbill.workspace.team import NumberEntry, PractitionerDetails


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    full_name = NameField(label="Name", max_length=120)
    email = EmailField(label="E-mail")
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        initial=Role.PRACTITIONER,
        help_text="Owners and administrators change everything. Practitioners and receptionists work with clients, the "
        "calendar, invoices and claims. Accountants see payers and amounts, no clients’ records.",
    )


class MemberForm(forms.Form):
    """A person's name, role and place in the practice."""

    full_name = NameField(label="Name", max_length=120)
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    is_active = forms.BooleanField(label="Active: may sign in to this practice", required=False)

    def __init__(self, data: Any = None, *, membership: Membership, by: Membership) -> None:
        initial = {"full_name": membership.user.full_name, "role": membership.role, "is_active": membership.is_active}
        super().__init__(data, initial=initial)
        self.name_hint = why_not_renamed(membership, by)
        self.fields["full_name"].disabled = bool(self.name_hint)


class PractitionerForm(forms.Form):
    """Practitioner Settings. Sites and payees are the practice’s active ones, and those chosen before."""

    name = NameField(
        label="Professional name",
        max_length=120,
        error_messages={"required": "Enter the name under which this person sees clients."},
    )
    profession = TextField(label="Profession", max_length=80, required=False)
    registration_body = forms.ChoiceField(
        label="Registered with", choices=[("", "Neither"), *REGISTRATION_BODIES], required=False
    )
    registration_number = CodeField(label="Registration number", max_length=20, required=False)
    site = forms.ModelChoiceField(Site.objects.none(), label="Site", required=False, empty_label="No usual site")
    payee = forms.ModelChoiceField(
        Payee.objects.none(), label="Payee", required=False, empty_label="The practice’s default payee"
    )
    belong_together = {"Registration": "registration_body registration_number"}

    def __init__(
        self,
        data: Any = None,
        *,
        practice: Practice,
        practitioner: Practitioner | None,
        name: str = "",
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        given: dict[str, Any] = {"name": name}
        if practitioner:
            fields = ("name", "profession", "registration_body", "registration_number", "site", "payee")
            given = {field: getattr(practitioner, field) for field in fields}
        super().__init__(data, initial={**given, **(initial or {})})
        self.practice, self.own = practice, [practitioner.pk] if practitioner else []
        models: dict[str, type[Site] | type[Payee]] = {"site": Site, "payee": Payee}
        for field, model in models.items():
            kept = given[field].pk if given.get(field) else None
            rows = model.objects.filter(Q(is_active=True) | Q(pk=kept), practice=practice)
            self.fields[field].queryset = rows  # type: ignore[attr-defined]


class MemberPractitionerForm(PractitionerForm):
    """Practitioner Settings of a user: only those who see clients need them."""

    sees_clients = forms.BooleanField(label="Sees clients", required=False)
    field_order = ["sees_clients"]

    def details(self) -> PractitionerDetails:
        fields = {key: value for key, value in self.cleaned_data.items() if key != "sees_clients"}
        return PractitionerDetails(**fields, is_active=self.cleaned_data["sees_clients"])


class LonePractitionerForm(PractitionerForm):
    """A practitioner who does not sign in."""

    is_active = forms.BooleanField(label="Active: can be chosen for appointments", required=False, initial=True)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Practitioner.objects.filter(practice=self.practice).exclude(pk__in=self.own)
        names = {other.casefold() for other in others.values_list("name", flat=True)}
        if name != self.initial["name"] and name.casefold() in names:
            raise forms.ValidationError("Another practitioner has this name. Add what tells the two apart.")
        return name

    def details(self) -> PractitionerDetails:
        return PractitionerDetails(**self.cleaned_data)


class NumberForm(forms.Form):
    """One row: a provider number and where it applies."""

    number = HealthcodeNumberField(label="Provider number", max_length=32, required=False)
    insurer = forms.ChoiceField(label="Insurer", required=False)
    site = forms.ModelChoiceField(Site.objects.none(), label="Site", required=False, empty_label="Every site")

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = insurers.by_slug(str(self["insurer"].value() or ""))
        choices = insurer_choices("Every insurer", kept=chosen.slug if chosen else "")
        self.fields["insurer"].choices = choices  # type: ignore[attr-defined]
        self.fields["site"].queryset = Site.objects.filter(practice=practice)  # type: ignore[attr-defined]
        self.fields["number"].widget.attrs["autocomplete"] = "off"

    @property
    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(field) for field in ("number", "insurer", "site"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            not cleaned.get("number")
            and "number" not in self.errors
            and (cleaned.get("insurer") or cleaned.get("site"))
        ):
            self.add_error("number", "Enter the number, or remove this row.")
        return cleaned

    def entry(self) -> NumberEntry:
        cleaned = self.cleaned_data
        return NumberEntry(number=cleaned["number"], insurer_slug=cleaned["insurer"], site=cleaned["site"])


class Together:
    """Several forms of one page, read as one by the summary of what is wrong."""

    def __init__(self, *forms_of_page: forms.Form) -> None:
        self._forms = forms_of_page
        self.is_bound = any(form.is_bound for form in forms_of_page)

    def non_field_errors(self) -> list[str]:
        return [str(error) for form in self._forms for error in form.non_field_errors()]

    def __iter__(self) -> Iterator[forms.BoundField]:
        return (bound for form in self._forms for bound in form)


NumberRows = rows_of(NumberForm, Rows, most=60)


def number_rows(practice: Practice, stored: Iterable[ProviderNumber] = (), *, data: Any = None) -> Rows:
    """Return one row per stored number, or the rows of a sent form, to be checked and saved."""
    initial = [{"number": one.number, "insurer": one.insurer_slug, "site": one.site_id} for one in stored]
    return NumberRows(data, initial=initial, prefix="numbers", form_kwargs={"practice": practice})


def number_rows_as_typed(practice: Practice, data: Mapping[str, Any]) -> Rows:
    """Return the rows of a sent form after “add” or “remove”: what was typed stays as it is, and nothing is checked."""
    removed = str(data.get("remove", ""))
    return NumberRows.as_typed(
        data,
        prefix="numbers",
        without=int(removed) if removed.isdecimal() else None,
        more=[{}] if "add" in data else [],
        focus="number",
        form_kwargs={"practice": practice},
    )
