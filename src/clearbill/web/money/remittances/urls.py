"""Urls."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.money.remittances import files as upload_views
from clearbill.web.money.remittances import manual_entry as typed_views
from clearbill.web.money.remittances import payments as views

urlpatterns: list[URLPattern] = [
    path("", views.money, name="money"),
    path("ask", views.ask, name="money-ask"),
    path("aside", views.aside, name="money-aside"),
    path("import", upload_views.bring, name="money-import"),
    path("import/<uuid:upload_id>", upload_views.upload, name="money-upload"),
    path("import/<uuid:upload_id>/answers", upload_views.answer, name="money-upload-answers"),
    path("import/<uuid:upload_id>/take-in", upload_views.take_in, name="money-upload-take-in"),
    path("import/<uuid:upload_id>/drop", upload_views.drop, name="money-upload-drop"),
    path("import/<uuid:upload_id>/report", upload_views.report, name="money-upload-report"),
    path("type-in", typed_views.type_in, name="money-type-in"),
    path("payments/<uuid:remittance_id>", views.payment, name="money-payment"),
    path("payments/<uuid:remittance_id>/document", views.document, name="money-document"),
    path("entries/<int:entry_id>/take-back", views.take_back_payment, name="payment-take-back"),
    path("bills/<int:advice_id>", views.advice, name="money-advice"),
    path("bills/<int:advice_id>/match", views.match, name="money-match"),
    path("bills/<int:advice_id>/undo", views.undo, name="money-undo"),
    path("bills/<int:advice_id>/set-aside", views.set_aside, name="money-set-aside"),
    path("bills/<int:advice_id>/bring-back", views.bring_back, name="money-bring-back"),
    path("payments/<uuid:remittance_id>/take-out", views.withdraw, name="money-withdraw"),
]
