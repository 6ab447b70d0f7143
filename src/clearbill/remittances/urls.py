from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.remittances import views

urlpatterns: list[URLPattern] = [
    path("", views.money, name="money"),
    path("ask", views.ask, name="money-ask"),
    path("aside", views.aside, name="money-aside"),
    path("payments/<uuid:remittance_id>", views.payment, name="money-payment"),
    path("payments/<uuid:remittance_id>/document", views.document, name="money-document"),
    path("bills/<int:advice_id>", views.advice, name="money-advice"),
    path("bills/<int:advice_id>/match", views.match, name="money-match"),
    path("bills/<int:advice_id>/undo", views.undo, name="money-undo"),
    path("bills/<int:advice_id>/set-aside", views.set_aside, name="money-set-aside"),
    path("bills/<int:advice_id>/bring-back", views.bring_back, name="money-bring-back"),
]
