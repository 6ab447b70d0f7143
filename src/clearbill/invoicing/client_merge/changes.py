"""Write what a merge changes, and keep each value as it was before, so that it can be put back exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Field, Model

from clearbill.clients.merges import ClientMerge, MergeChange
from clearbill.clients.models import Client, ClientDiagnosis
from clearbill.invoicing.client_merge.relations import changed_models

DIAGNOSES = "diagnoses"

ROWS_AT_ONCE = 500


class Changes:
    """The changes of one merge: each is made at once, and kept by `keep` at the end.

    Rows are written by `update`, so that no signal and no time stamp is touched that would not be put back.
    """

    def __init__(self, merge: ClientMerge) -> None:
        self._merge = merge
        self._made: dict[tuple[str, str, str], MergeChange] = {}

    def set_fields(self, row: Model, values: Mapping[str, Any], *, whole: bool = False) -> None:
        """Give the row these values by their columns' names; with `whole` those that stay the same are kept too."""
        model, changed = type(row), {}
        for name, value in values.items():
            field = _field(model, name)
            before = getattr(row, field.attname)
            if whole or before != value:
                self._note(model, row.pk, field.name, before, value)
            if before != value:
                changed[field.attname] = value
                setattr(row, field.attname, value)
        if changed:
            model._base_manager.filter(pk=row.pk).update(**changed)

    def set_all(self, model: type[Model], name: str, keys: Sequence[Any], *, before: Any, after: Any) -> None:
        """Give the rows with these keys, all of which have `before`, the value `after`."""
        field = _field(model, name)
        for start in range(0, len(keys), ROWS_AT_ONCE):
            some = keys[start : start + ROWS_AT_ONCE]
            model._base_manager.filter(pk__in=some).update(**{field.attname: after})
        for key in keys:
            self._note(model, key, field.name, before, after)

    def add_diagnoses(self, survivor: Client, others: Iterable[ClientDiagnosis]) -> list[str]:
        """Copy to the survivor, after its own, the codes that it lacks; return those copied."""
        own = list(ClientDiagnosis.objects.filter(client=survivor))
        known, last = {_key(one) for one in own}, max((one.position for one in own), default=0)
        missing = [one for one in others if _key(one) not in known]
        if not missing:
            return []
        ClientDiagnosis.objects.bulk_create(
            ClientDiagnosis(client=survivor, position=place, code=one.code, scheme=one.scheme, title=one.title)
            for place, one in enumerate(missing, last + 1)
        )
        self._note(Client, survivor.pk, DIAGNOSES, [_key(one) for one in own], _keys(survivor))
        return [one.code for one in missing]

    def keep(self) -> None:
        """Store every change that was made."""
        MergeChange.objects.bulk_create(self._made.values(), batch_size=ROWS_AT_ONCE)

    def _note(self, model: type[Model], key: Any, field: str, before: Any, after: Any) -> None:
        label, row_id = model._meta.label_lower, str(key)
        noted = self._made.get((label, row_id, field))
        if noted is not None:
            noted.after = _stored(after)
            return
        self._made[label, row_id, field] = MergeChange(
            merge=self._merge,
            model=label,
            row_id=row_id,
            field=field,
            before=_stored(before),
            after=_stored(after),
        )


def is_as_left(change: MergeChange, row: Model) -> bool:
    """Return whether the row still has the value that the merge gave it."""
    if change.field == DIAGNOSES:
        return _keys(row) == change.after
    field = _field(type(row), change.field)
    return bool(getattr(row, field.attname) == field.to_python(change.after))


def put_back(change: MergeChange, row: Model) -> None:
    """Give the row the value that it had before the merge."""
    if change.field == DIAGNOSES:
        added = set(change.after or ()) - set(change.before or ())
        gone = [one.pk for one in ClientDiagnosis.objects.filter(client=row.pk) if _key(one) in added]
        ClientDiagnosis.objects.filter(pk__in=gone).delete()
        return
    field = _field(type(row), change.field)
    type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: field.to_python(change.before)})


def rows_by_key(changes: Iterable[MergeChange]) -> dict[tuple[str, str], Model]:
    """Return the rows of the changes as they are now, by model and key; those that are gone are left out."""
    keys: dict[str, set[str]] = {}
    for change in changes:
        keys.setdefault(change.model, set()).add(change.row_id)
    found: dict[tuple[str, str], Model] = {}
    models = changed_models()
    for label, ids in keys.items():
        wanted = sorted(ids)
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            rows = models[label]._base_manager.filter(pk__in=wanted[start : start + ROWS_AT_ONCE])
            found |= {(label, str(row.pk)): row for row in rows}
    return found


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def _key(one: ClientDiagnosis) -> str:
    return f"{one.scheme}:{one.code}"


def _keys(client: Model) -> list[str]:
    return [_key(one) for one in ClientDiagnosis.objects.filter(client=client.pk)]


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
