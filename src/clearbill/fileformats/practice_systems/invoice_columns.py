"""The names of columns by which practice systems call what is known of an invoice and what is open on it.

No system was found to publish the columns of its export: those here are the names that such lists usually have, read
beside those of remittances, and what is not known is asked.
"""

from __future__ import annotations

from clearbill.fileformats.columns import plain_name
from clearbill.fileformats.practice_systems.appointment_columns import APPOINTMENT_COLUMNS
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS, column

INVOICE_COLUMNS = {
    "number": column(
        "the invoice number",
        "invoice number, invoice no, invoice num, invoice, invoice ref, invoice reference, invoice id, inv no,"
        "inv number, bill number, document number",
        "number, no, reference, ref, id",
    ),
    "client_key": APPOINTMENT_COLUMNS["client_key"],
    "full_name": column(
        "the name of the client",
        "patient name, client name, full name, patient full name, client full name",
        "patient, client, name, customer",
        matters=False,
    ),
    "first_name": CLIENT_COLUMNS["first_name"],
    "last_name": CLIENT_COLUMNS["last_name"],
    "birth_date": CLIENT_COLUMNS["birth_date"],
    "email": CLIENT_COLUMNS["email"],
    "phone": APPOINTMENT_COLUMNS["phone"],
    "issued_on": column(
        "the day of the invoice",
        "invoice date, date of invoice, issue date, issued, issued on, date issued, bill date, invoiced on, issued at",
        "date, created, created at, created on",
    ),
    "treated_on": column(
        "the day of treatment",
        "treatment date, date of treatment, treated on, appointment date, service date, date of service, session date,"
        "visit date, line date, item date",
        matters=False,
    ),
    "payer": column(
        "who pays",
        "payer, payor, billed to, bill to, invoice to, invoiced to, insurer, insurer name, insurance company,"
        "health fund, funder, third party, debtor",
        "insurance, contact, company, account",
        matters=False,
    ),
    "practitioner": APPOINTMENT_COLUMNS["practitioner"],
    "description": column(
        "what was done",
        "description, service, service name, item, item name, treatment, line description, item description,"
        "appointment type, product",
        "details, items, type",
        matters=False,
    ),
    "code": column(
        "the code",
        "code, item code, service code, procedure code, isc, ccsd, ccsd code, industry standard code",
        matters=False,
    ),
    "amount": column(
        "the amount",
        "amount, total, invoice total, total amount, invoice amount, amount due, gross, gross amount, line total,"
        "line amount, item total, net amount, total inc vat, total including vat, charge, fee, price, value",
    ),
    "paid": column(
        "what is paid",
        "paid, amount paid, paid amount, total paid, paid to date, payments, payment amount, amount received, received",
        matters=False,
    ),
    "is_open": column(
        "what is open",
        "open, outstanding, outstanding amount, amount outstanding, balance, balance due, invoice balance, unpaid,"
        "amount owing, owing, open amount, still to pay, remaining",
        matters=False,
    ),
    "paid_on": column("the day of the payment", "paid on, payment date, date paid, last payment date", matters=False),
    "status": column("its status", "status, invoice status, payment status", "state", matters=False),
}

NOT_ISSUED = {
    plain_name(word)
    for word in ("void", "voided", "cancelled", "canceled", "deleted", "draft", "written off", "write off", "reversed")
}
"""Words for invoices that ask for nothing."""

CLIENT_PAYS = {
    plain_name(word)
    for word in (
        *("self", "self pay", "self funding", "self funded", "self payer", "patient", "client", "private"),
        *("private patient", "private client", "none", "no insurer", "n/a"),
    )
}
"""Words for the client where a file says who pays."""

INVOICE_TEMPLATE = {
    "Invoice number": ("INV-204", "As it was given out: at most 20 characters."),
    "Client ID": ("1001", "As in the list of clients that you imported, or the number here, such as P-00001."),
    "First name": ("Testa", "Name and date of birth find the client where there is no number."),
    "Last name": ("Sample", ""),
    "Date of birth": ("12 Apr 1985", ""),
    "Invoice date": ("2 Oct 2026", ""),
    "Treatment date": ("1 Oct 2026", "One row for each line of an invoice, one after another, with the same number."),
    "Payer": ("BUPA", "The insurer, or nothing where the client pays."),
    "Practitioner": ("Rosa Therapist", "You say once for each name who it is here."),
    "Description": ("Physiotherapy, first visit", ""),
    "Code": ("", "The ISC or procedure code, where there is one."),
    "Amount": ("70.00", "Of the line, with VAT."),
    "Paid": ("20.00", "Of the whole invoice."),
    "Open": ("50.00", "Of the whole invoice: what is still owed."),
}
"""The columns of the template to fill in: an invented example of each, and what is to be known about it."""
