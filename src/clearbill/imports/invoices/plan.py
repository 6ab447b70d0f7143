"""What taking in rows of invoices would do, by what is here now. Statements are as many for one row as for hundreds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clearbill.bill import money
from clearbill.clients.models import Client
from clearbill.fileformats.practice_systems.csv_appointments import LEFT_OUT
from clearbill.imports.invoices.fields import invoice_of
from clearbill.imports.matching.known_names import KnownNames
from clearbill.imports.matching.people import Found, chosen_or_found
from clearbill.imports.models import FileImport, ImportRow
from clearbill.invoicing.imported_invoices.services import ImportedInvoice, why_not_the_number
from clearbill.invoicing.models import Invoice

HERE_ALREADY = "This invoice is here already."

OTHER_INVOICE = "Another invoice here has this number."

OTHER_SUMS = "This invoice is here already, with {ours} open; the file says {theirs}. Record on it what was paid since."

NAME_LEFT_OUT = "Rows with this practitioner are left out, as was answered."

NOT_SAID = "Nobody has said which practitioner this is. Answer the questions about the file again."


@dataclass(slots=True)
class Plan:
    """What one row would do: its verdict, and the invoice that it tells of."""

    row: ImportRow
    verdict: str
    sentence: str = ""
    invoice: ImportedInvoice | None = None
    likely: tuple[Client, ...] = ()


def plans(file: FileImport, rows: Sequence[ImportRow]) -> list[Plan]:
    """Return what each of the rows would do. Rows that are wrong or left out by what they say stay so."""
    planned = [row for row in rows if not row.faults and not row.sentence and row.values]
    names = KnownNames(file.practice, file.answers)
    people = chosen_or_found(file, planned)
    numbers = {row.values["number"] for row in planned}
    here = {one.number: one for one in Invoice.objects.filter(practice=file.practice_id, number__in=numbers)}
    found = {row.row_no: Plan(row, ImportRow.WRONG if row.faults else ImportRow.LEFT_OUT) for row in rows}
    for row in planned:
        if (one := here.get(row.values["number"])) is not None:
            found[row.row_no] = _of_known(row, one)
        else:
            found[row.row_no] = _of_stranger(file, row, people[row.row_no], names)
    return [found[row.row_no] for row in rows]


def _of_known(row: ImportRow, one: Invoice) -> Plan:
    if not one.is_imported or one.net_total != Decimal(row.values["amount"]):
        return Plan(row, ImportRow.WRONG, OTHER_INVOICE)
    theirs = Decimal(row.values["is_open"])
    if one.open_total == theirs:
        return Plan(row, ImportRow.UNCHANGED, HERE_ALREADY)
    sums = {"ours": money.show(one.open_total), "theirs": money.show(theirs)}
    return Plan(row, ImportRow.LEFT_OUT, OTHER_SUMS.format(**sums))


def _of_stranger(file: FileImport, row: ImportRow, who: Found, names: KnownNames) -> Plan:
    values: dict[str, Any] = row.values
    if sentence := why_not_the_number(file.practice, values["number"]):
        return Plan(row, ImportRow.WRONG, sentence)
    practitioner = names.find("practitioner", values["practitioner"])
    if practitioner == LEFT_OUT:
        return Plan(row, ImportRow.LEFT_OUT, NAME_LEFT_OUT)
    if practitioner is None:
        return Plan(row, ImportRow.WRONG, NOT_SAID)
    if not who.likely:
        return Plan(row, ImportRow.WRONG, who.sentence)
    if who.client is None:
        return Plan(row, ImportRow.DOUBLE, who.sentence, likely=who.likely)
    verdict = ImportRow.DOUBLE if who.sentence else ImportRow.NEW
    return Plan(row, verdict, who.sentence, invoice_of(values, who.client, practitioner), who.likely)
