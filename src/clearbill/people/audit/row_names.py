"""The names of the rows that the audit trail speaks of by their ids, and the choices of their fields.

The rows may be of any package: they are found by the name of their table, only to be read, and in one practice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model, QuerySet

from clearbill.people.audit import legacy_entries
from clearbill.people.models import Practice, User

GONE = "one that is no longer there"


class RowNames:
    """What rows are called, by their ids: one question to the database for each kind of row."""

    def __init__(self, practice: Practice, written: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """`written` is the kind and the changes of each entry that is to be told."""
        wanted: dict[type[Model], set[str]] = {}
        for subject_type, changes in written:
            for field, ids in ids_in(changes).items():
                if related := _related(subject_type, field):
                    wanted.setdefault(related, set()).update(ids)
        self._found = {model: _named(model, practice, ids) for model, ids in wanted.items()}

    def of(self, subject_type: str, field: str, row_id: str) -> str | None:
        """Return the row's name, that it is gone, or None where nobody needs to be told: the practice itself."""
        related = _related(subject_type, field)
        return self._found.get(related, {}).get(row_id, GONE) if related else None


def ids_in(changes: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the fields of an entry that hold ids of rows, and these."""
    found = {field: set(_ids(value)) for field, value in changes.items()}
    return {field: ids for field, ids in found.items() if ids}


@cache
def model_of(subject_type: str) -> type[Model] | None:
    """Return the table that an entry's `subject_type` names, None where there is none any more."""
    ours = (model for model in apps.get_models() if model.__module__.startswith("clearbill."))
    return next((model for model in ours if model._meta.model_name == subject_type), None)


def choices_of(subject_type: str, field: str) -> dict[str, str]:
    """Return the words for the values of a field that is chosen from a list, else nothing."""
    found = _field(subject_type, field)
    return {str(value): str(words) for value, words in found.flatchoices if value} if found and found.choices else {}


def verbose_name_of(subject_type: str, field: str) -> str:
    """Return the name that the model itself gives a field, "" where it gives none."""
    found = _field(subject_type, field)
    named = str(found.verbose_name) if found else ""
    return "" if named == field.replace("_", " ") else named


def _ids(value: Any) -> Iterator[str]:
    if legacy_entries.is_id(value):
        yield value
    elif isinstance(value, list | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _ids(one)


def _related(subject_type: str, field: str) -> type[Model] | None:
    """Return the table that the field's ids are of; None for the practice, which is always the same."""
    found = _field(subject_type, field)
    related = found.related_model if isinstance(found, ForeignKey) else None
    return None if related is Practice or isinstance(related, str) else related


def _field(subject_type: str, name: str) -> Field[Any, Any] | None:
    model = model_of(subject_type)
    try:
        found = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _named(model: type[Model], practice: Practice, ids: set[str]) -> dict[str, str]:
    return {str(row.pk): str(row) for row in _rows(model, practice).filter(pk__in=ids)}


def _rows(model: type[Model], practice: Practice) -> QuerySet[Model]:
    """Return the rows of the practice alone; of a table that belongs to none, nothing."""
    rows = model._default_manager.all()
    if model is User:
        return rows.filter(memberships__practice=practice).distinct()
    has_practice = any(field.name == "practice" for field in model._meta.get_fields())
    return rows.filter(practice=practice) if has_practice else rows.none()
