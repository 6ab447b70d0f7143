"""Urls."""

from __future__ import annotations

from django.urls import path

from clearbill.web.clients import edit as editing_views
from clearbill.web.clients import views

urlpatterns = [
    path("", views.client_list, name="clients"),
    path("new", editing_views.new_client, name="client-new"),
    path("diagnosis-search", editing_views.diagnosis_search, name="diagnosis-search"),
    path("diagnoses", editing_views.diagnoses, name="client-diagnoses"),
    path("cover-hints", editing_views.cover_hints, name="client-cover-hints"),
    path("<uuid:client_id>", views.client, name="client"),
    path("<uuid:client_id>/edit", editing_views.edit_client, name="client-edit"),
    path("<uuid:client_id>/archive", views.archive, name="client-archive"),
    path("<uuid:client_id>/unarchive", views.unarchive, name="client-unarchive"),
    path("<uuid:client_id>/member", views.ask_member_list, name="client-member"),
    path("<uuid:client_id>/member/use", views.use_member_details, name="client-member-use"),
]
