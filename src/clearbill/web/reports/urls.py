"""Addresses of reports, under /reports/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.former_addresses import former_address
from clearbill.web.reports import views

urlpatterns: list[URLPattern] = [
    path("", views.index, name="reports"),
    path("<slug:name>.csv", former_address("report"), name="report-file"),
    path("<slug:name>", views.report, name="report"),
]
