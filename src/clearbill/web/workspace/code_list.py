"""Workspace Settings > Business > Code list: the practice's own licensed ISC and procedure codes."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill.text import plural
from clearbill.fileformats.lists import code_list as code_files
from clearbill.fileformats.lists.code_list import LARGEST_BYTES, TOO_LARGE
from clearbill.fileformats.lists.whole_file import read_whole
from clearbill.fileformats.table import TABLE_FILES
from clearbill.imports import code_list_file
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.workspace import code_list as codes_services
from clearbill.workspace import code_list as workspace_code_list
from clearbill.workspace.models import CodeEntry


class UploadForm(forms.Form):
    """The file, and what its codes are where it does not say so itself."""

    file = forms.FileField(
        label="CSV or Excel file",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": TABLE_FILES}),
        help_text="Up to 5 MB and 50,000 rows. A line above the codes names the columns: code and title, and if you "
        "like price and kind (isc or procedure). Commas, semicolons or tabs.",
    )
    kind = forms.ChoiceField(label="Codes without a kind are", choices=CodeEntry.KINDS, initial=CodeEntry.ISC)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError(TOO_LARGE)
        return file


class ImportForm(forms.Form):
    """What becomes of the codes that are there already."""

    mode = forms.ChoiceField(
        label="What is there already",
        choices=[("add", "Keep it, add these codes"), ("replace", "Replace it with these codes")],
        initial="add",
        widget=forms.RadioSelect,
    )


ROWS = 50

FAULTS_SHOWN = 200


@member_required(Permission.SEE)
def code_list(request: PracticeRequest) -> HttpResponseBase:
    values = request.POST if request.method == "POST" else request.GET
    text, kind = " ".join(values.get("q", "").split())[:80], values.get("kind", "")
    rows = workspace_code_list.codes(request.practice, text=text, kind=kind)
    if wants_file(request):
        return list_file(request, "code-list", workspace_code_list.table(rows))
    page = Paginator(rows, ROWS).get_page(values.get("page"))
    context = {
        "page": page,
        "text": text,
        "kind": kind,
        "kinds": workspace_code_list.KINDS,
        "total": CodeEntry.objects.filter(practice=request.practice).count(),
    }
    return render(request, "workspace/business/codes.html", context)


@member_required(Permission.CHANGE_SETTINGS)
def load(request: PracticeRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        upload_id = code_list_file.store(request.practice, form.cleaned_data["file"].read(), form.cleaned_data["kind"])
        return redirect("codes-preview", upload_id)
    return render(request, "workspace/business/codes_load.html", {"form": form})


@member_required(Permission.CHANGE_SETTINGS)
def preview(request: PracticeRequest, upload_id: UUID) -> HttpResponse:
    """Show what is good and what is wrong in the file; import the good rows when asked to."""
    kept = code_list_file.find(request.practice, upload_id)
    if kept is None:
        messages.info(request, "That file is no longer here. Choose it again.")
        return redirect("codes-load")
    found = read_whole(lambda: code_files.read_codes(io.BytesIO(kept[0]), kind=kept[1]))
    form = ImportForm(request.POST or None)
    if request.method == "POST" and found.rows and form.is_valid():
        count = codes_services.load(actor_of(request), rows=found.rows, replace=form.cleaned_data["mode"] == "replace")
        code_list_file.discard(request.practice)
        messages.success(request, f"{count:,} {plural(count, 'code is', 'codes are')} in the list.")
        return redirect("codes")
    context = {
        "form": form,
        "found": found,
        "first_rows": found.rows[:10],
        "faults": found.faults[:FAULTS_SHOWN],
        "more_faults": max(0, len(found.faults) - FAULTS_SHOWN),
    }
    return render(request, "workspace/business/codes_preview.html", context)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def load_sample(request: PracticeRequest) -> HttpResponse:
    count = codes_services.load_sample(actor_of(request))
    messages.success(request, f"{count} sample codes are in the list. They are invented: never send them live.")
    return redirect("codes")


@member_required(Permission.CHANGE_SETTINGS)
def delete(request: PracticeRequest) -> HttpResponse:
    """Ask first: a deleted list comes back only from its file."""
    rows = CodeEntry.objects.filter(practice=request.practice)
    if request.method == "POST":
        only_sample = request.POST.get("what") != "all"
        count = codes_services.delete(actor_of(request), only_sample=only_sample)
        messages.success(request, f"{count:,} {plural(count, 'code')} deleted.")
        return redirect("codes")
    context = {"total": rows.count(), "samples": rows.filter(is_sample=True).count()}
    return render(request, "workspace/business/codes_delete.html", context)
