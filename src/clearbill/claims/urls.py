from __future__ import annotations

from django.urls import path

from clearbill.claims import bulk_views, step_views, views, worklist_views

urlpatterns = [
    path("", worklist_views.claims, name="claims"),
    path("standings", worklist_views.standings, name="claim-standings"),
    path("submit", bulk_views.bulk, name="claims-submit"),
    path("sending", bulk_views.sending, name="claims-sending"),
    path("create/<uuid:invoice_id>", step_views.create, name="claim-create"),
    path("new/<uuid:invoice_id>", step_views.new, name="claim-new"),
    path("work/<uuid:item_id>", step_views.settle, name="claim-work"),
    path("<uuid:claim_id>", views.claim, name="claim"),
    path("<uuid:claim_id>/status", views.status, name="claim-status"),
    path("<uuid:claim_id>/exchanges", views.exchanges, name="claim-exchanges"),
    path("<uuid:claim_id>/refresh", step_views.refresh, name="claim-refresh"),
    path("<uuid:claim_id>/correct", step_views.correct, name="claim-correct"),
    path("<uuid:claim_id>/cancel", step_views.cancel, name="claim-cancel"),
    path("<uuid:claim_id>/ask", step_views.ask, name="claim-ask"),
    path("<uuid:claim_id>/outcome", step_views.outcome, name="claim-outcome"),
]
