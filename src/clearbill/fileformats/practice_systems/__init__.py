"""Files that come from another practice system, or from a list that a practice keeps: clients with their cover,
appointments, invoices."""

from __future__ import annotations

from clearbill.fileformats.practice_systems.appointment_row import AppointmentRow
from clearbill.fileformats.practice_systems.client_row import ClientRow
from clearbill.fileformats.practice_systems.csv_appointments import read_appointments
from clearbill.fileformats.practice_systems.csv_clients import read_clients
from clearbill.fileformats.practice_systems.csv_invoices import read_invoices
from clearbill.fileformats.practice_systems.invoice_row import InvoiceRow

__all__ = ["AppointmentRow", "ClientRow", "InvoiceRow", "read_appointments", "read_clients", "read_invoices"]
