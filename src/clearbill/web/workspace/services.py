"""Workspace Settings > Business > Services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill.checks.lines import PROCEDURE_CODE
from clearbill.clients.search_terms import key
from clearbill.forms.fields import CodeField
from clearbill.forms.settings import FormRow, SettingsForm, names_in
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace import code_list, defaults, service_catalogue
from clearbill.workspace.models import CodeEntry, Service

VAT_RATES = [("0.00", "No VAT (0 %)"), ("20.00", "20 %")]


_LAYOUT = (FormRow("name"), FormRow("price vat_rate duration_minutes setting"))


class ServiceForm(SettingsForm):
    """A service with its Healthcode Details."""

    vat_rate = forms.TypedChoiceField(label="VAT rate", choices=VAT_RATES, coerce=Decimal)
    duration_minutes = forms.IntegerField(
        label="Duration in minutes", min_value=5, max_value=720, widget=forms.TextInput
    )
    layout = _LAYOUT

    class Meta(SettingsForm.Meta):
        model = Service
        fields = [*names_in(_LAYOUT), "isc", "procedure_code"]
        field_classes = {"isc": CodeField, "procedure_code": CodeField}
        error_messages = {
            "name": {"required": "Give the service a name."},
            "price": {"required": "Enter the price; 0 is a price too."},
        }
        help_texts = {"price": "In pounds, before VAT"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["duration_minutes"].widget.attrs["inputmode"] = "numeric"


def procedure_code_warning(code: str) -> str:
    """Return a sentence where a procedure code has a shape no insurer has published, else ""."""
    if not code or PROCEDURE_CODE.fullmatch(code):
        return ""
    return (
        f"“{code}” does not look like a procedure code: those are a letter and 4 digits, 5 digits, or 2 letters and "
        "3 digits. It is saved as it is."
    )


ROWS = 50

HITS = 8

SORTS = {
    "name": ("name",),
    "isc": ("isc", "name"),
    "price": ("price", "name"),
    "duration": ("duration_minutes", "name"),
}


@member_required()
def service_list(request: PracticeRequest) -> HttpResponse:
    text = " ".join(request.POST.get("q", "").replace("\x00", "").split())[:80]
    values = request.POST if request.method == "POST" else request.GET
    sort = values.get("sort", "name") if values.get("sort") in SORTS else "name"
    rows = Service.objects.filter(practice=request.practice)
    if text:
        named = [pk for pk, name in rows.values_list("pk", "name") if key(text) in key(name)]
        rows = rows.filter(pk__in=named) | rows.filter(isc__istartswith="".join(text.split()))
    page = Paginator(rows.order_by("-is_active", *SORTS[sort]), ROWS).get_page(values.get("page"))
    return render(request, "workspace/business/services.html", {"page": page, "text": text, "sort": sort})


@member_required(Permission.CHANGE_SETTINGS)
@serialized
def service(request: PracticeRequest, service_id: UUID | None = None) -> HttpResponse:
    """Add a service, or change one."""
    stored = get_own_or_404(Service.objects.all(), request.practice, service_id) if service_id else None
    row = stored or Service(practice=request.practice)
    edit = ConcurrentEdit(request, [stored], ServiceForm(instance=row))
    form = ServiceForm(edit.data, instance=row)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        service_catalogue.save(actor_of(request), service=row, details=form.cleaned_data)
        messages.success(request, f"“{row.name}” is saved.")
        if warning := procedure_code_warning(row.procedure_code):
            messages.warning(request, warning)
        return redirect("services")
    context = {
        "form": form,
        "edit": edit,
        "service": stored,
        "isc_title": code_list.title_of(request.practice, CodeEntry.ISC, row.isc),
        "procedure_warning": procedure_code_warning(row.procedure_code),
    }
    return render(request, "workspace/business/service.html", context)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def duplicate(request: PracticeRequest, service_id: UUID) -> HttpResponse:
    service = get_own_or_404(Service.objects.all(), request.practice, service_id)
    copy = service_catalogue.duplicate(actor_of(request), service=service)
    messages.success(request, "The service is duplicated. Give the copy its own name.")
    return redirect("service-edit", copy.pk)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def put_active(request: PracticeRequest, service_id: UUID, is_active: bool) -> HttpResponse:
    service = get_own_or_404(Service.objects.all(), request.practice, service_id)
    defaults.set_active(actor_of(request), row=service, is_active=is_active)
    said = "is offered again" if is_active else "is no longer offered; it can be activated again in the same menu"
    messages.success(request, f"“{service.name}” {said}.")
    return redirect("services")


@require_POST
@member_required()
def code_search(request: PracticeRequest, kind: str) -> HttpResponse:
    """Answer {"hits": [{value, code, title}]} from the practice's own code list."""
    if kind not in code_list.KINDS:
        raise Http404
    text = request.POST.get("q", "")[:80]
    rows = code_list.codes(request.practice, text=text, kind=kind)[:HITS] if text.strip() else []
    return JsonResponse({"hits": [{"value": row.code, "code": row.code, "title": row.title} for row in rows]})
