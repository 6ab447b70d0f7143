"""Workspace Settings > Business > Services, each with its prices and codes by their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.bill.checks.lines import PROCEDURE_CODE
from clearbill.clients.search.search_terms import key
from clearbill.forms.fields import CodeField, NameField
from clearbill.forms.settings import FormRow, SettingsForm, form_field, not_taken
from clearbill.invoicing.prices import rate_changes
from clearbill.invoicing.prices.rate_changes import Manner
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.web.workspace.contract_prices.forms import BelievableDayField
from clearbill.workspace import code_list, defaults, service_catalogue, service_rates
from clearbill.workspace.contract_prices.periods import ONE_DAY
from clearbill.workspace.models import CodeEntry, Service, ServiceRate

VAT_RATES = [("0.00", "No VAT (0 %)"), ("20.00", "20 %")]


_LAYOUT = (FormRow("name"), FormRow("price vat_rate duration_minutes setting"))

MANNERS = [
    (Manner.FROM_A_DAY.value, "It holds from a day on"),
    (Manner.CORRECTION.value, "The present one was entered wrongly: correct it"),
]


def _rate_field(name: str, **given: Any) -> Any:
    return form_field(ServiceRate._meta.get_field(name), **given)  # type: ignore[arg-type]


class ServiceForm(SettingsForm):
    """A service with its price and its Healthcode Details, as they are today."""

    price = _rate_field(
        "price", help_text="In pounds, before VAT", error_messages={"required": "Enter the price; 0 is a price too."}
    )
    vat_rate = forms.TypedChoiceField(label="VAT rate", choices=VAT_RATES, coerce=Decimal)
    isc = _rate_field("isc", form_class=CodeField)
    procedure_code = _rate_field("procedure_code", form_class=CodeField)
    duration_minutes = forms.IntegerField(
        label="Duration in minutes", min_value=5, max_value=720, widget=forms.TextInput
    )
    layout = _LAYOUT
    belong_together = {"Price": "price vat_rate"}

    class Meta(SettingsForm.Meta):
        model = Service
        fields = ["name", "duration_minutes", "setting"]
        field_classes = {"name": NameField}
        error_messages = {"name": {"required": "Give the service a name."}}

    def __init__(self, data: Any = None, *, instance: Service, rate: ServiceRate | None = None, **kwargs: Any) -> None:
        """`rate` is the one in force, None for a new service: its first price counts from ever."""
        shown = service_rates.values_of(rate) if rate else {}
        super().__init__(data, instance=instance, initial=shown, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["duration_minutes"].widget.attrs["inputmode"] = "numeric"

    def clean_name(self) -> str:
        return not_taken(self, "name", "Another service has this name. Give each its own.")


class RateChangeForm(forms.Form):
    """What is meant by another price, VAT rate or code: it holds from a day on, or the present one was wrong."""

    manner = forms.ChoiceField(label="Another price or code", choices=MANNERS, required=False, widget=forms.RadioSelect)
    valid_from = BelievableDayField(label="First day", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"manner": Manner.FROM_A_DAY.value, "valid_from": dates.today()})


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


@member_required(Permission.SEE)
def service_list(request: PracticeRequest) -> HttpResponseBase:
    text = " ".join(request.POST.get("q", "").replace("\x00", "").split())[:80]
    values = request.POST if request.method == "POST" else request.GET
    sort = values.get("sort", "name") if values.get("sort") in SORTS else "name"
    rows = service_rates.with_rates(Service.objects.filter(practice=request.practice), dates.today())
    if text:
        named = [pk for pk, name in rows.values_list("pk", "name") if key(text) in key(name)]
        rows = rows.filter(pk__in=named) | rows.filter(isc__istartswith="".join(text.split()))
    rows = rows.order_by("-is_active", *SORTS[sort])
    if wants_file(request):
        return list_file(request, "services", service_rates.table(rows))
    page = Paginator(rows, ROWS).get_page(values.get("page"))
    return render(request, "workspace/business/services.html", {"page": page, "text": text, "sort": sort})


@member_required(Permission.CHANGE_SETTINGS)
@serialized
def service(request: PracticeRequest, service_id: UUID | None = None) -> HttpResponse:
    """Add a service, or change one."""
    stored = get_own_or_404(Service.objects.all(), request.practice, service_id) if service_id else None
    row = stored or Service(practice=request.practice)
    rate = stored.rate_on(dates.today()) if stored else None
    edit = ConcurrentEdit(request, [stored], ServiceForm(instance=row, rate=rate))
    form, change = ServiceForm(edit.data, instance=row, rate=rate), RateChangeForm(edit.data if stored else None)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form) and (not stored or change.is_valid()):
        with refusal_shown(request, change) as outcome:
            _save(request, form, change, stored)
        if not outcome.is_refused:
            return redirect("services")
    context = {
        "form": form,
        "change": change,
        "edit": edit,
        "service": stored,
        "rates": _rates(stored) if stored else [],
        "isc_title": code_list.title_of(request.practice, CodeEntry.ISC, rate.isc if rate else ""),
        "procedure_warning": procedure_code_warning(rate.procedure_code if rate else ""),
    }
    return render(request, "workspace/business/service.html", context)


def _save(request: PracticeRequest, form: ServiceForm, change: RateChangeForm, stored: Service | None) -> None:
    """Save what was typed and say so. Raises Refused."""
    actor, told = actor_of(request), list[str]()
    if stored is None:
        service_catalogue.add(actor, details=form.cleaned_data)
    else:
        told = rate_changes.change_service(
            actor,
            service=stored,
            details=form.cleaned_data,
            manner=Manner(change.cleaned_data["manner"] or Manner.FROM_A_DAY),
            valid_from=change.cleaned_data["valid_from"],
        )
    messages.success(request, f"“{form.cleaned_data['name']}” is saved.")
    for sentence in told:
        messages.info(request, sentence)
    if warning := procedure_code_warning(form.cleaned_data["procedure_code"]):
        messages.warning(request, warning)


@dataclass(frozen=True, slots=True)
class ShownRate:
    """A rate in the list: its last day, whether it is ended, in force or to come, and how many lines it priced."""

    rate: ServiceRate
    last: date | None
    state: str
    invoiced: int

    @property
    def colour(self) -> str:
        return {"In force": "ok", "To come": "info"}.get(self.state, "")


def _rates(service: Service) -> list[ShownRate]:
    """Return the rates of the service, the latest first."""
    rows, today = list(service.rates.all()), dates.today()
    in_force, shown = service.rate_on(today), []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        last = after.valid_from - ONE_DAY if after and after.valid_from else None
        is_to_come = row.valid_from is not None and row.valid_from > today
        state = "In force" if row == in_force else "To come" if is_to_come else "Ended"
        shown.append(ShownRate(row, last, state, rate_changes.invoiced_by(row).count()))
    return shown[::-1]


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def take_back_rate(request: PracticeRequest, rate_id: UUID) -> HttpResponse:
    """Take back a change of prices and codes that nothing was invoiced by."""
    rate = get_own_or_404(ServiceRate.objects.select_related("service"), request.practice, rate_id)
    with refusal_shown(request) as outcome:
        rate_changes.take_back(actor_of(request), rate=rate)
    if not outcome.is_refused:
        day = dates.show(rate.valid_from) if rate.valid_from else ""
        messages.success(request, f"The change from {day} is taken back.")
    return redirect("service-edit", rate.service_id)


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
@member_required(Permission.SEE)
def code_search(request: PracticeRequest, kind: str) -> HttpResponse:
    """Answer {"hits": [{value, code, title}]} from the practice's own code list."""
    if kind not in code_list.KINDS:
        raise Http404
    text = request.POST.get("q", "")[:80]
    rows = code_list.codes(request.practice, text=text, kind=kind)[:HITS] if text.strip() else []
    return JsonResponse({"hits": [{"value": row.code, "code": row.code, "title": row.title} for row in rows]})
