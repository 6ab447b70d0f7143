"""Undo what rows of appointments did, as long as nothing stands on it: a visit in use by now is kept and named."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from clearbill.appointments import bulk_services
from clearbill.appointments.models import Appointment
from clearbill.appointments.services import label_of
from clearbill.bill.problem import Refused
from clearbill.db.ids import parse_id
from clearbill.imports.appointments.fields import as_known, compared_values, moment_of, with_fields
from clearbill.imports.appointments.models import ImportedAppointment
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing.models import InvoiceLine
from clearbill.people.actor import Actor
from clearbill.workspace.models import Practitioner, Service, Site

INVOICED = "{} was invoiced here since."

CHANGED = "{} was changed here since."

NEWER = "{} was changed by a newer file since. Undo that one first."

GONE = "The appointment is no longer there."

_RELATED = ("client", "practitioner", "service", "site")


def undo(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take back what the rows did, and put to each what became of it."""
    found = _imported(file, rows)
    _delete(actor, file, [(row, found.get(_key(row, "added"))) for row in rows if "added" in row.before])
    for row in rows:
        if "changed" in row.before:
            _change_back(actor, file, row, found.get(_key(row, "changed")))


def _delete(actor: Actor, file: FileImport, rows: Sequence[tuple[ImportRow, ImportedAppointment | None]]) -> None:
    """Delete the appointments that the rows added."""
    invoiced = _invoiced([one for _, one in rows if one])
    gone = []
    for row, one in rows:
        row.sentence = _why_kept(file, one, invoiced) if one else ""
        row.state = ImportRow.KEPT if row.sentence else ImportRow.UNDONE
        if one and not row.sentence:
            gone.append(one.appointment)
    bulk_services.delete_many(actor, appointments=gone)


def _change_back(actor: Actor, file: FileImport, row: ImportRow, one: ImportedAppointment | None) -> None:
    if one is None:
        row.state, row.sentence = ImportRow.KEPT, GONE
        return
    try:
        with transaction.atomic():
            _restore(actor, file, row, one)
            row.state = ImportRow.UNDONE
    except Refused as why:
        row.state, row.sentence = ImportRow.KEPT, str(why)[:500]


def _restore(actor: Actor, file: FileImport, row: ImportRow, one: ImportedAppointment) -> None:
    """Put back what the row changed. Raises Refused where somebody changed it since."""
    called = label_of(one.appointment)
    if one.file_id != file.pk:
        raise Refused(NEWER.format(called))
    now = as_known(one.appointment)
    if compared_values(now) != row.before["written"]:
        raise Refused(CHANGED.format(called))
    values = row.before["values"]
    before = _as_it_was(one.appointment, values)
    bulk_services.change_known(actor, appointment=one.appointment, to=with_fields(now, before, values))
    one.values, one.file_id = row.before["last"], parse_id(row.before["last_file"]) or one.file_id
    one.save(update_fields=["values", "file"])


def _as_it_was(row: Appointment, values: dict[str, str]) -> bulk_services.KnownVisit:
    """Return the visit with the values that it had. Raises Refused where what they name is gone."""
    starts_at, ends_at = (moment_of(text) for text in values["when"].split("/"))
    practitioner = Practitioner.objects.filter(practice=row.practice_id, pk=values["practitioner"]).first()
    service = Service.objects.filter(practice=row.practice_id, pk=values["service"]).first()
    site = Site.objects.filter(practice=row.practice_id, pk=values["site"]).first() if values["site"] else None
    if practitioner is None or service is None or starts_at is None or ends_at is None:
        raise Refused(GONE)
    visit = bulk_services.Visit(
        client=row.client,
        practitioner=practitioner,
        service=service,
        site=site,
        starts_at=starts_at,
        minutes=round((ends_at - starts_at).total_seconds() / 60),
        note=values["note"],
    )
    return bulk_services.KnownVisit(visit=visit, state=values["state"])


def _why_kept(file: FileImport, one: ImportedAppointment, invoiced: set[UUID]) -> str:
    called = label_of(one.appointment)
    if one.appointment_id in invoiced:
        return INVOICED.format(called)
    if one.file_id != file.pk:
        return NEWER.format(called)
    is_changed = compared_values(as_known(one.appointment)) != one.values
    return CHANGED.format(called) if is_changed else ""


def _invoiced(imported: Sequence[ImportedAppointment]) -> set[UUID]:
    lines = InvoiceLine.objects.filter(appointment__in=[one.appointment_id for one in imported])
    return set(lines.values_list("appointment", flat=True))


def _imported(file: FileImport, rows: Sequence[ImportRow]) -> dict[UUID | None, ImportedAppointment]:
    keys = {_key(row, name) for row in rows for name in ("added", "changed")} - {None}
    known = ImportedAppointment.objects.filter(practice=file.practice_id, appointment__in=keys)
    return {one.appointment_id: one for one in known.select_related(*(f"appointment__{name}" for name in _RELATED))}


def _key(row: ImportRow, name: str) -> UUID | None:
    return parse_id(row.before.get(name, ""))
