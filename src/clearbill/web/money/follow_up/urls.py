"""Addresses of Money > Expected, under /money/expected."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.former_addresses import former_address
from clearbill.web.money.follow_up import views

urlpatterns: list[URLPattern] = [
    path("expected", views.expected, name="expected"),
    path("expected/underpaid.csv", former_address("expected"), name="expected-export"),
    path("expected/claims/<uuid:claim_id>/asked", views.chase, name="expected-chase"),
    path("expected/asked/<int:chase_id>/take-back", views.take_back_chase, name="expected-chase-undo"),
    path("expected/claims/<uuid:claim_id>/lines/<int:line_no>/dismiss", views.dismiss, name="expected-dismiss"),
    path("expected/dismissed/<int:dismissal_id>/bring-back", views.undo_dismissal, name="expected-dismissal-undo"),
]
