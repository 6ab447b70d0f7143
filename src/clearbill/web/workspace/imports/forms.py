"""What is asked about a file, and about a row that may be of a client who is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clearbill.clients.models import Client
from clearbill.fileformats import LARGEST_BYTES
from clearbill.fileformats.table import TABLE_FILES
from clearbill.forms.fields import LongSelect
from clearbill.imports.kind import ComparedField, ImportKind
from clearbill.imports.kinds import SOURCES
from clearbill.imports.models import FileImport, ImportRow
from clearbill.web.workspace.imports.words import WORDS, KindWords

TOO_LARGE = "The file is larger than 50 MB. Split it and bring the parts one after another."

NOT_THERE = "It is not in the file"

ORDERS = [
    ("", "As the dates themselves prove it"),
    ("dmy", "Day, month, year"),
    ("mdy", "Month, day, year"),
]

FEW_CHOICES = 12


class UploadForm(forms.Form):
    """A file, what is in it, and the system it comes from."""

    kind = forms.ChoiceField(label="What is in the file?")
    source = forms.ChoiceField(
        label="Where does it come from?",
        choices=[("", "Another system, or a list of your own"), *SOURCES.items()],
        required=False,
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": f"{TABLE_FILES},.ics,text/calendar", "data-largest": LARGEST_BYTES}),
        help_text="CSV or a workbook (XLSX, XLS, ODS); appointments also as a calendar (ICS). Up to 50 MB and 200,000 "
        "rows.",
    )

    def __init__(self, *args: Any, kinds: Mapping[str, KindWords], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(slug, words.name) for slug, words in kinds.items()]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError(TOO_LARGE)
        return file


class AnswersForm(forms.Form):
    """The questions that a file leaves open. Each choice of a column shows what its first rows hold."""

    def __init__(self, *args: Any, file: FileImport, kind: ImportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = file.found
        self._asked: dict[str, tuple[str, list[str]]] = {}
        for number, question in enumerate(found["questions"]):
            values = [value for value, _ in question["choices"]]
            is_column = question["field"] in kind.columns
            labels = [_with_example(found, value, label) for value, label in question["choices"]]
            if is_column and "" not in values and question["field"] not in kind.needed:
                values, labels = [*values, ""], [*labels, NOT_THERE]
            name = f"question-{number}"
            self._asked[name] = question["field"], values
            choices = [(str(place), label) for place, label in enumerate(labels)]
            is_long = len(choices) > FEW_CHOICES
            self.fields[name] = forms.ChoiceField(
                label=question["sentence"],
                choices=[("", "Choose one"), *choices] if is_long else choices,
                widget=LongSelect if is_long else forms.RadioSelect,
            )

    def given(self) -> dict[str, str]:
        """Return the answers by the fields of the questions; only after the form is valid."""
        return {field: values[int(self.cleaned_data[name])] for name, (field, values) in self._asked.items()}


def _with_example(found: Mapping[str, Any], value: str, label: str) -> str:
    """Return a column's name with what its first rows hold: what choosing it would make."""
    names = found.get("names", [])
    if value not in names:
        return label
    cells = [row[place] for row in found.get("first_rows", []) if (place := names.index(value)) < len(row)]
    held = [cell for cell in cells if cell]
    return f"{label}, such as {', '.join(cell[:40] for cell in held)}" if held else f"{label}, empty in the first rows"


class ColumnsForm(forms.Form):
    """Which column is which, as a person says after seeing the rows."""

    def __init__(self, *args: Any, file: FileImport, kind: ImportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: list[str] = file.found.get("names", [])
        choices = [("", NOT_THERE), *((str(place), name) for place, name in enumerate(self._names))]
        self._columns = list(kind.columns)
        for column in self._columns:
            theirs = file.found.get("columns", {}).get(column, "")
            self.fields[f"column-{column}"] = forms.ChoiceField(
                label=kind.label(column),
                choices=choices,
                required=False,
                initial=str(self._names.index(theirs)) if theirs in self._names else "",
            )
        self.fields["order"] = forms.ChoiceField(
            label="Order of the dates", choices=ORDERS, required=False, initial=file.answers.get("order", "")
        )

    def given(self) -> dict[str, str]:
        """Return the answers by their fields; only after the form is valid."""
        places = {column: self.cleaned_data[f"column-{column}"] for column in self._columns}
        columns = {column: self._names[int(place)] if place else "" for column, place in places.items()}
        return {**columns, "order": self.cleaned_data["order"]}


class DecisionForm(forms.Form):
    """What becomes of a row that is perhaps of a client who is here, or of whom both sides changed something."""

    do = forms.ChoiceField(label="What becomes of the row", widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, row: ImportRow, client: Client | None, fields: Sequence[ComparedField], **kwargs: Any
    ) -> None:
        decision = row.decision
        choices = WORDS[row.file.kind].choices[row.verdict]
        is_asked = any(one.is_asked for one in fields)
        usual = {"do": decision.get("do", "update" if row.verdict == ImportRow.CONFLICT and is_asked else "")}
        super().__init__(*args, **kwargs)
        self.initial = usual
        self.client, self.compared = client, fields
        choice: Any = self.fields["do"]
        choice.choices = [(do, words) for do, words in choices.items() if self._may(do)]
        chosen = decision.get("fields", {})
        for one in fields:
            if one.is_asked:
                self.fields[f"take-{one.name}"] = forms.ChoiceField(
                    label=one.label,
                    choices=[("ours", one.ours or "Nothing"), ("theirs", one.theirs or "Nothing")],
                    widget=forms.RadioSelect,
                    initial=chosen.get(one.name, "ours"),
                    required=False,
                )

    def _may(self, do: str) -> bool:
        return do != "update" or self.client is not None

    def sides(self) -> list[tuple[ComparedField, Any]]:
        """Return each field with both values, and the two buttons where a person chooses."""
        return [(one, list(self[f"take-{one.name}"]) if one.is_asked else None) for one in self.compared]

    def decision(self) -> dict[str, Any]:
        """Return what was decided; only after the form is valid."""
        given = self.cleaned_data
        fields = {one.name: given[f"take-{one.name}"] or "ours" for one in self.compared if one.is_asked}
        client = str(self.client.pk) if self.client else ""
        return {"do": given["do"], "client": client, "fields": fields}
