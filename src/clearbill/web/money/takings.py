"""The takings of a day: a page to close the till by, and the same as a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from clearbill.bill import dates
from clearbill.forms.fields import DayField
from clearbill.reports import takings as reports_takings
from clearbill.web.components.downloads import download
from clearbill.web.sign_in.access import PracticeRequest, member_required


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


@member_required()
def takings(request: PracticeRequest) -> HttpResponse:
    """Show what clients paid on one day, by method and by who took it."""
    today = dates.today()
    form = DayForm(request.GET, today=today)
    context: dict[str, Any] = {"form": form, "today": today}
    if form.is_valid():
        day = form.cleaned_data["day"]
        found = reports_takings.takings_of(request.practice, day)
        context["form"] = DayForm({"day": dates.show(day)}, today=today)
        context |= {"found": found, "earlier": day - timedelta(days=1), "later": day + timedelta(days=1)}
    return render(request, "money/takings.html", context)


@member_required()
def takings_file(request: PracticeRequest) -> StreamingHttpResponse:
    """Hand out the takings of the day as a CSV file."""
    form = DayForm(request.GET, today=dates.today())
    if not form.is_valid():
        raise Http404
    found = reports_takings.takings_of(request.practice, form.cleaned_data["day"])
    return download(reports_takings.to_csv(found), f"takings-{found.on}.csv")
