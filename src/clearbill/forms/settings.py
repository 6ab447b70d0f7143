"""Forms of settings: one field for each column that is named, with its label, length and choices from the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import BoundField
from django.forms.models import construct_instance

from clearbill.forms.fields import DayField, EmailField, PoundsField, TextField
from clearbill.people.audit.labels import label_of

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[models.Model]
else:
    _ModelForm = forms.ModelForm

_KINDS: dict[type[models.Field[Any, Any]], type[forms.Field]] = {
    models.EmailField: EmailField,
    models.CharField: TextField,
    models.DecimalField: PoundsField,
    models.DateField: DayField,
}


@dataclass(frozen=True, slots=True)
class FormRow:
    """Fields that stand beside each other, named with blanks between; one alone takes the whole width.

    `title` is a heading above the row, `wide` the field that takes the whole width of a row of several.
    """

    names: str
    title: str = ""
    wide: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as templates read it."""

    title: str
    wide: str
    bounds: list[BoundField]


def names_in(layout: Sequence[FormRow]) -> list[str]:
    """Return the names of all fields of a layout, for a form's `Meta.fields`."""
    return [name for row in layout for name in row.names.split()]


def form_field(column: models.Field[Any, Any], **given: Any) -> forms.Field | None:
    """Return the field for a column, called as the audit trail calls it; its kind can be chosen by `field_classes`."""
    given.setdefault("label", label_of(column.model._meta.model_name or "", column.name))
    kind = given.pop("form_class", None)
    if kind is None and not column.choices:
        kind = next((field for known, field in _KINDS.items() if isinstance(column, known)), None)
    if kind is None:
        return column.formfield(**given)
    if issubclass(kind, PoundsField):  # The digits are checked by the field itself.
        return models.Field.formfield(column, form_class=kind, **given)
    return column.formfield(form_class=kind, **given)


def not_taken(form: SettingsForm, name: str, sentence: str, among: Mapping[str, Any] | None = None) -> str:
    """Return what was typed in the field; refuse it where another row of the practice has the same.

    What is stored so already is left as it is. `among` is {field: value} of the rows that count.
    """
    typed: str = form.cleaned_data[name]
    row: Any = form.instance
    if not typed or typed == form.initial.get(name):
        return typed
    others = type(row)._default_manager.filter(practice=row.practice_id, **(among or {})).exclude(pk=row.pk)
    if typed.casefold() in {str(other).casefold() for other in others.values_list(name, flat=True)}:
        raise ValidationError(sentence)
    return typed


class SettingsForm(_ModelForm):
    """A form of one row of the settings. It never touches the row: a service saves `cleaned_data`."""

    layout: ClassVar[Sequence[FormRow]] = ()

    class Meta:
        formfield_callback = form_field

    def __init__(self, data: Any = None, *, instance: models.Model | None = None, **kwargs: Any) -> None:
        """`instance` is the stored row, or a new one with its practice; the form works on a copy of it."""
        super().__init__(data, instance=copy(instance), **kwargs)

    def shown_rows(self) -> Iterator[ShownRow]:
        """Yield the layout with its fields, for the tag `form_rows`."""
        for row in self.layout:
            yield ShownRow(row.title, row.wide, [self[name] for name in row.names.split()])

    def _post_clean(self) -> None:
        """Ask the columns as well, but no constraint of the database: those have no sentences for people."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        filled = {name for name, value in self.cleaned_data.items() if value not in (None, "")}
        try:
            self.instance.clean_fields(exclude={field.name for field in self.instance._meta.fields} - filled)
        except ValidationError as exc:
            self.add_error(None, exc)
