"""Addresses of invoices, under /invoices/."""

from __future__ import annotations

from django.urls import URLPattern, path

from clearbill.web.invoices import credit_notes, documents, invoice, invoice_list, line_prices, mail, payments

urlpatterns: list[URLPattern] = [
    path("", invoice_list.invoices, name="invoices"),
    path("unbilled", invoice_list.unbilled, name="invoices-unbilled"),
    path("unbilled/missed", invoice_list.charge_missed, name="invoices-charge-missed"),
    path("line-prices", line_prices.line_price_list, name="invoice-line-prices"),
    path("new", invoice.new, name="invoice-new"),
    path("from-appointment/<uuid:appointment_id>", invoice.from_appointment, name="invoice-from-appointment"),
    path("<uuid:invoice_id>", invoice.invoice, name="invoice"),
    path("<uuid:invoice_id>/edit", invoice.edit, name="invoice-edit"),
    path("<uuid:invoice_id>/void", payments.void, name="invoice-void"),
    path("<uuid:invoice_id>/restore", payments.restore, name="invoice-restore"),
    path("<uuid:invoice_id>/payments", payments.record_payment, name="invoice-payment"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/method", payments.correct_method, name="payment-method"),
    path("<uuid:invoice_id>/refund", credit_notes.refund, name="invoice-refund"),
    path("<uuid:invoice_id>/pdf", documents.invoice, name="invoice-pdf"),
    path("<uuid:invoice_id>/pdf-with-payments", documents.invoice_copy, name="invoice-copy-pdf"),
    path("<uuid:invoice_id>/new-edition", invoice.reissue, name="invoice-reissue"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/new-edition", payments.reissue_receipt, name="receipt-reissue"),
    path("credit-notes/<uuid:credit_note_id>/new-edition", credit_notes.reissue, name="credit-note-reissue"),
    path("papers/<uuid:paper_id>/pdf", documents.paper, name="paper-pdf"),
    path("<uuid:invoice_id>/email", mail.invoice, name="invoice-mail"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/receipt", documents.receipt, name="receipt-pdf"),
    path("<uuid:invoice_id>/payments/<int:entry_id>/email", mail.receipt, name="receipt-mail"),
    path("<uuid:invoice_id>/credit", credit_notes.new, name="credit-note-new"),
    path("credit-notes/<uuid:credit_note_id>", credit_notes.credit_note, name="credit-note"),
    path("credit-notes/<uuid:credit_note_id>/pdf", documents.credit_note, name="credit-note-pdf"),
    path("credit-notes/<uuid:credit_note_id>/email", mail.credit_note, name="credit-note-mail"),
    path("statements/<uuid:client_id>", documents.statement, name="statement"),
    path("statements/<uuid:client_id>/pdf", documents.statement_pdf, name="statement-pdf"),
    path("statements/<uuid:client_id>/email", mail.statement, name="statement-mail"),
]
