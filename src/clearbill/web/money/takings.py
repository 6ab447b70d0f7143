"""The takings of a day: a page to close the till by, and the same as a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clearbill.bill import dates
from clearbill.forms.fields import DayField
from clearbill.people.permissions import Permission
from clearbill.reports import takings as reports_takings
from clearbill.web.components.list_files import list_file, wants_file
from clearbill.web.sign_in.access import PracticeRequest, has_permission, member_required


class DayForm(forms.Form):
    """The day whose takings are shown; today at first."""

    day = DayField(label="Day")

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data if "day" in data else {"day": dates.show(today)})

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not dates.FIRST_DAY <= day <= dates.LAST_DAY:
            raise forms.ValidationError("This date is too far away.")
        return day


@member_required(Permission.SEE_MONEY)
def takings(request: PracticeRequest) -> HttpResponseBase:
    """Show what clients paid on one day, by method and by who took it."""
    today = dates.today()
    form = DayForm(request.GET, today=today)
    context: dict[str, Any] = {"form": form, "today": today}
    if form.is_valid():
        day = form.cleaned_data["day"]
        sees_clients = has_permission(request, Permission.SEE_CLINICAL)
        found = reports_takings.takings_of(request.practice, day, tells_references=sees_clients)
        if wants_file(request):
            return list_file(request, f"takings-of-{day}", reports_takings.written(found))
        context["form"] = DayForm({"day": dates.show(day)}, today=today)
        context |= {"found": found, "earlier": day - timedelta(days=1), "later": day + timedelta(days=1)}
    return render(request, "money/takings.html", context)
