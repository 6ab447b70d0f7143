"""Addresses of the calendar, under /calendar/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.calendar import appointment, missed, views

urlpatterns: list[URLPattern] = [
    path("", views.calendar, name="calendar"),
    path("day/<slug:day>", views.agenda, name="calendar-day"),
    path("events", views.events, name="calendar-events"),
    path("client-search", views.client_search, name="calendar-client-search"),
    path("cover", appointment.cover_told, name="appointment-cover"),
    path("new", appointment.book, name="appointment-new"),
    path("<uuid:appointment_id>", appointment.appointment, name="appointment"),
    path("<uuid:appointment_id>/edit", appointment.edit, name="appointment-edit"),
    path("<uuid:appointment_id>/move", appointment.move, name="appointment-move"),
    path("<uuid:appointment_id>/charge", missed.charge, name="appointment-charge"),
    path("<uuid:appointment_id>/waive", missed.waive, name="appointment-waive"),
    path("<uuid:appointment_id>/restore-charge", missed.restore, name="appointment-restore-charge"),
    path("<uuid:appointment_id>/<slug:step>", appointment.step, name="appointment-step"),
]
