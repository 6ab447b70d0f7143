"""Workspace Settings > Business > Insurers."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from clearbill.bill import insurers
from clearbill.bill.insurers import Insurer, known_facts
from clearbill.forms.fields import CodeField, NumberTextField
from clearbill.forms.settings import FormRow, SettingsForm, names_in
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.workspace import insurers as workspace_insurers
from clearbill.workspace.models import InsurerSetting

_LAYOUT = tuple(
    FormRow(name) for name in ("is_billed", "healthcode_id", "controlling_specialist_number", "diagnosis_scheme")
)

_PUBLISHED = (
    "Leave empty to use the published one. Enter yours only if Healthcode gave you another: 3 lower-case letters."
)

_NOT_PUBLISHED = "3 lower-case letters. It is not published for this insurer; Healthcode tells you."


class InsurerForm(SettingsForm):
    """What the practice knows of one insurer beyond the published facts."""

    # Longer than the identifier, so that a sentence of its own says what is wrong.
    healthcode_id = CodeField(label="Healthcode’s identifier", required=False, max_length=20)
    layout = _LAYOUT

    class Meta(SettingsForm.Meta):
        model = InsurerSetting
        fields = names_in(_LAYOUT)
        field_classes = {"controlling_specialist_number": NumberTextField}
        help_texts = {
            "controlling_specialist_number": "Only where Healthcode gave you a number to use for every clinician, "
            "such as a generic one for physiotherapy.",
            "diagnosis_scheme": "ICD-10, unless Healthcode told you otherwise for this insurer",
        }

    def __init__(self, data: Any = None, *, insurer: Insurer, instance: InsurerSetting) -> None:
        super().__init__(data, instance=instance)
        self.fields["healthcode_id"].help_text = _PUBLISHED if insurer.healthcode_id else _NOT_PUBLISHED

    def clean_healthcode_id(self) -> str:
        typed: str = self.cleaned_data["healthcode_id"].lower()
        if typed and not re.fullmatch(r"[a-z]{3}", typed):
            raise ValidationError(f"The identifier is 3 letters, such as “bup”; “{typed}” is not.")
        return typed


@member_required(Permission.SEE)
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
    return render(request, "workspace/business/insurers.html", {"rows": rows, "list_read_on": insurers.LIST_READ_ON})


@member_required(Permission.SEE, to_change=Permission.CHANGE_SETTINGS)
@serialized
def insurer(request: PracticeRequest, slug: str) -> HttpResponse:
    known = insurers.by_slug(slug)
    if known is None:
        raise Http404
    setting = workspace_insurers.setting_or_usual(request.practice, known)
    stored = InsurerForm(insurer=known, instance=setting)
    edit = ConcurrentEdit(request, [setting], stored, name=f"insurer:{request.practice.pk}:{slug}")
    form = InsurerForm(edit.data, insurer=known, instance=setting)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        workspace_insurers.save(actor_of(request), insurer=known, details=form.cleaned_data)
        messages.success(request, f"What you know of {known.name} is saved.")
        return redirect("insurers")
    context = {"insurer": known, "facts": known_facts.facts(known), "form": form, "edit": edit}
    return render(request, "workspace/business/insurer.html", context)
