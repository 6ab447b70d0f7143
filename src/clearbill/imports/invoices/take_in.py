"""Take in rows of invoices, and undo it as long as nothing stands on them."""

from __future__ import annotations

from collections.abc import Sequence

from clearbill.db.ids import parse_id
from clearbill.imports.invoices.plan import Plan, plans
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing.imported_invoices import services
from clearbill.invoicing.models import Invoice
from clearbill.people.actor import Actor

CHANGED_MEANWHILE = "Something changed here since the file was checked. Go through the rest again to see what."

IN_USE = "Invoice {} is in use here by now: something was paid, credited or given out on it."


def take_in(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take in the rows as they were checked and decided, and put to each what became of it."""
    planned = plans(file, rows)
    new = [(plan, plan.invoice) for plan in planned if plan.invoice and _is_agreed(plan)]
    added = services.create_many(actor, invoices=[invoice for _, invoice in new])
    for plan in planned:
        plan.row.state, plan.row.sentence = ImportRow.REFUSED, CHANGED_MEANWHILE
    for (plan, _), invoice in zip(new, added, strict=True):
        plan.row.state, plan.row.sentence = ImportRow.TAKEN_IN, ""
        plan.row.before = {"added": str(invoice.pk)}


def undo(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Delete the invoices that the rows added, and put to each row what became of it: one in use is kept and named."""
    keys = {row.row_no: key for row in rows if (key := parse_id(row.before.get("added", "")))}
    found = {one.pk: one for one in Invoice.objects.filter(practice=file.practice_id, pk__in=set(keys.values()))}
    kept = services.in_use(list(found.values()))
    for row in rows:
        key = keys.get(row.row_no)
        invoice = found.get(key) if key else None
        is_kept = invoice is not None and invoice.pk in kept
        row.state = ImportRow.KEPT if is_kept else ImportRow.UNDONE
        row.sentence = IN_USE.format(invoice.number) if invoice and is_kept else ""
    services.delete_many(actor, invoices=[one for key, one in found.items() if key not in kept])


def _is_agreed(plan: Plan) -> bool:
    """Whether the row is new, or a person has said which client it is about."""
    row = plan.row
    if row.verdict == ImportRow.NEW:
        return plan.verdict == ImportRow.NEW
    client = plan.invoice.client if plan.invoice else None
    return row.decision.get("do") == "new" and client is not None and row.decision.get("client") == str(client.pk)
