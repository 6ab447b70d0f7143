"""Addresses of clients, under /clients/."""

from __future__ import annotations

from django.urls import path

from clearbill.web.clients import edit, merge, policies, views

urlpatterns = [
    path("", views.client_list, name="clients"),
    path("new", edit.new_client, name="client-new"),
    path("diagnosis-search", edit.diagnosis_search, name="diagnosis-search"),
    path("diagnoses", edit.diagnoses, name="client-diagnoses"),
    path("cover-hints", edit.cover_hints, name="client-cover-hints"),
    path("doubles", merge.doubles, name="client-doubles"),
    path("two-people/<uuid:mark_id>/unmark", merge.unmark_as_two_people, name="client-two-people-unmark"),
    path("merges/<uuid:merge_id>", merge.merged, name="client-merged"),
    path("merges/<uuid:merge_id>/take-apart", merge.take_apart, name="client-merge-take-apart"),
    path("<uuid:client_id>", views.client, name="client"),
    path("<uuid:client_id>/edit", edit.edit_client, name="client-edit"),
    path("<uuid:client_id>/policies/new", policies.new_policy, name="policy-new"),
    path("<uuid:client_id>/policies/<int:policy_id>", policies.edit_policy, name="policy-edit"),
    path(
        "<uuid:client_id>/policies/<int:policy_id>/authorisations/new",
        policies.new_authorisation,
        name="authorisation-new",
    ),
    path(
        "<uuid:client_id>/policies/<int:policy_id>/authorisations/<int:authorisation_id>",
        policies.edit_authorisation,
        name="authorisation-edit",
    ),
    path("<uuid:client_id>/merge", merge.choose, name="client-merge"),
    path("<uuid:client_id>/merge/<uuid:other_id>", merge.review, name="client-merge-review"),
    path("<uuid:client_id>/merge/<uuid:other_id>/two-people", merge.mark_as_two_people, name="client-two-people"),
    path("<uuid:client_id>/archive", views.archive, name="client-archive"),
    path("<uuid:client_id>/unarchive", views.unarchive, name="client-unarchive"),
    path("<uuid:client_id>/member", views.ask_member_list, name="client-member"),
    path("<uuid:client_id>/member/use", views.use_member_details, name="client-member-use"),
]
