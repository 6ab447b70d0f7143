"""The filter of a report."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.bill import dates
from clearbill.db.ids import parse_id
from clearbill.forms.fields import DayField, insurer_choices
from clearbill.people.models import Practice
from clearbill.reports.filters import CLIENT, MONTHS, ReportFilter, day_limit, first_of_months
from clearbill.workspace.models import Practitioner


class FilterForm(forms.Form):
    """The filters over a report. A day that is not in the address at all is the usual one; an empty one is no limit."""

    first_on = DayField(label="From", required=False)
    last_on = DayField(label="To", required=False)
    insurer = forms.ChoiceField(label="Insurer", required=False)
    practitioner = forms.ChoiceField(label="Practitioner", required=False)

    def __init__(self, data: Any, *, practice: Practice, today: date, uses: tuple[str, ...], recent: bool) -> None:
        usual = {"first_on": dates.show(first_of_months(today, MONTHS)), "last_on": dates.show(today)} if recent else {}
        super().__init__({**usual, **{name: data[name] for name in self.base_fields if name in data}})
        self._practice, self._today = practice, today
        choices = insurer_choices("Every insurer")
        if CLIENT in uses:
            choices.insert(1, (CLIENT, "The client"))
        self.fields["insurer"].choices = choices  # type: ignore[attr-defined]
        people = Practitioner.objects.filter(practice=practice).values_list("pk", "name")
        self.fields["practitioner"].choices = [  # type: ignore[attr-defined]
            ("", "Every practitioner"),
            *((str(pk), name) for pk, name in people),
        ]
        for name, parts in {"first_on": "days", "last_on": "days", "insurer": "insurer"}.items():
            if parts not in uses:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and first_on > last_on:
            raise ValidationError("The first day lies after the last one. Exchange them.")
        return given

    def words(self) -> str:
        """Return what a printed report is narrowed to, "" for nothing. Call once the form is valid."""
        given = self.cleaned_data
        days = f"{day_limit('from', given.get('first_on'))} {day_limit('to', given.get('last_on'))}".strip()
        chosen = [
            dict(self.fields[name].choices)[given[name]]  # type: ignore[attr-defined]
            for name in ("insurer", "practitioner")
            if given.get(name)
        ]
        return ", ".join(filter(None, [days, *chosen]))

    def narrowed(self) -> ReportFilter:
        """Return what the report is narrowed to. Call once the form is valid."""
        given = self.cleaned_data
        return ReportFilter(
            practice=self._practice,
            today=self._today,
            first_on=given.get("first_on"),
            last_on=given.get("last_on"),
            insurer=given.get("insurer") or "",
            practitioner_id=parse_id(given["practitioner"]),
        )
