"""What taking in rows of appointments would do, by what is here now. Statements are as many for one row as for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clearbill.appointments.bulk_services import KnownVisit
from clearbill.appointments.models import Appointment
from clearbill.appointments.queries import HOLDS_TIME
from clearbill.appointments.services import Visit
from clearbill.bill import dates
from clearbill.clients.models import Client
from clearbill.fileformats.practice_systems.csv_appointments import LEFT_OUT
from clearbill.imports.appointments.fields import as_known, compared_values, moment_of, row_moment
from clearbill.imports.appointments.models import ImportedAppointment
from clearbill.imports.appointments.taken_times import TakenTimes
from clearbill.imports.clients.compare import Difference, compare
from clearbill.imports.matching.known_names import KnownNames
from clearbill.imports.matching.people import Found, chosen_or_found
from clearbill.imports.models import FileImport, ImportRow

NAME_LEFT_OUT = "Rows with this {} are left out, as was answered."

NOT_SAID = "Nobody has said which {} this is. Answer the questions about the file again."

SAME_APPOINTMENT = "Row {:,} tells of the same appointment of this client."

HERE_ALREADY = "This visit is in the calendar here already."


@dataclass(slots=True)
class Plan:
    """What one row would do: its verdict, the visit it tells of, and the appointment here that it is about."""

    row: ImportRow
    verdict: str
    sentence: str = ""
    known: KnownVisit | None = None
    likely: tuple[Client, ...] = ()
    imported: ImportedAppointment | None = None
    appointment: Appointment | None = None
    difference: Difference = field(default_factory=Difference)


def key_of(row: ImportRow, visit: Visit) -> str:
    """Return by what an appointment is known again: the other system's number, else start and practitioner; and the
    client.

    Where several people come to one appointment of the other system, each has one here.
    """
    known_by = row.key or f"{row.values['starts_at']}/{visit.practitioner.pk}"
    return f"{known_by}/{visit.client.pk}"


def plans(file: FileImport, rows: Sequence[ImportRow], now: datetime) -> list[Plan]:
    """Return what each of the rows would do. Rows that are wrong or left out by what they say stay so."""
    planned = [row for row in rows if not row.faults and not row.sentence and row.values]
    names = KnownNames(file.practice, file.answers)
    people = chosen_or_found(file, planned)
    found = {row.row_no: Plan(row, ImportRow.WRONG if row.faults else ImportRow.LEFT_OUT) for row in rows}
    for row in planned:
        found[row.row_no] = _plan(row, people[row.row_no], names, now)
    _compare(file, [plan for plan in found.values() if plan.known])
    return [found[row.row_no] for row in rows]


def _plan(row: ImportRow, who: Found, names: KnownNames, now: datetime) -> Plan:
    parts: dict[str, Any] = {}
    for column in ("practitioner", "service", "site"):
        name = row.values[column]
        parts[column] = names.find(column, name)
        if parts[column] == LEFT_OUT:
            return Plan(row, ImportRow.LEFT_OUT, NAME_LEFT_OUT.format(column))
        if not names.is_settled(column, name):
            return Plan(row, ImportRow.WRONG, NOT_SAID.format(column))
    if not who.likely:
        return Plan(row, ImportRow.WRONG, who.sentence)
    if who.client is None:
        return Plan(row, ImportRow.DOUBLE, who.sentence, likely=who.likely)
    starts_at = row_moment(row.values)
    is_past = dates.uk_day(starts_at) < dates.uk_day(now)
    known = KnownVisit(
        visit=_visit(row.values, who.client, parts),
        state=row.values["status"],
        is_billed_elsewhere=names.was_billed(row.values, is_past=is_past),
    )
    verdict = ImportRow.DOUBLE if who.sentence else ImportRow.NEW
    return Plan(row, verdict, who.sentence, known, who.likely)


def _visit(values: Mapping[str, str], client: Client, parts: Mapping[str, Any]) -> Visit:
    starts_at, ends_at = row_moment(values), moment_of(values["ends_at"])
    length = ends_at - starts_at if ends_at else timedelta(minutes=parts["service"].duration_minutes)
    return Visit(
        client=client,
        practitioner=parts["practitioner"],
        service=parts["service"],
        site=parts["site"],
        starts_at=starts_at,
        minutes=round(length.total_seconds() / 60),
        note=values["note"],
    )


def _compare(file: FileImport, planned: Sequence[Plan]) -> None:
    """Hold the visits against what was imported before and against the calendar."""
    visits = [plan.known.visit for plan in planned if plan.known]
    taken = TakenTimes(file.practice, visits)
    keys = [key_of(plan.row, visit) for plan, visit in zip(planned, visits, strict=True)]
    rows = ImportedAppointment.objects.filter(practice=file.practice_id, source=file.source, key__in=keys)
    related = rows.select_related(*(f"appointment__{name}" for name in ("client", "practitioner", "service", "site")))
    imported = {one.key: one for one in related}
    own = _added_by(file, taken)
    first: dict[str, int] = {}
    for plan, key in zip(planned, keys, strict=True):
        if (row_no := first.setdefault(key, plan.row.row_no)) != plan.row.row_no:
            plan.verdict, plan.sentence, plan.known = ImportRow.WRONG, SAME_APPOINTMENT.format(row_no), None
        elif one := imported.get(key):
            _compare_known(plan, one)
        else:
            _compare_stranger(plan, taken, own)


def _added_by(file: FileImport, taken: TakenTimes) -> set[Any]:
    """Return those of the appointments that came with this file: their rows were looked at together."""
    rows = ImportedAppointment.objects.filter(practice=file.practice_id, file=file, appointment__in=taken.keys)
    return set(rows.values_list("appointment", flat=True))


def _compare_known(plan: Plan, imported: ImportedAppointment) -> None:
    if plan.known is None:
        return
    plan.imported, plan.appointment = imported, imported.appointment
    ours = compared_values(as_known(imported.appointment))
    plan.difference = compare(imported.values, ours, compared_values(plan.known))
    plan.sentence = ""
    if plan.difference.conflicts:
        plan.verdict = ImportRow.CONFLICT
    else:
        plan.verdict = ImportRow.UNCHANGED if plan.difference.is_nothing else ImportRow.CHANGED


def _compare_stranger(plan: Plan, taken: TakenTimes, own: set[Any]) -> None:
    if plan.known is None:
        return
    if same := taken.same_visit(plan.known.visit):
        plan.verdict, plan.sentence, plan.appointment = ImportRow.UNCHANGED, HERE_ALREADY, same
        return
    if plan.known.state in HOLDS_TIME and (sentence := taken.why_taken(plan.known.visit, but_for=own)):
        plan.verdict, plan.sentence = ImportRow.DOUBLE, f"{plan.sentence} {sentence}".strip()
