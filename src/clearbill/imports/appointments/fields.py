"""The fields of an appointment that files give, as text: so a file, an appointment here and what was imported last are
compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from clearbill.appointments.bulk_services import KnownVisit
from clearbill.appointments.models import Appointment
from clearbill.appointments.services import Visit
from clearbill.bill import dates
from clearbill.fileformats.practice_systems import AppointmentRow
from clearbill.imports.matching.known_names import KnownNames

LABELS = {
    "when": "When",
    "practitioner": "Practitioner",
    "service": "Service",
    "site": "Site",
    "state": "Status",
    "note": "Note",
}
"""What the fields that are compared are called."""

CLIENT = ("client_key", "first_name", "last_name", "birth_date", "email", "phone")
"""Fields of a row that tell who the client is."""

_OF_THE_FILE = (*CLIENT, "starts_at", "ends_at", "practitioner", "service", "site", "status", "invoice_number", "note")


def values_of(row: AppointmentRow) -> dict[str, str]:
    """Return what the row says, as text."""
    return {name: _to_text(getattr(row, name)) for name in _OF_THE_FILE}


def moment_of(text: str) -> datetime | None:
    """Return a kept moment, None for none."""
    return datetime.fromisoformat(text) if text else None


def compared_values(known: KnownVisit) -> dict[str, str]:
    """Return the fields of a visit that are compared."""
    visit = known.visit
    return {
        "when": f"{visit.starts_at.isoformat()}/{visit.ends_at.isoformat()}",
        "practitioner": str(visit.practitioner.pk),
        "service": str(visit.service.pk),
        "site": str(visit.site.pk) if visit.site else "",
        "state": known.state,
        "note": visit.note,
    }


def as_known(row: Appointment) -> KnownVisit:
    """Return an appointment here as a file would tell of it."""
    minutes = (row.ends_at - row.starts_at).total_seconds() / 60
    visit = Visit(
        client=row.client,
        practitioner=row.practitioner,
        service=row.service,
        site=row.site,
        starts_at=row.starts_at,
        minutes=round(minutes),
        note=row.note,
    )
    return KnownVisit(visit=visit, state=row.state, is_billed_elsewhere=row.is_billed_elsewhere)


def shown(field: str, text: str, names: KnownNames) -> str:
    """Return a kept value as people read it."""
    if field == "when":
        return show_when(text)
    if field == "state":
        return str(dict(Appointment.STATES).get(text, text))
    return names.name_of(field, text) if field in ("practitioner", "service", "site") else text


def show_when(text: str) -> str:
    """Return from when to when, as people read it; with the start alone where no end is given."""
    starts_at, ends_at = (moment_of(one) for one in (*text.split("/"), "")[:2])
    if starts_at is None:
        return ""
    times = dates.show_times(starts_at, ends_at) if ends_at else dates.show_time(starts_at)
    return f"{dates.show(dates.uk_day(starts_at))}, {times}"


def with_fields(ours: KnownVisit, theirs: KnownVisit, names: Collection[str]) -> KnownVisit:
    """Return our visit with these of the compared fields as theirs."""
    visits = {name: theirs.visit if name in names else ours.visit for name in LABELS}
    visit = Visit(
        client=ours.visit.client,
        practitioner=visits["practitioner"].practitioner,
        service=visits["service"].service,
        site=visits["site"].site,
        starts_at=visits["when"].starts_at,
        minutes=visits["when"].minutes,
        note=visits["note"].note,
    )
    state = theirs.state if "state" in names else ours.state
    return KnownVisit(visit=visit, state=state, is_billed_elsewhere=ours.is_billed_elsewhere)


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def row_moment(values: Mapping[str, str]) -> datetime:
    """Return when the appointment of a row begins."""
    return datetime.fromisoformat(values["starts_at"])
