"""Addresses of claims, under /claims/."""

from __future__ import annotations

from django.urls import path

from clearbill.web.claims import actions, bulk, claim, creation, tasks, worklist
from clearbill.web.claims import claim as claims_claim

urlpatterns = [
    path("", worklist.claims, name="claims"),
    path("standings", worklist.standings, name="claim-standings"),
    path("submit", bulk.submit_ticked, name="claims-submit"),
    path("sending", bulk.latest, name="claims-sending"),
    path("submit-ready", bulk.submit_ready, name="claims-ready"),
    path("batches/<uuid:batch_id>", bulk.batch, name="claims-batch"),
    path("batches/<uuid:batch_id>/stop", bulk.stop, name="claims-batch-stop"),
    path("to-create", creation.to_create, name="claims-to-create"),
    path("to-create/check", creation.check, name="claims-create-check"),
    path("creations/<uuid:creation_id>", creation.progress, name="claims-creation"),
    path("creations/<uuid:creation_id>/stop", creation.stop, name="claims-creation-stop"),
    path("create/<uuid:invoice_id>", actions.create, name="claim-create"),
    path("new/<uuid:invoice_id>", actions.new, name="claim-new"),
    path("work", tasks.items, name="claims-work"),
    path("work/<uuid:item_id>", tasks.item, name="claim-work"),
    path("<uuid:claim_id>", claims_claim.claim, name="claim"),
    path("<uuid:claim_id>/status", claims_claim.status, name="claim-status"),
    path("<uuid:claim_id>/exchanges", claims_claim.exchanges, name="claim-exchanges"),
    path("<uuid:claim_id>/evidence", claim.evidence, name="claim-evidence"),
    path("<uuid:claim_id>/cover", actions.choose_cover, name="claim-cover"),
    path("<uuid:claim_id>/refresh", actions.refresh, name="claim-refresh"),
    path("<uuid:claim_id>/correct", actions.correct, name="claim-correct"),
    path("<uuid:claim_id>/allow-repeat", claim.allow_repeat, name="claim-allow-repeat"),
    path("<uuid:claim_id>/cancel", actions.cancel, name="claim-cancel"),
    path("<uuid:claim_id>/ask", actions.ask, name="claim-ask"),
]
