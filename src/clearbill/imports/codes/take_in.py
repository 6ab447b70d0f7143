"""Take in rows of codes, and undo it where a code is still as its file made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clearbill.bill.text import plural
from clearbill.imports.codes.check import WHOLE_FILE, check, entries_of
from clearbill.imports.codes.fields import entry_of, key_of, values_of
from clearbill.imports.models import FileImport, ImportRow
from clearbill.people.actor import Actor
from clearbill.workspace import code_list
from clearbill.workspace.models import CodeEntry

CHANGED_MEANWHILE = "Something changed here since the file was checked. Go through the rest again to see what."

CHANGED_SINCE = "The code {} was loaded again or deleted since, and stays as it is now."

TAKEN_OUT = "{:,} {} taken out of the list."


def take_in(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take in the rows as they were checked, and put to each what became of it."""
    here = entries_of(file, rows)
    agreed = {row.row_no: (row.verdict, row.found) for row in rows}
    check(file, rows)
    entries = []
    for row in rows:
        row.state, row.sentence = ImportRow.TAKEN_IN, ""
        if row.row_no == WHOLE_FILE:
            _take_out_others(actor, file, row)
        elif (row.verdict, row.found) == agreed[row.row_no]:
            row.before = _kept(here.get(row.key))
            entries.append(_entry(actor, row.values))
        else:
            row.state, row.sentence = ImportRow.REFUSED, CHANGED_MEANWHILE
    code_list.put(entries)


def undo(actor: Actor, file: FileImport, rows: Sequence[ImportRow]) -> None:
    """Take out what the rows added and put back what they changed; a code that was changed since stays as it is."""
    here = entries_of(file, rows)
    gone, back = [], []
    for row in rows:
        row.state, row.sentence = ImportRow.UNDONE, ""
        if row.row_no == WHOLE_FILE:
            back += _taken_out(actor, row)
            continue
        entry, before = here.get(row.key), row.before.get("entry")
        if (entry or before) and (entry is None or entry.is_sample or values_of(entry) != row.values):
            row.state, row.sentence = ImportRow.KEPT, CHANGED_SINCE.format(row.values["code"])
        elif before:
            back.append(_entry(actor, before, is_sample=row.before["is_sample"]))
        elif entry:
            gone.append(entry)
    code_list.take_out(actor.practice, entries=gone)
    code_list.put(back)


def _take_out_others(actor: Actor, file: FileImport, row: ImportRow) -> None:
    """Take out what is not in the file, of the kinds that are in it, and keep it with the row."""
    good = ImportRow.objects.filter(file=file).exclude(verdict=ImportRow.WRONG).exclude(key="")
    keys = set(good.values_list("key", flat=True))
    kinds = {key.partition(" ")[0] for key in keys}
    listed = CodeEntry.objects.filter(practice=actor.practice, kind__in=kinds)
    others = [entry for entry in listed if key_of(entry.kind, entry.code) not in keys]
    code_list.take_out(actor.practice, entries=others)
    row.before = {"taken_out": [_kept(entry) for entry in others]}
    row.sentence = TAKEN_OUT.format(len(others), plural(len(others), "code is", "codes are"))


def _taken_out(actor: Actor, row: ImportRow) -> list[CodeEntry]:
    """Return the entries that the row took out, as far as nobody loaded them again since."""
    here = set(CodeEntry.objects.filter(practice=actor.practice).values_list("kind", "code"))
    kept = [(one["entry"], one["is_sample"]) for one in row.before.get("taken_out", [])]
    return [
        _entry(actor, values, is_sample=is_sample)
        for values, is_sample in kept
        if (values["kind"], values["code"]) not in here
    ]


def _kept(entry: CodeEntry | None) -> dict[str, Any]:
    """Return what is kept of an entry so that it can be put back."""
    return {"entry": values_of(entry), "is_sample": entry.is_sample} if entry else {}


def _entry(actor: Actor, values: dict[str, str], *, is_sample: bool = False) -> CodeEntry:
    entry = entry_of(values)
    entry.practice, entry.is_sample = actor.practice, is_sample
    return entry
