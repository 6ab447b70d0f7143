"""Urls."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.invoices import credit_notes as credit_views
from clearbill.web.invoices import documents as paper_views
from clearbill.web.invoices import invoice as invoice_views
from clearbill.web.invoices import invoice_list as views
from clearbill.web.invoices import mail as mail_views
from clearbill.web.invoices import payments as money_views

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
    path("<uuid:invoice_id>/refund", credit_views.refund, name="invoice-refund"),
    path("<uuid:invoice_id>/pdf", paper_views.invoice, name="invoice-pdf"),
    path("<uuid:invoice_id>/email", mail_views.invoice, name="invoice-mail"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/receipt", paper_views.receipt, name="receipt-pdf"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/email", mail_views.receipt, name="receipt-mail"),
    path("<uuid:invoice_id>/credit", credit_views.new, name="credit-note-new"),
    path("credit-notes/<uuid:credit_note_id>", credit_views.credit_note, name="credit-note"),
    path("credit-notes/<uuid:credit_note_id>/pdf", paper_views.credit_note, name="credit-note-pdf"),
    path("credit-notes/<uuid:credit_note_id>/email", mail_views.credit_note, name="credit-note-mail"),
    path("statements/<uuid:client_id>", paper_views.statement, name="statement"),
    path("statements/<uuid:client_id>/pdf", paper_views.statement_pdf, name="statement-pdf"),
    path("statements/<uuid:client_id>/email", mail_views.statement, name="statement-mail"),
]
