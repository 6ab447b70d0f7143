"""Workspace Settings > Business > Insurers."""

from __future__ import annotations

import re

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clearbill.bill import insurers
from clearbill.bill.bill import DIAGNOSIS_SCHEMES
from clearbill.bill.insurers import Insurer
from clearbill.forms.fields import CodeField, NumberTextField
from clearbill.people.permissions import Permission
from clearbill.web.sign_in.access import PracticeRequest, member_required
from clearbill.workspace import insurers as insurers_services
from clearbill.workspace import insurers as workspace_insurers
from clearbill.workspace.insurers import is_billed
from clearbill.workspace.models import InsurerSetting


class InsurerForm(forms.Form):
    """What the practice knows of one insurer beyond the published facts."""

    is_billed = forms.BooleanField(label="The practice bills this insurer", required=False)
    healthcode_id = CodeField(label="Healthcode’s identifier", required=False, max_length=20)
    controlling_specialist_number = NumberTextField(
        label="Practitioner ID for every bill to this insurer",
        required=False,
        max_length=32,
        help_text="Only where Healthcode gave you a number to use for every clinician, such as a generic one for "
        "physiotherapy.",
    )
    diagnosis_scheme = forms.ChoiceField(
        label="Diagnosis codes", choices=list(DIAGNOSIS_SCHEMES.items()), initial="ICD10"
    )

    def clean_healthcode_id(self) -> str:
        typed: str = self.cleaned_data["healthcode_id"].lower()
        if typed and not re.fullmatch(r"[a-z]{3}", typed):
            raise ValidationError(f"The identifier is 3 letters, such as “bup”; “{typed}” is not.")
        return typed


def setting_values(insurer: Insurer, setting: InsurerSetting | None) -> dict[str, object]:
    """Return what the practice entered as a form's first values, or what holds while it entered nothing."""
    if setting is None:
        return {"is_billed": is_billed(insurer, setting)}
    return {name: getattr(setting, name) for name in InsurerForm.base_fields}


@member_required()
def insurer_list(request: PracticeRequest) -> HttpResponse:
    own = workspace_insurers.settings_of(request.practice)
    rows = [
        {
            "insurer": known,
            "setting": own.get(known.slug),
            "is_billed": workspace_insurers.is_billed(known, own.get(known.slug)),
        }
        for known in insurers.all_insurers()
    ]
    return render(request, "workspace/business/insurers.html", {"rows": rows})


@member_required(to_change=Permission.CHANGE_SETTINGS)
def insurer(request: PracticeRequest, slug: str) -> HttpResponse:
    known = insurers.by_slug(slug)
    if known is None:
        raise Http404
    setting = workspace_insurers.settings_of(request.practice).get(slug)
    form = InsurerForm(request.POST if request.method == "POST" else None, initial=setting_values(known, setting))
    if request.method == "POST" and form.is_valid():
        insurers_services.save(
            practice=request.practice, by=request.user, now=timezone.now(), insurer=known, details=form.cleaned_data
        )
        messages.success(request, f"What you know of {known.name} is saved.")
        return redirect("insurers")
    context = {"insurer": known, "facts": workspace_insurers.facts(known), "form": form}
    return render(request, "workspace/business/insurer.html", context)
