"""Workspace Settings > Business > Code list: the practice's own licensed ISC and procedure codes."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from clearbill.bill.text import plural
from clearbill.people.permissions import Permission
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, actor_of, member_required
from clearbill.workspace import code_list as workspace_code_list
from clearbill.workspace.models import CodeEntry

ROWS = 50


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
    """A code list is brought as every file is."""
    return redirect(f"{reverse('imports')}?kind=codes")


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def load_sample(request: PracticeRequest) -> HttpResponse:
    count = workspace_code_list.load_sample(actor_of(request))
    messages.success(request, f"{count} sample codes are in the list. They are invented: never send them live.")
    return redirect("codes")


@member_required(Permission.CHANGE_SETTINGS)
def delete(request: PracticeRequest) -> HttpResponse:
    """Ask first: a deleted list comes back only from its file."""
    rows = CodeEntry.objects.filter(practice=request.practice)
    if request.method == "POST":
        only_sample = request.POST.get("what") != "all"
        count = workspace_code_list.delete(actor_of(request), only_sample=only_sample)
        messages.success(request, f"{count:,} {plural(count, 'code')} deleted.")
        return redirect("codes")
    context = {"total": rows.count(), "samples": rows.filter(is_sample=True).count()}
    return render(request, "workspace/business/codes_delete.html", context)
