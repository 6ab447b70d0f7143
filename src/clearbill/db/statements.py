"""Single rows written and read by plain statements, where a claim or a payment passes in great number.

Six files use it, and a house rule names them: everything else is Django's own. Its query builder takes several times as
long over such a statement as the database does; what that comes to is in `docs/speed.md`. Values are converted by the
models’ own fields, so both databases hold the same as always. Signals are not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    DecimalField,
    Field,
    FloatField,
    ForeignKey,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
    UUIDField,
)

M = TypeVar("M", bound=Model)

Values = Mapping[str, Any]

# Values of these types are stored as they are, on both databases.
_PLAIN: dict[type[Field[Any, Any]], type] = {
    CharField: str,
    TextField: str,
    FloatField: float,
    PositiveIntegerField: int,
    PositiveSmallIntegerField: int,
    BigAutoField: int,
    BigIntegerField: int,
    BooleanField: bool,
    ForeignKey: int,
}

Step = Callable[[Any, BaseDatabaseWrapper], Any]


def insert(row: M) -> M:
    """Insert a new row, set its primary key where the database gives it, and return it."""
    fields, statement = _insert_of(type(row))
    here = _connection()
    values = [_stored(field, field.pre_save(row, add=True), here) for field in fields]
    with here.cursor() as cursor:
        cursor.execute(statement, values)
        if row.pk is None:
            row.pk = cursor.fetchall()[0][0]
    row._state.adding, row._state.db = False, here.alias
    return row


def insert_many(model: type[Model], several: Sequence[Values], *, unless_there: bool = False) -> int:
    """Insert rows, each given by all its fields' names, and return how many came to be.

    A row that a unique constraint forbids is passed over where `unless_there` says so. Primary keys are not set.
    """
    if not several:
        return 0
    fields, statement = _insert_of(model)
    here = _connection()
    kept = list(zip(*(_column(field, [given[field.name] for given in several], here) for field in fields), strict=True))
    with here.cursor() as cursor:
        cursor.executemany(statement.partition(" RETURNING ")[0] + " ON CONFLICT DO NOTHING" * unless_there, kept)
        return int(cursor.rowcount)


def update_many(model: type[Model], several: Sequence[tuple[Values, Values]]) -> int:
    """Write to the rows that equal each first set of values its second set, and return how many rows there were.

    All name the same columns; none looks for a value that is missing.
    """
    if not several:
        return 0
    where, values = several[0]
    statement = _update_of(model, tuple(values), tuple((name, False) for name in where))
    field, here = model._meta.get_field, _connection()
    written = [_column(field(name), [new[name] for _, new in several], here) for name in values]
    found = [_column(field(name), [old[name] for old, _ in several], here) for name in where]
    given = list(zip(*written, *found, strict=True))
    with here.cursor() as cursor:
        cursor.executemany(statement, given)
        return int(cursor.rowcount)


def update(model: type[Model], where: Values, **values: Any) -> int:
    """Write `values` to the rows whose columns equal all of `where`, and return how many there were."""
    statement = _update_of(model, tuple(values), tuple((name, value is None) for name, value in where.items()))
    field, here = model._meta.get_field, _connection()
    given = [_stored(field(name), value, here) for name, value in values.items()]
    given += [_stored(field(name), value, here) for name, value in where.items() if value is not None]
    with here.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)


class Columns(Generic[M]):
    """Some columns of a model, to be named in a SELECT as `str(columns)`; what is not named is read when it is used.

    `table` is the name that the statement gives to the model's table.
    """

    def __init__(self, model: type[M], *names: str, table: str) -> None:
        self._model, self._table = model, table
        self._fields = [field for field in model._meta.concrete_fields if field.name in names]
        self._names = [field.attname for field in self._fields]

    def __str__(self) -> str:
        return ", ".join(f'{self._table}."{field.column}"' for field in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def row(self, values: Sequence[Any]) -> M:
        """Return the model's row from the values of these columns."""
        here = _connection()
        read = [_converted(value, steps, here) for value, steps in zip(values, self._steps, strict=True)]
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, read)

    @cached_property
    def _steps(self) -> list[list[Step]]:
        """For each column what makes the database's value the field's."""
        return [_steps_of(field) for field in self._fields]


def select(statement: str, values: Values) -> list[Sequence[Any]]:
    """Return the rows of a SELECT as the database gives them; `values` come from `to_database`."""
    with _connection().cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def execute_many(statement: str, several: Sequence[Values]) -> int:
    """Run an UPDATE once for each set of values, which come from `to_database`, and return how many rows it changed."""
    if not several:
        return 0
    with _connection().cursor() as cursor:
        cursor.executemany(statement, several)
        return int(cursor.rowcount)


def to_database(model: type[Model], **values: Any) -> dict[str, Any]:
    """Return each value as the model's field of that name stores it."""
    here, field = _connection(), model._meta.get_field
    return {name: _stored(field(name), value, here) for name, value in values.items()}


def _connection() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: each use of Django's stand-in for it looks it up again."""
    return connections[DEFAULT_DB_ALIAS]


def _column(field: Any, values: Sequence[Any], here: BaseDatabaseWrapper) -> Iterator[Any]:
    """Yield each value as the field stores it; the rows of a run mostly share a value, which is converted once."""
    last = kept = None
    for value in values:
        if value is not last:
            last, kept = value, _stored(field, value, here)
        yield kept


def _stored(field: Any, value: Any, here: BaseDatabaseWrapper) -> Any:
    kind = type(value)
    if value is None or kind is _PLAIN.get(type(field)):
        return value
    if kind is UUID and type(field) in (UUIDField, ForeignKey):
        return value if here.features.has_native_uuid_field else value.hex
    if kind is Decimal and type(field) is DecimalField:
        return here.ops.adapt_decimalfield_value(value, field.max_digits, field.decimal_places)
    if kind is datetime and type(field) is DateTimeField:
        return here.ops.adapt_datetimefield_value(value)
    return field.get_db_prep_save(value.pk if isinstance(value, Model) else value, here)


def _converted(value: Any, steps: list[Step], here: BaseDatabaseWrapper) -> Any:
    for step in steps:
        value = step(value, here)
    return value


def _steps_of(field: Field[Any, Any]) -> list[Step]:
    expression = field.get_col(field.model._meta.db_table)
    here = _connection()
    made = [*here.ops.get_db_converters(expression), *expression.get_db_converters(here)]
    return [lambda value, here, convert=convert: convert(value, expression, here) for convert in made]  # type: ignore[misc]


@cache
def _insert_of(model: type[Model]) -> tuple[list[Any], str]:
    key = model._meta.auto_field
    fields = [field for field in model._meta.concrete_fields if field is not key and not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    returning = f' RETURNING "{key.column}"' if key else ""
    marks = ", ".join(["%s"] * len(fields))
    # Only names of our own models are put into the text of a statement; values never are.
    return fields, f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}){returning}'  # nosec B608


@cache
def _update_of(model: type[Model], values: tuple[str, ...], where: tuple[tuple[str, bool], ...]) -> str:
    def column(name: str) -> str:
        return f'"{model._meta.get_field(name).column}"'  # type: ignore[union-attr]

    written = ", ".join(f"{column(name)} = %s" for name in values)
    found = " AND ".join(f"{column(name)} IS NULL" if is_empty else f"{column(name)} = %s" for name, is_empty in where)
    return f'UPDATE "{model._meta.db_table}" SET {written} WHERE {found}'  # nosec B608
