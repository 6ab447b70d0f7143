"""Addresses of Money > Payments, under /money/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.money.remittances import corrections, files, manual_entry, payments

urlpatterns: list[URLPattern] = [
    path("", payments.money, name="money"),
    path("ask", payments.ask, name="money-ask"),
    path("missed/<slug:insurer>/brought", corrections.brought, name="money-missed-brought"),
    path("corrections/<int:correction_id>/seen", corrections.seen, name="money-correction-seen"),
    path("aside", payments.aside, name="money-aside"),
    path("import", files.bring, name="money-import"),
    path("import/<uuid:upload_id>", files.upload, name="money-upload"),
    path("import/<uuid:upload_id>/answers", files.answer, name="money-upload-answers"),
    path("import/<uuid:upload_id>/take-in", files.take_in, name="money-upload-take-in"),
    path("import/<uuid:upload_id>/drop", files.drop, name="money-upload-drop"),
    path("import/<uuid:upload_id>/report", files.report, name="money-upload-report"),
    path("type-in", manual_entry.type_in, name="money-type-in"),
    path("payments/<uuid:remittance_id>", payments.payment, name="money-payment"),
    path("payments/<uuid:remittance_id>/document", payments.document, name="money-document"),
    path("entries/<int:entry_id>/take-back", payments.take_back_payment, name="payment-take-back"),
    path("bills/<int:advice_id>", payments.advice, name="money-advice"),
    path("bills/<int:advice_id>/match", payments.match, name="money-match"),
    path("bills/<int:advice_id>/undo", payments.undo, name="money-undo"),
    path("bills/<int:advice_id>/set-aside", payments.set_aside, name="money-set-aside"),
    path("bills/<int:advice_id>/bring-back", payments.bring_back, name="money-bring-back"),
    path("payments/<uuid:remittance_id>/take-out", payments.withdraw, name="money-withdraw"),
]
