"""Workspace Settings > Business > Payees and sites: payees and exceptions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.forms.fields import HealthcodeNumberField, NameField, NumberTextField, insurer_choices
from clearbill.forms.rows import Rows, fill_as_typed, rows_of
from clearbill.forms.settings import FormRow, SettingsForm, names_in, not_taken
from clearbill.people.models import Practice
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace import defaults
from clearbill.workspace import payees as payees_services
from clearbill.workspace.models import Payee, PayeeException, Practitioner, Site


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def make_default(request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site]) -> HttpResponse:
    row = _found(request, row_id, model)
    with refusal_shown(request) as outcome:
        defaults.make_default(actor_of(request), row=row)
    if not outcome.is_refused:
        messages.success(request, f"{row} is the default {row._meta.verbose_name}.")
    return redirect("payees")


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def put_active(
    request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site], is_active: bool
) -> HttpResponse:
    row = _found(request, row_id, model)
    defaults.set_active(actor_of(request), row=row, is_active=is_active)
    messages.success(request, f"{row} is {'active again' if is_active else 'no longer active'}.")
    return redirect("payees")


def _found(request: PracticeRequest, row_id: UUID, model: type[Payee] | type[Site]) -> Payee | Site:
    rows: QuerySet[Any] = model._default_manager.all()
    row: Payee | Site = get_own_or_404(rows, request.practice, row_id)
    return row


_LAYOUT = (FormRow("name"), FormRow("number"))


class PayeeForm(SettingsForm):
    """A payee: which of the two cases it is, its name, its number at Healthcode."""

    kind = forms.ChoiceField(label="Who is paid", choices=Payee.KINDS, widget=forms.RadioSelect)
    layout = _LAYOUT

    class Meta(SettingsForm.Meta):
        model = Payee
        fields = ["kind", *names_in(_LAYOUT)]
        field_classes = {"name": NameField, "number": HealthcodeNumberField}
        error_messages = {"name": {"required": "Give the payee a name."}}
        help_texts = {
            "name": "The clinician’s or the clinic’s name",
            "number": "Healthcode gives it out; ask them if you do not know it. "
            "Being registered with the insurer alone is not enough.",
        }

    def clean_name(self) -> str:
        return not_taken(
            self, "name", "Another payee has this name. Give each its own.", among={"kind": self.kind_typed}
        )

    def clean_number(self) -> str:
        return not_taken(self, "number", "Another payee has this Healthcode ID. One ID is one payee’s.")

    @property
    def kind_typed(self) -> str:
        return str(self.cleaned_data.get("kind", ""))


class PayeeNumberForm(forms.Form):
    """One row: the payee's number for one insurer. An empty row is left out."""

    insurer_slug = forms.ChoiceField(label="Insurer", required=False)
    number = NumberTextField(label="Number", max_length=20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer_slug"].choices = insurer_choices("Choose an insurer")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("number") and not given.get("insurer_slug"):
            self.add_error("insurer_slug", "Choose the insurer this number belongs to.")
        if given.get("insurer_slug") and not given.get("number") and "number" not in self.errors:
            self.add_error("number", "Enter the number, or choose no insurer to leave the row out.")
        return given


class _PayeeNumberRows(Rows):
    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            slug = form.cleaned_data.get("insurer_slug") if form.is_valid() else ""
            if slug and slug in seen:
                form.add_error("insurer_slug", "This insurer has a number in another row. One per insurer is enough.")
            seen.add(slug or "")


PayeeNumberRows = rows_of(PayeeNumberForm, _PayeeNumberRows, most=60, extra=1)


def numbers_in(rows: Rows) -> dict[str, str]:
    """Return {insurer slug: number} of valid rows."""
    return {
        form.cleaned_data["insurer_slug"]: form.cleaned_data["number"]
        for form in rows.forms
        if form.cleaned_data.get("insurer_slug")
    }


class ExceptionForm(forms.Form):
    """Who is paid by one insurer, for everyone or for one practitioner."""

    insurer_slug = forms.ChoiceField(label="Insurer")
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), label="Practitioner", required=False, empty_label="Every practitioner"
    )
    payee = forms.ModelChoiceField(Payee.objects.none(), label="Is paid to", empty_label="Choose a payee")

    def __init__(self, practice: Practice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["insurer_slug"].choices = insurer_choices("Choose an insurer")  # type: ignore[attr-defined]
        own = {"practice": practice, "is_active": True}
        self.fields["practitioner"].queryset = Practitioner.objects.filter(**own)  # type: ignore[attr-defined]
        self.fields["payee"].queryset = Payee.objects.filter(**own)  # type: ignore[attr-defined]


ROWS_OF_NUMBERS = "numbers"


@member_required(Permission.SEE)
def payees(request: PracticeRequest) -> HttpResponse:
    return _page(request, ExceptionForm(request.practice))


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def add_exception(request: PracticeRequest) -> HttpResponse:
    form = ExceptionForm(request.practice, request.POST)
    if not form.is_valid():
        return _page(request, form)
    payees_services.set_exception(actor_of(request), **form.cleaned_data)
    messages.success(request, "The exception is saved. The table below shows who is paid now.")
    return redirect("payees")


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def remove_exception(request: PracticeRequest, rule_id: UUID) -> HttpResponse:
    rule = get_own_or_404(PayeeException.objects.select_related("payee", "practitioner"), request.practice, rule_id)
    payees_services.remove_exception(actor_of(request), rule=rule)
    messages.success(request, "The exception is removed.")
    return redirect("payees")


def _page(request: PracticeRequest, form: ExceptionForm) -> HttpResponse:
    practice = request.practice
    context = {
        "payees": Payee.objects.filter(practice=practice).prefetch_related("numbers").order_by("-is_active", "name"),
        "sites": Site.objects.filter(practice=practice).order_by("-is_active", "name"),
        "rules": PayeeException.objects.filter(practice=practice).select_related("payee", "practitioner"),
        "who": payees_services.payees_by_practitioner(practice),
        "form": form,
    }
    return render(request, "workspace/business/payees.html", context)


@member_required(Permission.CHANGE_SETTINGS)
@serialized
def payee(request: PracticeRequest, payee_id: UUID | None = None) -> HttpResponse:
    """Add a payee, or change one. Adding a row saves nothing yet."""
    stored = get_own_or_404(Payee.objects.all(), request.practice, payee_id) if payee_id else None
    row = stored or Payee(practice=request.practice, kind=Payee.ORGANISATION)
    kept = PayeeForm(instance=row)
    numbers = PayeeNumberRows(prefix=ROWS_OF_NUMBERS, initial=list(stored.numbers.values()) if stored else [])
    edit = ConcurrentEdit(request, [stored], kept, numbers, labels={ROWS_OF_NUMBERS: "Numbers"})
    if edit.data is None:
        return _payee_page(request, stored, kept, numbers, edit)
    if edit.data.get("action") == "add-row":
        form = PayeeForm(instance=row)
        fill_as_typed(form, edit.data)
        return _payee_page(request, stored, form, PayeeNumberRows.as_typed(edit.data, prefix=ROWS_OF_NUMBERS), edit)
    form, rows = PayeeForm(edit.data, instance=row), PayeeNumberRows(edit.data, prefix=ROWS_OF_NUMBERS)
    if not all([form.is_valid(), rows.is_valid(), edit.is_settled(form)]):
        return _payee_page(request, stored, form, rows, edit)
    payees_services.save_payee(actor_of(request), payee=row, details=form.cleaned_data, numbers=numbers_in(rows))
    messages.success(request, f"{row} is saved.")
    return redirect("payees")


def _payee_page(
    request: PracticeRequest, payee: Payee | None, form: PayeeForm, rows: Rows, edit: ConcurrentEdit
) -> HttpResponse:
    context = {"payee": payee, "form": form, "rows": rows, "edit": edit}
    return render(request, "workspace/business/payee.html", context)
