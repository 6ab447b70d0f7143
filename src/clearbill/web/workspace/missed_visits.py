"""Workspace Settings > Business > Missed visits: what the client is charged for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clearbill.bill import dates
from clearbill.forms.settings import FormRow, SettingsForm, names_in
from clearbill.people.permissions import Permission
from clearbill.web.components.concurrent_edit import ConcurrentEdit, serialized
from clearbill.web.components.refusals import refusal_shown
from clearbill.web.sign_in.access import PracticeRequest, actor_of, get_own_or_404, member_required
from clearbill.workspace import cancellation_policies
from clearbill.workspace.models import CancellationPolicy

LONGEST_NOTICE_HOURS = 336

_LAYOUT = (
    FormRow("missed_rate missed_sum", title="Did not attend"),
    FormRow("missed_words"),
    FormRow("late_rate late_sum", title="Cancelled late"),
    FormRow("late_hours"),
    FormRow("late_words"),
    FormRow("vat_rate applies_from", title="Both"),
)


class PerCentField(forms.DecimalField):
    """A rate from 0 to 100, with two decimals as it is stored."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> Any:
        rate = super().clean(value)
        return rate if rate is None else rate.quantize(Decimal("0.01"))


class MissedVisitsForm(SettingsForm):
    """A share of the price or a fixed sum for each; nothing where both are empty."""

    instance: CancellationPolicy
    missed_rate = PerCentField(label="Share of the price, %")
    late_rate = PerCentField(label="Share of the price, %")
    late_hours = forms.IntegerField(
        label="Late is less than so many hours before the start",
        min_value=1,
        max_value=LONGEST_NOTICE_HOURS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    vat_rate = PerCentField(
        label="VAT, %",
        help_text="Empty is no VAT, as is usual where the visits themselves have none. Ask your accountant.",
    )
    layout = _LAYOUT
    belong_together = {"Did not attend": "missed_rate missed_sum", "Cancelled late": "late_rate late_sum"}

    class Meta(SettingsForm.Meta):
        model = CancellationPolicy
        fields = names_in(_LAYOUT)
        labels = {
            "missed_sum": "Or a fixed sum",
            "late_sum": "Or a fixed sum",
            "missed_words": "On the invoice of a missed visit",
            "late_words": "On the invoice of a late cancellation",
        }
        help_texts = {
            "missed_words": "The day of the visit follows it: “Missed appointment, 3 Nov 2026”.",
            "late_words": "The day of the visit follows it.",
            "applies_from": "Earlier visits keep what held on their day; before the first day nothing is charged. "
            "Give another day where a change is for visits from that day on.",
        }

    def clean_vat_rate(self) -> Decimal:
        rate: Decimal | None = self.cleaned_data["vat_rate"]
        if rate and not self.instance.practice.vat_number:
            raise forms.ValidationError("Enter the practice’s VAT number under Practice details first.")
        return rate or Decimal("0.00")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for kind in ("missed", "late"):
            if cleaned.get(f"{kind}_rate") is not None and cleaned.get(f"{kind}_sum") is not None:
                self.add_error(f"{kind}_sum", "Give a share of the price or a fixed sum, not both.")
        return cleaned


@member_required(Permission.SEE, to_change=Permission.CHANGE_SETTINGS)
@serialized
def missed_visits(request: PracticeRequest) -> HttpResponse:
    """Show and change the practice's policy."""
    there, today = cancellation_policies.policies_of(request.practice), dates.today()
    stored = cancellation_policies.policy_shown(there, today)
    row = stored or CancellationPolicy(practice=request.practice, applies_from=today)
    edit = ConcurrentEdit(request, [row], MissedVisitsForm(instance=row), name=f"missed-visits:{row.practice_id}")
    form = MissedVisitsForm(edit.data, instance=row)
    if request.method == "POST" and form.is_valid() and edit.is_settled(form):
        with refusal_shown(request, form):
            cancellation_policies.save(actor_of(request), shown=row, details=form.cleaned_data)
            messages.success(request, "What missed visits cost is saved.")
            return redirect("missed-visits")
    context = {"form": form, "edit": edit, "policies": there[::-1], "in_force": stored, "today": today}
    return render(request, "workspace/business/missed_visits.html", context)


@require_POST
@member_required(Permission.CHANGE_SETTINGS)
def take_back(request: PracticeRequest, policy_id: UUID) -> HttpResponse:
    """Take back what missed visits cost from a day on."""
    row = get_own_or_404(CancellationPolicy.objects.all(), request.practice, policy_id)
    cancellation_policies.take_back(actor_of(request), policy=row)
    messages.success(request, f"What missed visits cost from {dates.show(row.applies_from)} on is taken back.")
    return redirect("missed-visits")
