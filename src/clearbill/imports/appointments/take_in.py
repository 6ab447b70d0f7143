"""Take in rows of appointments: new ones in one go, changes one by one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from clearbill.appointments import bulk_services
from clearbill.bill.problem import Refused
from clearbill.imports.appointments.fields import as_known, compared_values, with_fields
from clearbill.imports.appointments.models import ImportedAppointment
from clearbill.imports.appointments.plan import Plan, key_of, plans
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor

AS_NEW, UPDATE = "new", "update"

CHANGED_MEANWHILE = "Something changed here since the file was checked. Go through the rest again to see what."


def take_in(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take in the rows as they were checked and decided, and put to each what became of it."""
    planned = plans(file, rows, file.brought_at)
    new = [plan for plan in planned if _is_new(plan)]
    _add(actor, file, new)
    for plan in planned:
        if plan not in new:
            _take_one(actor, file, plan)


def _is_new(plan: Plan) -> bool:
    if plan.known is None or plan.imported or plan.appointment:
        return False
    row = plan.row
    if row.verdict == ImportRow.DOUBLE:
        return row.decision.get("do") == AS_NEW and row.decision.get("client") == str(plan.known.visit.client.pk)
    return row.verdict == ImportRow.NEW and plan.verdict == ImportRow.NEW


def _add(actor: Actor, file: FileImport, new: Sequence[Plan]) -> None:
    visits = [plan.known for plan in new if plan.known]
    keys = [key_of(plan.row, known.visit) for plan, known in zip(new, visits, strict=True)]
    added = bulk_services.create_many(actor, visits=visits)
    ImportedAppointment.objects.bulk_create(
        ImportedAppointment(
            practice=actor.practice,
            appointment=row,
            source=file.source,
            key=key,
            values=compared_values(as_known(row)),
            file=file,
        )
        for key, row in zip(keys, added, strict=True)
    )
    for plan, row in zip(new, added, strict=True):
        plan.row.state, plan.row.before = ImportRow.TAKEN_IN, {"added": str(row.pk)}


def _take_one(actor: Actor, file: FileImport, plan: Plan) -> None:
    try:
        with transaction.atomic():
            _update(actor, file, plan)
            plan.row.state = ImportRow.TAKEN_IN
    except Refused as why:
        plan.row.state, plan.row.before, plan.row.sentence = ImportRow.REFUSED, {}, str(why)[:500]


def _update(actor: Actor, file: FileImport, plan: Plan) -> None:
    """Make the appointment as the file has it. Raises Refused, as where it is no longer what was looked at."""
    known, imported, appointment = plan.known, plan.imported, plan.appointment
    if known is None or imported is None or appointment is None or _is_other_than_shown(plan):
        raise Refused(CHANGED_MEANWHILE)
    before = as_known(appointment)
    changed = with_fields(before, known, plan.row.found["changes"])
    plan.row.before = {
        "changed": str(appointment.pk),
        "values": compared_values(before),
        "written": compared_values(changed),
        "last": imported.values,
        "last_file": str(imported.file_id),
    }
    bulk_services.change_known(actor, appointment=appointment, to=changed)
    imported.values, imported.file = compared_values(known), file
    imported.save(update_fields=["values", "file"])


def _is_other_than_shown(plan: Plan) -> bool:
    """Whether what would change is not what a person saw."""
    if plan.verdict not in (ImportRow.CHANGED, ImportRow.CONFLICT) or plan.verdict != plan.row.verdict:
        return True
    theirs = {name: theirs for name, (_, theirs) in plan.difference.conflicts.items()}
    return plan.difference.changes | theirs != plan.row.found.get("changes", {})
