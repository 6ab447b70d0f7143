"""Urls."""

from __future__ import annotations

from django.urls import path

from clearbill.web.claims import actions as step_views
from clearbill.web.claims import bulk as batch_views
from clearbill.web.claims import claim as evidence_views
from clearbill.web.claims import claim as views
from clearbill.web.claims import tasks as settling_views
from clearbill.web.claims import ticked as bulk_views
from clearbill.web.claims import worklist as worklist_views

urlpatterns = [
    path("", worklist_views.claims, name="claims"),
    path("standings", worklist_views.standings, name="claim-standings"),
    path("submit", bulk_views.bulk, name="claims-submit"),
    path("sending", bulk_views.sending, name="claims-sending"),
    path("submit-ready", batch_views.submit_ready, name="claims-ready"),
    path("batches/<uuid:batch_id>", batch_views.batch, name="claims-batch"),
    path("batches/<uuid:batch_id>/stop", batch_views.stop, name="claims-batch-stop"),
    path("create/<uuid:invoice_id>", step_views.create, name="claim-create"),
    path("new/<uuid:invoice_id>", step_views.new, name="claim-new"),
    path("work", settling_views.items, name="claims-work"),
    path("work/<uuid:item_id>", settling_views.item, name="claim-work"),
    path("<uuid:claim_id>", views.claim, name="claim"),
    path("<uuid:claim_id>/status", views.status, name="claim-status"),
    path("<uuid:claim_id>/exchanges", views.exchanges, name="claim-exchanges"),
    path("<uuid:claim_id>/evidence", evidence_views.evidence, name="claim-evidence"),
    path("<uuid:claim_id>/refresh", step_views.refresh, name="claim-refresh"),
    path("<uuid:claim_id>/correct", step_views.correct, name="claim-correct"),
    path("<uuid:claim_id>/cancel", step_views.cancel, name="claim-cancel"),
    path("<uuid:claim_id>/ask", step_views.ask, name="claim-ask"),
]
