"""What a file says of one appointment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """One appointment of a file. What the file does not give is "" or None; times are UTC.

    `source_key` and `client_key` are the other system's own numbers of the appointment and of the client. `ends_at` is
    None where neither an end nor a length is given. `status` is one of STATUSES, "" where the file does not say it.
    `practitioner`, `service` and `site` are as the file calls them. `warnings` are sentences about what was read, but
    not taken as it stands.
    """

    row_no: int
    source_key: str = ""
    client_key: str = ""
    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    starts_at: datetime
    ends_at: datetime | None = None
    practitioner: str = ""
    service: str = ""
    site: str = ""
    status: str = ""
    invoice_number: str = ""
    note: str = ""
    warnings: tuple[str, ...] = ()


BOOKED, COMPLETED, CANCELLED, MISSED = "booked", "completed", "cancelled", "missed"

STATUSES = {
    BOOKED: "Booked: it is to come",
    COMPLETED: "The client was treated",
    CANCELLED: "Cancelled",
    MISSED: "The client did not attend",
}
"""What can have become of an appointment, and how it is asked about."""
