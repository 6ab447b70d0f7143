"""Urls."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.calendar import appointment as appointment_views
from clearbill.web.calendar import views

urlpatterns: list[URLPattern] = [
    path("", views.calendar, name="calendar"),
    path("day/<slug:day>", views.agenda, name="calendar-day"),
    path("events", views.events, name="calendar-events"),
    path("client-search", views.client_search, name="calendar-client-search"),
    path("new", appointment_views.book, name="appointment-new"),
    path("<uuid:appointment_id>", appointment_views.appointment, name="appointment"),
    path("<uuid:appointment_id>/edit", appointment_views.edit, name="appointment-edit"),
    path("<uuid:appointment_id>/move", appointment_views.move, name="appointment-move"),
    path("<uuid:appointment_id>/<slug:step>", appointment_views.step, name="appointment-step"),
]
