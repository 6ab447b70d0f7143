from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.billing import invoice_views, money_views, views

urlpatterns: list[URLPattern] = [
    path("", views.invoices, name="invoices"),
    path("unbilled", views.unbilled, name="invoices-unbilled"),
    path("new", invoice_views.new, name="invoice-new"),
    path("from-appointment/<uuid:appointment_id>", invoice_views.from_appointment, name="invoice-from-appointment"),
    path("<uuid:invoice_id>", invoice_views.invoice, name="invoice"),
    path("<uuid:invoice_id>/edit", invoice_views.edit, name="invoice-edit"),
    path("<uuid:invoice_id>/void", money_views.void, name="invoice-void"),
    path("<uuid:invoice_id>/restore", money_views.restore, name="invoice-restore"),
    path("<uuid:invoice_id>/payments", money_views.record_payment, name="invoice-payment"),
    path(
        "<uuid:invoice_id>/payments/<int:entry_id>/take-back", money_views.take_back_payment, name="payment-take-back"
    ),
]
