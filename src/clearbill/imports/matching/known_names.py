"""What the names in a file stand for here: practitioners, services and sites, by name or as a person said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clearbill.clients.search.search_terms import key
from clearbill.fileformats import Choice, Question
from clearbill.fileformats.practice_systems.csv_appointments import LEFT_OUT, MENTIONED, PAST
from clearbill.imports.models import FileImport
from clearbill.people.models import Practice
from clearbill.workspace.models import Practitioner, Service, Site

ELSEWHERE = "elsewhere"
"""The question whether visits that are past were invoiced in the other system."""

ALL, NUMBERED, NONE = "all", "numbered", "none"

MOST_ASKED = 60

_SENTENCES = {
    "practitioner": "The file names the practitioner “{}”. Who is it here?",
    "service": "The file names the service “{}”. Which one is it here?",
    "site": "The file names the site “{}”. Which one is it here?",
}

_OF_NOBODY = {
    "practitioner": "Some rows name no practitioner. Whose are they?",
    "service": "Some rows name no service. Which one is it?",
}

_TOO_MANY = "More than 60 names in the column of {} are not known, so it is probably another one. Which column is it?"

_CALLED = {"practitioner": "the practitioner", "service": "the service", "site": "the site"}

_WERE_INVOICED = "Were the visits that are past invoiced in the other system?"


class KnownNames:
    """The practitioners, services and sites of a practice, and what names of a file stand for among them."""

    def __init__(self, practice: Practice, answers: Mapping[str, Any]) -> None:
        self._meanings: Mapping[str, str] = answers.get("meanings", {})
        self._rows: dict[str, list[Any]] = {
            "practitioner": list(Practitioner.objects.filter(practice=practice).order_by("-is_active", "name")),
            "service": list(Service.objects.filter(practice=practice).order_by("-is_active", "name")),
            "site": list(Site.objects.filter(practice=practice).order_by("-is_active", "name")),
        }
        self._by_key = {column: {str(row.pk): row for row in rows} for column, rows in self._rows.items()}
        self._by_name = {column: _by_name(rows) for column, rows in self._rows.items()}

    def find(self, column: str, name: str) -> Any:
        """Return what a name stands for: a row of the practice, LEFT_OUT, or None where nobody said it."""
        if name and (found := self._by_name[column].get(key(name))):
            return found
        answer = self._meanings.get(f"{column}:{name}")
        return LEFT_OUT if answer == LEFT_OUT else self._by_key[column].get(answer or "")

    def is_settled(self, column: str, name: str) -> bool:
        """Return whether nothing is to be asked about the name. A site may stay open."""
        if self.find(column, name) is not None:
            return True
        return column == "site" and (not name or self._meanings.get(f"site:{name}") == "")

    def choices(self, column: str) -> tuple[Choice, ...]:
        """Return what a name can stand for."""
        rows = tuple(Choice(str(row.pk), row.name if row.is_active else _left(row)) for row in self._rows[column])
        none = Choice("", "None: leave the site open") if column == "site" else Choice(LEFT_OUT, "Leave these rows out")
        return (*rows, none)

    def name_of(self, column: str, row_id: str) -> str:
        """Return the name of a row by its id, "" for none."""
        row = self._by_key[column].get(row_id)
        return row.name if row else ""

    def was_billed(self, values: Mapping[str, str], *, is_past: bool) -> bool:
        """Return whether the visit of a row was invoiced in the other system."""
        answer = self._meanings.get(ELSEWHERE, NUMBERED)
        return bool(values["invoice_number"]) if answer == NUMBERED else answer == ALL and is_past


def questions(file: FileImport, mentioned: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> list[Question]:
    """Return what is left to ask about what the file mentions."""
    names = KnownNames(file.practice, file.answers)
    asked: list[Question] = []
    for column in MENTIONED:
        open_names = [name for name in mentioned.get(column, ()) if not names.is_settled(column, name)]
        if len(open_names) > MOST_ASKED:
            asked.append(_which_column(column, file.found.get("names", [])))
        else:
            asked += [_about(names, column, name) for name in open_names]
    if PAST in mentioned and ELSEWHERE not in file.answers.get("meanings", {}):
        asked.append(_about_invoices("invoice_number" in columns))
    return asked


def _about(names: KnownNames, column: str, name: str) -> Question:
    sentence = _SENTENCES[column].format(name[:60]) if name else _OF_NOBODY[column]
    return Question(f"{column}:{name}", sentence, names.choices(column))


def _which_column(column: str, names: Sequence[str]) -> Question:
    choices = (Choice("", "The file has none"), *(Choice(name, f"“{name}”") for name in names))
    return Question(column, _TOO_MANY.format(_CALLED[column]), choices)


def _about_invoices(has_numbers: bool) -> Question:
    numbered = Choice(NUMBERED, "Those that have an invoice number in the file")
    return Question(
        ELSEWHERE,
        _WERE_INVOICED,
        (
            Choice(ALL, "Yes, all: none of them is to be invoiced here"),
            *((numbered,) if has_numbers else ()),
            Choice(NONE, "No: those that took place are to be invoiced here"),
        ),
    )


def _by_name(rows: Sequence[Any]) -> dict[str, Any]:
    """Return the rows by name, without names that two of them have."""
    names = [key(row.name) for row in rows]
    return {name: row for name, row in zip(names, rows, strict=True) if names.count(name) == 1}


def _left(row: Any) -> str:
    return f"{row.name} (no longer active)"
